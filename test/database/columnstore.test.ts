import assert from "node:assert/strict";
import { test } from "node:test";
import { COMPRESSION_POLICIES, DEFAULT_POLICIES } from "../fixtures/compression-policies.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { sharedTest } from "../fixtures/shared.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";

const database = await testDatabase();
const timescaleTest: typeof sharedTest =
  database.dialect === "timescale"
    ? sharedTest
    : (name, run) => void test(name, { skip: "needs TEST_DATABASE_URL of a server with TimescaleDB" }, run);

timescaleTest("compressed chunks hold the same rows, and the policies have their ages", async () => {
  await ingestChain(database.url);
  const sql = database.connect();
  const before = await tableHashes(sql);
  for (const table of ["transactions", "transactions_accounts", "operations", "operations_accounts", "state_changes"])
    await sql`select compress_chunk(chunk) from show_chunks(${table}::regclass) chunk`;
  assert.deepEqual(await tableHashes(sql), before);

  const policies = async (): Promise<string[]> =>
    (await sql.unsafe<{ policy: string }[]>(COMPRESSION_POLICIES)).map(({ policy }) => policy);
  assert.deepEqual(await policies(), DEFAULT_POLICIES);
  await sql`select set_columnstore(null, interval '1 day')`;
  assert.deepEqual(await policies(), ["state_changes 1 day"]);
});
