import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MOST_INSPECTED } from "../../functions/serve/queries/inspected.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { followPages } from "../fixtures/follow-pages.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const database = await testDatabase();
const api = testApi(database.url);
const sql = database.connect();
after(() => api.close());

const [owner, other] = [accountOfColumn(`\\x30${"09".repeat(32)}`), accountOfColumn(`\\x30${"0a".repeat(32)}`)];
const HIDDEN = 2 * MOST_INSPECTED + 10;

test("an owner with more hidden NFTs and ranges than a statement looks at: pages end early and go on behind, none is lost", async () => {
  await sql`
    insert into contract_tokens (id, contract_id, type)
    select md5('junk' || i)::uuid, 'junk' || i, 'NONE' from generate_series(1, ${HIDDEN}::integer) i
    union all select md5('art' || i)::uuid, 'art' || i, 'SEP50' from generate_series(1, 40) i`;
  await sql`
    insert into nfts (contract_id, token_id, owner_id, is_stored, last_modified_ledger)
    select md5('junk' || i)::uuid, 5, ${owner.bytes}::bytea, true, 1 from generate_series(1, ${HIDDEN}::integer) i
    union all select md5('art' || i)::uuid, i, ${owner.bytes}::bytea, true, 1 from generate_series(1, 20) i`;
  // A contract that minted many ranges: its junk lies within one contract, whose tokens are told apart by their numbers alone.
  await sql`
    insert into nft_ranges (contract_id, first_id, last_id, owner_id, minted_ledger, next_id)
    select md5('junk1')::uuid, 10 * i, 10 * i + 4, ${owner.bytes}::bytea, 1, 10 * i from generate_series(1, ${HIDDEN}::integer) i
    union all select md5('art' || i)::uuid, 100, 101, ${owner.bytes}::bytea, 1, 100 from generate_series(11, 40) i`;
  const expected = (
    await sql<{ contract: string; id: string }[]>`
      select t.contract_id as contract, o.id::text from contract_tokens t join (
        select md5('art' || i)::uuid as contract, i as id from generate_series(1, 20) i
        union all select md5('art' || i)::uuid, 99 + j from generate_series(11, 40) i, generate_series(1, 2) j) o on o.contract = t.id
      order by t.id, o.id`
  ).map(({ contract, id }) => `${contract} ${id}`);
  assert.equal(expected.length, 80);
  for (const direction of ["forward", "backward"] as const) {
    let charged = 0;
    const { edges, pages } = await followPages(
      async ({ first, after: behind, last, before }) => {
        const place = behind === undefined ? (before === undefined ? "" : `, before: "${before}"`) : `, after: "${behind}"`;
        const { data, errors, extensions } = await api.ask(
          `{ accounts(addresses: ["${other.text}", "${owner.text}"]) { nfts(${first === undefined ? `last: ${last}` : `first: ${first}`}${place}) {
            edges { cursor node { tokenId contract { contractId } } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`,
        );
        assert.equal(errors, undefined, JSON.stringify(errors));
        charged = Math.max(charged, extensions?.cost.charged ?? 0);
        // Others on the same page are not concerned.
        assert.deepEqual(data.accounts[0].nfts.edges, []);
        return data.accounts[1].nfts;
      },
      30,
      direction,
    );
    const found = edges.map((edge) => (edge as { node: { tokenId: string; contract: { contractId: string } } }).node);
    assert.deepEqual(
      found.map(({ tokenId, contract }) => `${contract.contractId} ${tokenId}`),
      expected,
    );
    assert.ok(pages >= 3 && pages <= 10, `${pages} pages`);
    assert.ok(charged >= MOST_INSPECTED / 25, `${charged} points`);
  }
});
