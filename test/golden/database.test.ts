import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { stateChangeKinds } from "../../functions/shared/columns/history/codes.ts";
import { bitOf } from "../../functions/shared/columns/history/link-kinds.ts";
import { MAX_PAIRS, readRefs } from "../../functions/shared/columns/history/link-refs.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { encodeStrkey } from "../../functions/shared/strkey.ts";
import { testDatabase } from "../fixtures/database.ts";
import { indexedLedgers, multisetDifference, type GoldenRow } from "../fixtures/golden-ledgers.ts";
import { historyTables } from "../fixtures/history-tables.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { readShared, shared, sharedTest } from "../fixtures/shared.ts";
import { INTENDED_DIFFERENCES } from "./history-differences.ts";
import { extraAccounts } from "./extra-accounts.ts";
import { REFUNDED_BALANCES } from "./refunded-balances.ts";

const LEDGERS = ["51000294", "57500008", "63092988", "63092990"];

type Tables = Record<string, GoldenRow[]>;

/** Decoded as the golden files are: strkeys, hex, times without fraction, 64-bit integers as strings, no nulls. */
function decode(row: Record<string, unknown>): GoldenRow {
  const out: GoldenRow = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null) continue;
    if (value instanceof Uint8Array) out[name] = value.length === 32 ? Buffer.from(value).toString("hex") : encodeStrkey(value);
    else if (typeof value === "string" && /^\d{4}-\d\d-\d\d \d\d:/.test(value)) out[name] = `${value.slice(0, 10)}T${value.slice(11, 19)}Z`;
    else out[name] = value;
  }
  return out;
}

async function ours(sql: Database): Promise<Tables> {
  const query = async (rows: PromiseLike<Iterable<object | undefined>>): Promise<GoldenRow[]> =>
    Array.from(await rows, (row) => decode(row as Record<string, unknown>));
  return {
    transactions:
      await query(sql`select to_id as toid, hash, fee_charged as "feeCharged", result_code as "resultCode", ledger_number as "ledgerNumber",
      ledger_created_at as "ledgerCreatedAt", is_fee_bump as "isFeeBump" from decoded_transactions`),
    operations: await query(sql`select id, operation_type as "type", replace(encode(operation_xdr, 'base64'), E'\n', '') as "operationXdr",
      result_code as "resultCode", successful, ledger_number as "ledgerNumber", ledger_created_at as "ledgerCreatedAt" from operations`),
    state_changes:
      await query(sql`select to_id as toid, case when operation_id <> 0 then operation_id end as "operationId", state_change_id as "stateChangeId",
      state_change_category as category, state_change_reason as reason, account_id as account, token_id as "tokenId", amount,
      signer_account_id as "signerAddress", signer_weight_old as "oldWeight", signer_weight_new as "newWeight",
      creator_account_id as "creatorAddress", destination_account_id as "destinationAddress" from state_changes`),
    native_balances:
      await query(sql`select account_id as account, balance, buying_liabilities as "buyingLiabilities", selling_liabilities as "sellingLiabilities",
      num_subentries as "numSubentries", (2 + num_subentries + num_sponsoring - num_sponsored) * 5000000::bigint as "minimumBalance",
      last_modified_ledger as "lastModifiedLedger" from accounts where removed_ledger is null`),
    trustline_assets: await query(sql`select id, code, issuer from trustline_assets`),
    trustline_balances:
      await query(sql`select b.account_id as account, b.asset_id as "assetId", a.code, a.issuer, b.balance, b.trust_limit as "limit",
      b.buying_liabilities as "buyingLiabilities", b.selling_liabilities as "sellingLiabilities", b.flags, b.last_modified_ledger as "lastModifiedLedger"
      from trustline_balances b join trustline_assets a on a.id = b.asset_id`),
    sac_balances:
      await query(sql`select b.account_id as account, t.contract_id as "tokenId", b.balance::text as balance, t.code, t.issuer, t.decimals,
      b.is_authorized as "isAuthorized", b.is_clawback_enabled as "isClawbackEnabled", b.last_modified_ledger as "lastModifiedLedger"
      from sac_balances b join contract_tokens t on t.id = b.contract_id and t.type = 'SAC'`),
    liquidity_pools:
      await query(sql`select pool_id as "poolId", asset_a as "assetA", amount_a as "amountA", asset_b as "assetB", amount_b as "amountB",
      last_modified_ledger as "lastModifiedLedger" from liquidity_pools`),
    liquidity_pool_balances: await query(
      sql`select account_id as account, pool_id as "poolId", shares, last_modified_ledger as "lastModifiedLedger" from liquidity_pool_balances`,
    ),
  };
}

