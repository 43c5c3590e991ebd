import assert from "node:assert/strict";
import { test } from "node:test";
import { COMPRESSION_AGE } from "../fixtures/compression-age.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { sharedTest } from "../fixtures/shared.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";

const database = await testDatabase();
const timescaleTest: typeof sharedTest =
  database.dialect === "timescale"
    ? sharedTest
    : (name, run) => void test(name, { skip: "needs TEST_DATABASE_URL of a server with TimescaleDB" }, run);

timescaleTest("the job compresses old chunks, which hold the same rows, in batches that are quick to read", async () => {
  await ingestChain(database.url);
  const sql = database.connect();
  const before = await tableHashes(sql);

  const chunks = async (): Promise<Record<string, number>> => {
    const rows = await sql<{ name: string; compressed: number }[]>`
      select hypertable_name as name, count(*) filter (where is_compressed)::integer as compressed from timescaledb_information.chunks group by 1`;
    return Object.fromEntries(rows.map(({ name, compressed }) => [name, compressed]));
  };
  await sql`call compress_history(0, '{"compress_after": "100 years"}')`;
  assert.deepEqual(await chunks(), { account_links: 0, transactions: 0 });
  await sql`call compress_history(0, '{"compress_after": "0 days"}')`;
  const compressed = await chunks();
  assert.ok(compressed.account_links! > 0 && compressed.transactions! > 0);
  assert.deepEqual(await tableHashes(sql), before);

  const [batch] = await sql<{ rows: number; toast: string }[]>`
    select max(b._ts_meta_count)::integer as rows, max(pg_column_compression(b.payload)) as toast from ${sql.unsafe(await largestBatches(sql))} b`;
  assert.deepEqual({ ...batch }, { rows: 250, toast: "lz4" });
});

timescaleTest("rows that come into a compressed chunk are compressed by the next run", async () => {
  const sql = database.connect();
  const partial = async (): Promise<number> => {
    const [row] = await sql<{ chunks: number }[]>`select count(*)::integer as chunks from _timescaledb_catalog.chunk where status & 8 <> 0`;
    return row!.chunks;
  };
  await sql`insert into account_links select account_key + 1, ledger_created_at, ledger_number, kinds, refs from account_links limit 10`;
  assert.equal(await partial(), 1);
  const before = await tableHashes(sql);
  await sql`call compress_history(0, '{"compress_after": "0 days"}')`;
  assert.equal(await partial(), 0);
  assert.deepEqual(await tableHashes(sql), before);
});

timescaleTest("the job has the age that was set", async () => {
  const sql = database.connect();
  const ages = async (): Promise<string[]> => (await sql.unsafe<{ age: string }[]>(COMPRESSION_AGE)).map(({ age }) => age);
  assert.deepEqual(await ages(), ["7 days"]);
  await sql`select set_columnstore(interval '1 day')`;
  assert.deepEqual(await ages(), ["1 day"]);
  await sql`select set_columnstore(null)`;
  assert.deepEqual(await ages(), []);
});

/** The table behind the largest compressed chunk of transactions. */
async function largestBatches(sql: Database): Promise<string> {
  const [row] = await sql<{ name: string }[]>`
    select name from _timescaledb_catalog.hypertable h
    join _timescaledb_catalog.chunk c on c.hypertable_id = h.id
    join _timescaledb_catalog.chunk b on b.id = c.compressed_chunk_id
    cross join format('%I.%I', b.schema_name, b.table_name) name
    where h.table_name = 'transactions' order by pg_relation_size(name::regclass) desc limit 1`;
  return row!.name;
}
