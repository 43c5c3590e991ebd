import assert from "node:assert/strict";
import { StrKey } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { writeClaimableBalances } from "../../functions/ingest/persist/claimable-balances.ts";
import { offers, trustlineAssets } from "../../functions/ingest/persist/state-tables.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { entryStates } from "../../functions/ingest/verify/entry-states.ts";
import { LedgerEntryType } from "../../functions/shared/xdr/xdr.generated.ts";
import { testDatabase } from "../fixtures/database.ts";
import { chainLedgers, coreLedgers, indexedLedgers, PUBNET } from "../fixtures/golden-ledgers.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { decodeV2 } from "../fixtures/ledger-entries.ts";
import { indexBytes, openLedger } from "../fixtures/open-ledger.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

/** A claimable balance or an offer as the tables should have it, columns and claimants in one text. */
type Entries = Map<string, { entry: xdr.LedgerEntry; modified: number; made: string; since: number }>;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function strkey(account: xdr.AccountId): string {
  return StrKey.encodeEd25519PublicKey(Buffer.from(account.toXdr()).subarray(4));
}

function sponsorText(sponsor: xdr.AccountId | null): string {
  return sponsor === null ? "null" : strkey(sponsor);
}

function assetText(asset: xdr.Asset): string {
  if (asset.type === "assetTypeNative") return "native";
  const { assetCode, issuer } = asset.type === "assetTypeCreditAlphanum4" ? asset.alphaNum4 : asset.alphaNum12;
  return `${assetCode.toString().replace(/\0+$/, "")}:${strkey(issuer)}`;
}

/** The operations of a transaction's meta with their changes, as the SDK decodes them. */
function operationsOf(meta: xdr.TransactionMeta): readonly { changes: readonly xdr.LedgerEntryChange[] }[] {
  switch (meta.type) {
    case "operations":
      return meta.operations;
    case "v1":
      return meta.v1.operations;
    case "v2":
      return meta.v2.operations;
    case "v3":
      return meta.v3.operations;
    case "v4":
      return meta.v4.operations;
  }
}

/** Plays a ledger's changes of claimable balances and offers, decoded by the SDK. */
function play(entries: Entries, bytes: Uint8Array): void {
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  const close = meta.type === "v0" ? meta.v0 : meta.type === "v1" ? meta.v1 : meta.v2;
  const { ledgerSeq: sequence, scpValue } = close.ledgerHeader.header;
  for (const [i, tx] of close.txProcessing.entries()) {
    const operations = operationsOf(tx.txApplyProcessing);
    for (const [k, { changes }] of operations.entries()) {
      const id = (BigInt(sequence) << 32n) | (BigInt(i + 1) << 12n) | BigInt(k + 1);
      apply(entries, changes, sequence, `${id} ${scpValue.closeTime} ${operations.length}`);
    }
  }
  for (const { changes } of close.upgradesProcessing) apply(entries, changes, sequence, "");
}

function apply(entries: Entries, changes: readonly xdr.LedgerEntryChange[], sequence: number, operation: string): void {
  let state = 0;
  for (const change of changes) {
    if (change.type === "ledgerEntryState") state = change.state.lastModifiedLedgerSeq;
    const entry = change.type === "ledgerEntryCreated" ? change.created : change.type === "ledgerEntryUpdated" ? change.updated : null;
    const key = change.type === "ledgerEntryRemoved" ? removedKey(change.removed) : entry && keyOf(entry);
    if (key === null) continue;
    if (entry === null) entries.delete(key);
    else {
      const known = entries.get(key);
      const isNew = change.type === "ledgerEntryCreated";
      const made = known?.made ?? (isNew ? operation : "");
      entries.set(key, { entry, modified: sequence, made, since: known?.since ?? (isNew ? sequence : state) });
    }
  }
}

function keyOf({ data }: xdr.LedgerEntry): string | null {
  if (data.type === "offer") return `offer ${data.offer.offerId}`;
  return data.type === "claimableBalance" ? `balance ${hex(data.claimableBalance.balanceId.toXdr())}` : null;
}