/** Row members that both sides have: some goldens leave out what our columns hold, or add what only a join gives. */
function common(rows: readonly GoldenRow[], others: readonly GoldenRow[], optional: ReadonlySet<string>): GoldenRow[] {
  const names = new Set(others.flatMap((row) => Object.keys(row)));
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name) || !optional.has(name))));
}

/** Members of only one side: named here, so that any other difference in members fails. */
const OPTIONAL = new Set([
  "__typename",
  "transactionHash",
  "ledgerCreatedAt",
  "ledgerNumber",
  "type",
  "minimumBalance",
  "flags",
  "keyValue",
]);

/** What every kind of state change has in both forms; the members of single kinds are compared in history.test.ts. */
const STATE_CHANGE_MEMBERS = new Set([
  "toid",
  "operationId",
  "stateChangeId",
  "category",
  "reason",
  "account",
  "amount",
  "signerAddress",
  "oldWeight",
  "newWeight",
  "creatorAddress",
  "destinationAddress",
]);

/** The named members of a row (all: null), without those that are null. */
function members(row: GoldenRow, names: ReadonlySet<string> | null): GoldenRow {
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => value !== null && (names?.has(name) ?? true)));
}

async function participants(sql: Database, table: "transaction_participants" | "operation_participants", id: string): Promise<GoldenRow[]> {
  const rows = await sql<{ id: string; accounts: string[] }[]>`
    select ${sql(id)} as id, to_json(array_agg(encode(account_id, 'hex'))) as accounts from ${sql(table)} group by 1`;
  return Array.from(rows, (row) => ({ id: row.id, accounts: row.accounts.map((hex) => encodeStrkey(Buffer.from(hex, "hex"))).sort() }));
}

/** The participants of transactions and operations where ours differ from the peer's on purpose, by id. */
function intendedParticipants(name: string): Map<string, string[]> {
  const intended = new Map<string, string[]>();
  for (const ledger of indexedLedgers()) {
    if (ledger.name !== name) continue;
    const rows = ({ golden: { transactions, operations } }: typeof ledger): GoldenRow[] => [...(transactions ?? []), ...(operations ?? [])];
    const before = rows(structuredClone(ledger));
    for (const { apply } of INTENDED_DIFFERENCES) apply(ledger.golden, ledger);
    for (const [i, row] of rows(ledger).entries()) {
      const accounts = [...(row.accounts as string[])].sort();
      const theirs = [...(before[i]!.accounts as string[])].sort();
      if (accounts.join() !== theirs.join()) intended.set((row.to_id ?? row.id) as string, accounts);
    }
  }
  return intended;
}

/** What one account has in one transaction. */
interface Link {
  key: string;
  transaction: number;
  successful: boolean;
  isParticipant: boolean;
  operations: number[];
  /** `CATEGORY/REASON`, the end of the token's key, and how many, sorted. */
  changes: string[];
}

/** A link keeps so many pairs of kind and token apart; those of a transaction with more are compared by kind. */
function folded(link: Link): Link {
  const pairs = link.changes.map((change) => change.split(" ") as [kind: string, token: string, count: string]);
  if (pairs.length <= MAX_PAIRS) return link;
  const counts = new Map<string, number>();
  for (const [kind, , count] of pairs) counts.set(kind, (counts.get(kind) ?? 0) + Number(count));
  return { ...link, changes: [...counts].map(([kind, count]) => `${kind} ${count}`).sort() };
}

