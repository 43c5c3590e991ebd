import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Snapshot } from "../../functions/serve/database/snapshot.ts";
import { nftsById, nftsOfOwners } from "../../functions/serve/queries/nfts.ts";
import { type AccountKey, accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PARALLEL_FOR_FREE, readingOf, recordStatements, type RunScript } from "../fixtures/read-plans.ts";

const owner = (i: number): AccountKey => accountOfColumn(`\\x30${"00".repeat(31)}0${i}`);
const [MANY, RANGED, SPAMMED] = [owner(6), owner(7), owner(8)];
const others = [1, 2, 3, 4, 5].map(owner);

const database = await testDatabase();
const recorder = await recordStatements(database.url);
after(() => recorder.close());
const sql = database.connect();
const run: RunScript = async (script) => [...(await sql.unsafe(script))] as Record<string, unknown>[];

for (const [name, value] of Object.entries(recorder.settings)) await run(`set ${name} = '${value}'`);
await run(PARALLEL_FOR_FREE);
const address = "'\\x30' || decode(lpad(to_hex(o), 64, '0'), 'hex')";
// 200 contracts of NFTs, and 4,000 that are none.
await run(`insert into contract_tokens (id, contract_id, type)
  select md5('nft ' || i)::uuid, 'C' || i, 'SEP50' from generate_series(1, 200) i
  union all select md5('other ' || i)::uuid, 'N' || i, case i % 2 when 0 then 'NONE' else 'UNKNOWN' end from generate_series(1, 4000) i`);
// One with 20,000 tokens, five with 1,000 each, one who was sent 20,000 by contracts that are none.
await run(`insert into nfts (contract_id, token_id, owner_id, is_stored, last_modified_ledger)
  select md5('nft ' || (i % 200 + 1))::uuid, i, ${address}, true, 1
  from (select i, case when i <= 20000 then 6 else i % 5 + 1 end as o from generate_series(1, 25000) i) n
  union all select md5('other ' || (i % 4000 + 1))::uuid, i, ${address}, false, 1 from (select i, 8 as o from generate_series(1, 20000) i) n`);
// One with 2,000 ranges of 10,000 tokens, of which a few went on; the spammed one has as many of contracts that are none.
await run(`insert into nft_ranges (contract_id, first_id, last_id, owner_id, minted_ledger, next_id)
  select md5('nft ' || (i % 200 + 1))::uuid, 100000 + i * 10000, 109999 + i * 10000, ${address}, 1, 100000 + i * 10000
  from (select i, 7 as o from generate_series(0, 1999) i) r
  union all select md5('other ' || (i % 4000 + 1))::uuid, i * 1000000, i * 1000000 + 999999, ${address}, 1, i * 1000000 from (select i, 8 as o from generate_series(0, 1999) i) r`);
await run(`insert into nfts (contract_id, token_id, owner_id, is_stored, last_modified_ledger)
  select contract_id, first_id + i, null, false, 2 from nft_ranges, generate_series(5, 9) i where owner_id = '${RANGED.column}' and first_id < 2100000`);
await run("vacuum (analyze)");

type Place = { contract: string; tokenId: string };
const [middle] = (await run(`select contract_id::text as contract, (first_id + 5000)::text as "tokenId" from nft_ranges
  where owner_id = '${RANGED.column}' order by contract_id, first_id offset 1000 limit 1`)) as Place[];
const [held] = (await run(
  `select contract_id::text as contract, token_id::text as "tokenId" from nfts where owner_id = '${MANY.column}' limit 1`,
)) as Place[];
const page = { limit: 50, descending: false };
const queries: { name: string; rows: number; buffers: number; query: (snapshot: Snapshot) => Promise<unknown> }[] = [
  ...[false, true].flatMap((backward) =>
    [null, middle!].flatMap((cursor) => [
      {
        name: `tokens of an owner with 20,000 ${cursor === null ? "" : "beyond one "}${backward ? "backward" : "forward"}`,
        rows: 51,
        buffers: 600,
        query: (snapshot: Snapshot) => nftsOfOwners(snapshot, [MANY], { ...page, backward, cursor }),
      },
      {
        name: `tokens of an owner with 2,000 ranges ${cursor === null ? "" : "beyond one "}${backward ? "backward" : "forward"}`,
        rows: 51,
        buffers: 600,
        query: (snapshot: Snapshot) => nftsOfOwners(snapshot, [RANGED], { ...page, backward, cursor }),
      },
    ]),
  ),
  {
    name: "tokens of five owners",
    rows: 255,
    buffers: 3_000,
    query: (snapshot) => nftsOfOwners(snapshot, others, { ...page, backward: false, cursor: null }),
  },
  {
    name: "an owner who was sent 20,000 tokens and 2,000,000,000 of ranges by contracts that are none",
    // The place where it gave up: 5,000 rows are looked at, and their contracts, which are remembered.
    rows: 1,
    buffers: 20_000,
    query: (snapshot) => nftsOfOwners(snapshot, [SPAMMED], { ...page, backward: false, cursor: null }),
  },
  {
    name: "tokens by their numbers",
    rows: 2,
    buffers: 60,
    query: (snapshot) =>
      nftsById(snapshot, [held!, middle!, { ...middle!, tokenId: "1" }, { ...middle!, contract: "00000000-0000-0000-0000-000000000000" }]),
  },
];

for (const { name, rows, buffers, query } of queries) {
  test(`${name}: only what the page needs is read`, async (t) => {
    const reading = await readingOf(run, await recorder.record(query));
    t.diagnostic(`${reading.buffers} pages, ${reading.sorted} sorted`);
    assert.equal(reading.rows, rows);
    assert.deepEqual(
      reading.scanned.filter((table) => table !== "cursors"),
      [],
    );
    assert.ok(reading.buffers <= buffers, `${reading.buffers} pages`);
    assert.deepEqual(reading.parallel, []);
  });
}