function removedKey(key: xdr.LedgerKey): string | null {
  if (key.type === "offer") return `offer ${key.offer.offerId}`;
  return key.type === "claimableBalance" ? `balance ${hex(key.claimableBalance.balanceId.toXdr())}` : null;
}

function expectedRows(entries: Entries): string[] {
  const rows: string[] = [];
  for (const { entry, modified, made, since } of entries.values()) {
    const sponsor = entry.ext.type === "v1" ? sponsorText(entry.ext.v1.sponsoringId) : "null";
    if (entry.data.type === "offer") {
      const { sellerId, offerId, selling, buying, amount, price, flags } = entry.data.offer;
      const assets = [assetText(selling), assetText(buying)];
      rows.push(["offer", offerId, strkey(sellerId), ...assets, amount, price.n, price.d, flags === 1, sponsor, modified].join(" "));
    } else if (entry.data.type === "claimableBalance") {
      const { balanceId, claimants, asset, amount, ext } = entry.data.claimableBalance;
      const id = hex(balanceId.toXdr());
      const listed = claimants.map((claimant) => strkey(claimant.v0.destination)).sort();
      // XDR of an array: its length, then its elements.
      const all = `${claimants.length.toString(16).padStart(8, "0")}${claimants.map((claimant) => hex(claimant.toXdr())).join("")}`;
      const clawback = ext.type === "v1" && ext.v1.flags === 1;
      rows.push(["balance", id, assetText(asset), amount, all, listed.join(), clawback, sponsor, since, modified, made].join(" "));
    }
  }
  return rows.sort();
}

/** The tables in the same form. */
async function foundRows(sql: Database): Promise<string[]> {
  const found = await sql<{ row: string }[]>`
    select concat_ws(' ', 'offer', o.offer_id, encode(o.seller_id, 'hex'), coalesce(s.code || ':' || s.issuer, 'native'), coalesce(b.code || ':' || b.issuer, 'native'),
      o.amount, o.price_n, o.price_d, o.is_passive::text, coalesce(encode(o.sponsor, 'hex'), 'null'), o.last_modified_ledger) as row
    from offers o left join trustline_assets s on s.id = o.selling_id left join trustline_assets b on b.id = o.buying_id
    where (o.selling_id is null) = (s.id is null) and (o.buying_id is null) = (b.id is null)
    union all
    select concat_ws(' ', 'balance', '000000' || substring(encode(c.balance_id, 'hex') from 3), coalesce(a.code || ':' || a.issuer, 'native'), c.amount, encode(c.claimants, 'hex'),
      (select string_agg(encode(l.claimant_id, 'hex'), ',') from claimable_balance_claimants l where l.balance_id = c.balance_id and l.since_ledger = c.since_ledger),
      c.is_clawback_enabled::text, coalesce(encode(c.sponsor, 'hex'), 'null'), c.since_ledger, c.last_modified_ledger)
      || ' ' || coalesce(concat_ws(' ', c.made_by, extract(epoch from c.made_at)::bigint, c.made_with), '')
    from claimable_balances c left join trustline_assets a on a.id = c.asset_id`;
  return found.map(({ row }) => withStrkeys(row)).sort();
}

/** Addresses (version byte 0x30 and key) as strkeys; claimants in their order. */
function withStrkeys(row: string): string {
  const text = (address: string): string => StrKey.encodeEd25519PublicKey(Buffer.from(address, "hex").subarray(1));
  return row.replace(/(?<= )30[0-9a-f]{64}(?:,30[0-9a-f]{64})*(?= )/g, (all) => all.split(",").map(text).sort().join());
}

/** By row: a failing comparison of everything at once would never end. */
function assertSame(found: string[], expected: string[], name: string): void {
  for (const [i, row] of expected.entries()) assert.equal(found[i], row, name);
  assert.equal(found.length, expected.length, name);
}

sharedTest("claimable balances and offers in the database are those of the chain's entries, as the SDK decodes them", async () => {
  const database = await testDatabase();
  await ingestChain(database.url, { verify: true });
  const entries: Entries = new Map();
  for (const bytes of chainLedgers()) play(entries, bytes);
  const expected = expectedRows(entries);
  assert.ok(expected.length > 900, `${expected.length} rows`);
  assertSame(await foundRows(database.connect()), expected, "chain");
  const [orphans] = await database.connect()`select count(*)::integer as n from claimable_balance_claimants l
    where not exists (select from claimable_balances c where c.balance_id = l.balance_id and c.since_ledger = l.since_ledger)`;
  assert.equal(orphans!.n, 0);
});