/** What the links say, and what the rows say that they should. */
async function links(sql: Database): Promise<{ stored: Link[]; expected: Link[]; kinds: string[]; expectedKinds: string[] }> {
  const rows = await sql<{ account_key: string; ledger_number: number; kinds: number; refs: Uint8Array }[]>`
    select account_key, ledger_number, kinds, refs from account_links order by account_key`;
  assert.equal(new Set(rows.map((row) => `${row.account_key} ${row.ledger_number}`)).size, rows.length, "a link an account and ledger");
  const stored = rows.flatMap(({ account_key, refs }) =>
    readRefs(Buffer.from(refs)).map(({ transaction, successful, isParticipant, operations, changes }) => ({
      key: account_key,
      transaction,
      successful,
      isParticipant,
      operations,
      changes: changes.map(({ kind, token, count }) => `${stateChangeKinds.textOf(kind)} ${token ?? "none"} ${count}`).sort(),
    })),
  );
  const expected = await sql<Link[]>`
    with facts as (
      select account_id, to_id, true as takes_part, null::bigint as operation, null::text as kind from transaction_participants
      union all select account_id, id & ~4095::bigint, false, id & 4095, null from operation_participants
      union all select account_id, to_id, false, null, state_change_category || '/' || state_change_reason || ' ' || coalesce((account_key(token_id) & 65535)::text, 'none') from state_changes)
    select account_key(f.account_id) as key, ((f.to_id >> 12) & 1048575)::integer as transaction, t.successful,
      bool_or(takes_part) as "isParticipant",
      to_json(coalesce(array_agg(operation order by operation) filter (where operation is not null), '{}')) as operations,
      (select coalesce(json_agg(counted order by counted collate "C"), '[]') from (
        select kind || ' ' || count(*) as counted from unnest(array_agg(f.kind)) kinds (kind) where kind is not null group by kind) c) as changes
    from facts f join decoded_transactions t using (to_id) group by f.account_id, f.to_id, t.successful order by 1, 2`;
  const kinds = rows.map(({ account_key, kinds: bits }) => `${account_key} ${bits}`);
  const bitsOf = new Map(expected.map(({ key }) => [key, 0]));
  for (const { key, changes } of expected)
    for (const change of changes) bitsOf.set(key, bitsOf.get(key)! | bitOf(stateChangeKinds.numberOf(change.split(" ")[0]!)));
  return { stored, expected: [...expected], kinds, expectedKinds: [...bitsOf].map(([key, bits]) => `${key} ${bits}`) };
}

for (const ledger of LEDGERS) {
  sharedTest(`the tables after ledger ${ledger} are the peer's`, async () => {
    const database = await testDatabase();
    const folder = mkdtempSync(join(tmpdir(), "wallet-ledger-"));
    after(() => rmSync(folder, { recursive: true, force: true }));
    copyFileSync(shared(`ledgers/pubnet/${ledger}.xdr.gz`), join(folder, `${ledger}.xdr.gz`));
    assert.equal((await ingestChain(database.url, { folder })).ledgers, 1);
    const golden = JSON.parse(readShared(`golden/database/${ledger}.json.gz`).toString()) as Tables;
    for (const [name, account, peer, true_] of REFUNDED_BALANCES) {
      const row = name === ledger ? golden.native_balances!.find((r) => r.account === account && r.balance === peer) : undefined;
      if (row) row.balance = true_;
    }
    const unwritten = extraAccounts(readShared(`ledgers/pubnet/${ledger}.xdr.gz`));
    assert.ok(unwritten.length > 0);
    golden.native_balances!.push(...unwritten);
    const sql = database.connect();
    await historyTables(sql);
    for (const [table, rows] of Object.entries(await ours(sql))) {
      const names = table === "state_changes" ? STATE_CHANGE_MEMBERS : null;
      const theirs = (golden[table] ?? []).map((row) => members(row, names));
      const mine = rows.map((row) => members(row, names));
      const { extra, missing } = multisetDifference(common(mine, theirs, OPTIONAL), common(theirs, mine, OPTIONAL));
      assert.equal(
        extra.length + missing.length,
        0,
        `${table}\nours only: ${extra.slice(0, 2).join("\n")}\npeer only: ${missing.slice(0, 2).join("\n")}`,
      );
    }
    const intended = intendedParticipants(ledger);
    for (const [section, id] of [
      ["transaction_participants", "to_id"],
      ["operation_participants", "id"],
    ] as const) {
      const theirs = golden[section]!.map((row) => {
        const at = (row.toid ?? row.id) as string;
        return { id: at, accounts: intended.get(at) ?? [...(row.accounts as string[])].sort() };
      });
      const { extra, missing } = multisetDifference(await participants(sql, section, id), theirs);
      assert.deepEqual({ extra: extra.slice(0, 2), missing: missing.slice(0, 2) }, { extra: [], missing: [] }, section);
    }
    const { stored, expected, kinds, expectedKinds } = await links(sql);
    const { extra, missing } = multisetDifference([...stored.map(folded), ...kinds], [...expected.map(folded), ...expectedKinds]);
    assert.deepEqual({ extra: extra.slice(0, 2), missing: missing.slice(0, 2) }, { extra: [], missing: [] }, "account_links");
    assert.ok(stored.length > 100);
  });
}
