import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AccountKeyMaker } from "../../functions/shared/columns/account-key.ts";
import { byteaBytes } from "../../functions/shared/columns/bytea.ts";
import { ByteWriter } from "../../functions/shared/columns/history/byte-writer.ts";
import { PayloadEncoder } from "../../functions/shared/columns/history/payload-encoder.ts";
import { writeRefs } from "../../functions/shared/columns/history/link-refs.ts";
import { type AccountKey, accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { type HistoryField, readHistoryPage } from "../fixtures/history-pages.ts";
import { type MadeTransaction, writeTransactions } from "../fixtures/history-rows.ts";
import { readingOf, recordStatements } from "../fixtures/read-plans.ts";

/*
 * The attack: for 10 XLM of fees, a million failed payments to made-up addresses that begin with the first 8 bytes of the victim's key.
 * When links went by these bytes, the victim's pages had to read past all of them.
 */
const database = await testDatabase();
const sql = database.connect();
const recorder = await recordStatements(database.url);
after(() => recorder.close());

const victim = accountOfColumn(`\\x30${"22".repeat(32)}`);
/** As much history as the victim's, and nobody aims at it. */
const ordinary = accountOfColumn(`\\x30${"77".repeat(32)}`);
const ADDRESSES = 1_000_000;
const [LEDGERS, TRANSACTIONS, PAYMENTS] = [1_000, 10, 100];
const [FIRST, START] = [1_017_280, "2026-11-28 00:00:00+00"];

const [secretRow] = await sql<{ secret: Uint8Array }[]>`select secret from account_key_secret`;
const keys = new AccountKeyMaker(secretRow!.secret);

// Whole addresses: version byte, the victim's first 8 bytes, 24 of a hash.
await sql`
  create table aimed as select n, substring(${victim.column}::text::bytea from 1 for 9) || substring(sha256(n::text::bytea) from 1 for 24) as address
  from generate_series(1, ${ADDRESSES}) n`;
// The expression of account_key(), written out: a call for each of a million rows takes longer than the rest of the test.
await sql`
  create table aimed_keys as select n, ('x' || encode(substring(sha256(secret || address) from 1 for 8), 'hex'))::bit(64)::bigint as key
  from aimed, account_key_secret`;

test("a million addresses that begin like the victim's have keys of their own", async () => {
  const [row] = await sql<{ aimed: number; others: number; keys: number; hits: number }[]>`
    select count(*)::integer as aimed, count(distinct key)::integer as keys,
      (select count(*)::integer from aimed where substring(address from 2 for 8) <> '\\x2222222222222222') as others,
      count(*) filter (where key = account_key(${victim.column}::text::bytea))::integer as hits from aimed_keys`;
  assert.deepEqual({ ...row }, { aimed: ADDRESSES, others: 0, keys: ADDRESSES, hits: 0 });
});

test("account_key() in SQL is the key that ingest and serve work out", async () => {
  const rows = await sql<{ address: Uint8Array; called: string; written: string }[]>`
    select address, account_key(address)::text as called, key::text as written from aimed join aimed_keys using (n) where n % 5000 = 0`;
  assert.equal(rows.length, 200);
  for (const { address, called, written } of rows) {
    assert.equal(called, keys.text(address));
    assert.equal(written, called);
    const { high, low } = keys.halves(address);
    assert.equal(((BigInt(high) << 32n) | BigInt(low >>> 0)).toString(), called);
  }
  for (const { column, bytes } of [victim, ordinary]) {
    const [row] = await sql<{ key: string }[]>`select account_key(${column}::text::bytea)::text as key`;
    assert.equal(row!.key, keys.text(bytes));
  }
});

test("no bits of a key go with those of its address: keys are spread evenly over their range", async () => {
  const [row] = await sql<{ least: number; most: number }[]>`
    select min(n)::integer as least, max(n)::integer as most from (select count(*) as n from aimed_keys group by key >> 58) buckets`;
  // 64 parts of 15,625 on average, standard deviation 124.
  assert.ok(row!.least > 14_900 && row!.most < 16_400, JSON.stringify(row));
});

/** The links and transactions of the attack, as ingest writes them. */
async function attack(): Promise<void> {
  const payload = new PayloadEncoder(Buffer.alloc(33), false);
  const attacker = { bytes: byteaBytes(`\\x30${"33".repeat(32)}`) };
  const xdr = Buffer.alloc(PAYMENTS * 120, 0xab);
  const payments = Array.from({ length: PAYMENTS }, (_, at) => ({
    operationType: "PAYMENT",
    resultCode: "op_no_destination",
    successful: false,
    accounts: [attacker],
    operationXdr: xdr.subarray(at * 120, at * 120 + 120),
  }));
  const failed = {
    feeCharged: 10_000n,
    resultCode: "TransactionResultCodeTxFailed",
    accounts: [attacker],
    operations: payments,
    stateChanges: [],
  };
  const encoded = payload.encode(failed, {
    type: "v1",
    transaction: xdr,
    signatures: Buffer.alloc(0),
    feeBump: null,
    feeBumpSignatures: null,
  });
  const refs = Array.from({ length: TRANSACTIONS }, (_, at) => {
    const writer = new ByteWriter();
    writeRefs(writer, [{ transaction: at + 1, successful: false, isParticipant: true, operations: [1], changes: [] }]);
    return Buffer.from(writer.finish()).toString("hex");
  });
  await sql`
    insert into transactions (to_id, ledger_created_at, hash, payload)
    select (s::bigint << 32) + (t << 12), ${START}::timestamptz + (s - ${FIRST}) * interval '5 seconds', sha256((s || ':' || t)::bytea), ${encoded}
    from generate_series(${FIRST}::integer, ${FIRST + LEDGERS - 1}::integer) s, generate_series(1, ${TRANSACTIONS}::integer) t`;
  await sql`
    insert into account_links (account_key, ledger_created_at, ledger_number, kinds, refs)
    select key, ${START}::timestamptz + l * interval '5 seconds', ${FIRST}::integer + l, 0,
      decode((${`{${refs.join(",")}}`}::text[])[1 + n / ${PAYMENTS} % ${TRANSACTIONS}], 'hex')
    from (select key, n, ((n - 1) / ${PAYMENTS * TRANSACTIONS})::integer as l from aimed_keys) k`;
  await sql`vacuum (analyze)`;
}

const FIELDS: readonly [
  HistoryField,
  { first?: number; last?: number; filter?: { category?: string; reason?: string; changed?: boolean; tokens?: string[] } },
][] = [
  ["operations", { last: 5 }],
  ["operations", { first: 5 }],
  ["transactions", { last: 50 }],
  ["transactions", { filter: { changed: true, tokens: ["native"] }, last: 50 }],
  ["stateChanges", { last: 50 }],
  ["stateChanges", { filter: { category: "BALANCE", reason: "CREDIT" }, last: 50 }],
  ["stateChanges", { filter: { category: "SIGNER" }, last: 50 }],
];

test("the victim's pages cost what those of an ordinary account cost", async () => {
  await sql`select create_day_partitions('2026-11-28')`;
  const own = ([victim, ordinary] as const).flatMap(({ column }, account) =>
    [0, 500, 999].map((ledger): MadeTransaction => ({
      ledger: FIRST + ledger,
      place: 98 + account,
      closedAt: Date.parse(START) / 1000 + ledger * 5,
      hash: Buffer.alloc(32, account * 16 + (ledger % 16)),
      accounts: [column],
      operations: [{ accounts: [column] }],
      stateChanges: [
        { category: "BALANCE", reason: "CREDIT", stateChangeId: 1, account: column, tokenId: null, amount: "1", operation: 1 },
      ],
    })),
  );
  own.sort((a, b) => a.ledger - b.ledger || a.place - b.place);
  await writeTransactions(sql, own);
  await attack();
  for (const [name, value] of Object.entries(recorder.settings)) await sql.unsafe(`set ${name} = '${value}'`);
  const read = async (account: AccountKey, field: HistoryField, args: object) => {
    let edges = 0;
    const statements = await recorder.record(async (snapshot) => {
      edges = (await readHistoryPage(snapshot, account, field, args)).edges.length;
    });
    // The first page of a connection also asks for the secret.
    const ofHistory = statements.filter(({ text }) => !text.includes("account_key_secret"));
    const { rows, buffers, scanned } = await readingOf(async (script) => [...(await sql.unsafe(script))], ofHistory);
    assert.deepEqual(scanned, []);
    return { edges, statements: ofHistory.length, rows, buffers };
  };
  for (const [field, args] of FIELDS) {
    const [ofVictim, ofOrdinary] = [await read(victim, field, args), await read(ordinary, field, args)];
    const name = `${field} ${JSON.stringify(args)}: ${JSON.stringify(ofVictim)} and ${JSON.stringify(ofOrdinary)}`;
    assert.deepEqual({ ...ofVictim, buffers: 0 }, { ...ofOrdinary, buffers: 0 }, name);
    // Their rows may lie on another page of the index or of the table.
    assert.ok(ofVictim.buffers <= ofOrdinary.buffers + 4 && ofVictim.buffers < 60, name);
    const hasRows = args.filter === undefined || args.filter.category === "BALANCE";
    assert.equal(ofVictim.edges, hasRows ? 3 : 0, name);
  }
});