/** Has the ledger a claimable balance or an offer? The SDK's decoder takes 20 ms a ledger. */
function isOfInterest(bytes: Uint8Array): boolean {
  const ledger = openLedger(bytes);
  const found = entryStates(ledger).some(({ type }) => type === LedgerEntryType.offer || type === LedgerEntryType.claimableBalance);
  ledger.close();
  return found;
}

/** Tables that ledgers are written to without their history, and the same as the SDK tells it. */
class Tables {
  readonly entries: Entries = new Map();
  readonly #sql: Database;
  readonly #indexers = new Map<string, Indexer>();

  constructor(sql: Database) {
    this.#sql = sql;
  }

  async clear(): Promise<void> {
    this.entries.clear();
    await this.#sql`truncate claimable_balances, claimable_balance_claimants, offers`;
  }

  /** Writes a ledger and compares. @returns the rows */
  async add(bytes: Uint8Array, passphrase: string, name: string): Promise<string[]> {
    play(this.entries, bytes);
    let indexer = this.#indexers.get(passphrase);
    if (!indexer) this.#indexers.set(passphrase, (indexer = createIndexer(passphrase)));
    const rows = indexBytes(indexer, bytes);
    const sql = this.#sql;
    const statements = [
      ...trustlineAssets.write(sql, rows.promisedAssets),
      ...writeClaimableBalances(sql, rows),
      ...offers.write(sql, rows.offers, rows.header.sequence),
    ];
    for (const statement of statements) await statement;
    const expected = expectedRows(this.entries);
    assertSame(await foundRows(sql), expected, name);
    return expected;
  }
}

sharedTest("and those of stellar-core's tests, of single pubnet ledgers and of synthetic ones", async (t) => {
  const tables = new Tables((await testDatabase()).connect());
  const seen = { offer: 0, balance: 0, gone: 0 };
  let chain = "";
  let before = 0;
  for (const { name, passphrase, bytes } of [...coreLedgers(), ...indexedLedgers()]) {
    if (!isOfInterest(bytes)) continue;
    const own = name.replace(/\[\d+\]$/, "");
    if (own !== chain) {
      await tables.clear();
      [chain, before] = [own, 0];
    }
    const rows = await tables.add(bytes, passphrase, name);
    for (const row of rows) seen[row.startsWith("offer") ? "offer" : "balance"]++;
    if (rows.length < before) seen.gone++;
    before = rows.length;
  }
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.offer > 500 && seen.balance > 100 && seen.gone > 20, JSON.stringify(seen));
});

sharedTest("a balance that is sponsored anew keeps what made it, one that is made and claimed in a ledger was never there", async () => {
  const tables = new Tables((await testDatabase()).connect());
  const meta = decodeV2(readShared("ledgers/pubnet/63092988.xdr.gz"));
  const operations = meta.txProcessing.flatMap(({ txApplyProcessing: tx }) => (tx.type === "v4" ? tx.v4.operations : []));
  const made = operations.flatMap(({ changes }) =>
    changes.flatMap((change) =>
      change.type === "ledgerEntryCreated" && change.created.data.type === "claimableBalance" ? [change.created] : [],
    ),
  );
  assert.ok(made.length > 4);
  const claim = (entry: xdr.LedgerEntry): xdr.LedgerEntryChange[] => {
    assert.ok(entry.data.type === "claimableBalance");
    const key = xdr.LedgerKey.claimableBalance(new xdr.LedgerKeyClaimableBalance({ balanceId: entry.data.claimableBalance.balanceId }));
    return [xdr.LedgerEntryChange.ledgerEntryState(entry), xdr.LedgerEntryChange.ledgerEntryRemoved(key)];
  };
  const sponsor = (entry: xdr.LedgerEntry, byte: number): xdr.LedgerEntryChange[] => {
    const sponsoringId = xdr.AccountId.fromXdr(Buffer.concat([Buffer.alloc(4), Buffer.alloc(32, byte)]));
    const ext = xdr.LedgerEntryExt.v1(new xdr.LedgerEntryExtensionV1({ sponsoringId, ext: xdr.LedgerEntryExtensionV1Ext.v0() }));
    const { data } = entry;
    const anew = new xdr.LedgerEntry({ lastModifiedLedgerSeq: entry.lastModifiedLedgerSeq + 1, data, ext });
    return [xdr.LedgerEntryChange.ledgerEntryState(entry), xdr.LedgerEntryChange.ledgerEntryUpdated(anew)];
  };
  const last = operations.at(-1)!;
  Object.assign(last, { changes: [...last.changes, ...sponsor(made[0]!, 1), ...claim(made[1]!)] });
  const first = await tables.add(xdr.LedgerCloseMeta.v2(meta).toXdr(), PUBNET, "first");
  for (const operation of operations)
    Object.assign(operation, {
      changes: operation.changes.filter(
        (change) => change.type !== "ledgerEntryCreated" || change.created.data.type !== "claimableBalance",
      ),
    });
  Object.assign(last, { changes: [...sponsor(made[2]!, 2), ...claim(made[3]!)] });
  Object.assign(meta.ledgerHeader.header, { ledgerSeq: meta.ledgerHeader.header.ledgerSeq + 1 });
  const second = await tables.add(xdr.LedgerCloseMeta.v2(meta).toXdr(), PUBNET, "second");
  const balances = (rows: readonly string[]): string[] => rows.filter((row) => row.startsWith("balance"));
  assert.equal(balances(second).length, balances(first).length - 1);
  // Met when its sponsor changes: nobody knows what made it.
  await tables.clear();
  const unknown = balances(await tables.add(xdr.LedgerCloseMeta.v2(meta).toXdr(), PUBNET, "begun later"));
  assert.equal(unknown.length, 1);
  assert.match(unknown[0]!, / 63092988 63092989 $/);
});

sharedTest("an older ledger does not bring back what a newer one has changed or removed", async () => {
  const sql = (await testDatabase()).connect();
  const indexer = createIndexer(PUBNET);
  const first = indexBytes(indexer, readShared("ledgers/pubnet/63092988.xdr.gz"));
  first.claimableBalances = first.claimableBalances.filter(({ madeBy }) => madeBy !== null);
  assert.ok(first.claimableBalances.length > 50);
  const write = async (sequence: number, change: (rows: LedgerRows) => void): Promise<void> => {
    const rows = { ...first, header: { ...first.header, sequence }, claimableBalances: first.claimableBalances.map((row) => ({ ...row })) };
    change(rows);
    for (const statement of writeClaimableBalances(sql, rows)) await statement;
  };
  const count = async (): Promise<number[]> => {
    const [row] =
      await sql`select (select count(*) from claimable_balances)::integer as balances, (select count(*) from claimable_balance_claimants)::integer as claimants`;
    return [row!.balances, row!.claimants];
  };
  const all = [first.claimableBalances.length, first.claimableBalances.reduce((sum, { claimants }) => sum + claimants.length, 0)];
  await write(10, () => {});
  assert.deepEqual(await count(), all);
  const remove = (rows: LedgerRows): void => rows.claimableBalances.forEach((row) => (row.op = "REMOVE"));
  await write(9, remove);
  assert.deepEqual(await count(), all);
  const sponsor = first.claimableBalances[0]!.claimants[0]!;
  await write(12, (rows) =>
    rows.claimableBalances.forEach((row) => Object.assign(row, { op: "UPDATE", sponsor, madeBy: null, sinceLedger: 1 })),
  );
  await write(11, () => {});
  const [row] = await sql`select count(*)::integer as n, count(distinct made_by)::integer as made from claimable_balances
    where sponsor = ${sponsor.bytes} and since_ledger = ${first.claimableBalances[0]!.sinceLedger} and last_modified_ledger = 12`;
  assert.deepEqual([row!.n, row!.made, await count()], [all[0], all[0], all]);
  await write(12, remove);
  assert.deepEqual(await count(), [0, 0]);
});
