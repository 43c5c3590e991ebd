import assert from "node:assert/strict";
import { after, test } from "node:test";
import { encodeStrkey } from "../../functions/shared/strkey.ts";
import { decimalPrice } from "../../functions/shared/columns/amounts.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { sharedTest } from "../fixtures/shared.ts";

const database = await testDatabase("chain");
const sql = database.connect();
const api = testApi(database.url, { networkPassphrase: PUBNET });
after(() => api.close());

interface Offer {
  id: number;
  amount: string;
  price: { n: number; d: number; decimal: string };
  selling: Asset;
  buying: Asset;
  sponsor: string | null;
  isPassive: boolean;
  lastModifiedLedger: number;
}
interface Asset {
  tokenId: string;
  code: string;
  issuer: string | null;
  decimals: number;
}

const ASSET = "{ tokenId code issuer decimals }";
const OFFERS = `edges { cursor node { id amount price { n d decimal } selling ${ASSET} buying ${ASSET} sponsor isPassive lastModifiedLedger } }
  pageInfo { startCursor endCursor hasNextPage hasPreviousPage }`;

async function list(
  seller: string,
  args = "",
): Promise<{ edges: { cursor: string; node: Offer }[]; pageInfo: Record<string, string | boolean> }> {
  const { data, errors } = await api.ask(`{ accountByAddress(address: "${seller}") { offers${args} { ${OFFERS} } } }`);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.accountByAddress.offers;
}

async function busiest(): Promise<string> {
  const [row] = await sql<
    { seller_id: Uint8Array }[]
  >`select seller_id from offers group by 1 having count(*) < 100 order by count(*) desc, 1 limit 1`;
  return encodeStrkey(row!.seller_id);
}

sharedTest("an account's offers are those of the table, in whole units, with both assets", async () => {
  const sellers = await sql<{ seller_id: Uint8Array }[]>`select seller_id from offers group by 1 order by count(*) desc, 1 limit 20`;
  let native = 0;
  for (const { seller_id } of sellers) {
    const rows = await sql`
      select o.*, coalesce(s.code, 'XLM') as selling_code, s.issuer as selling_issuer, coalesce(b.code, 'XLM') as buying_code, b.issuer as buying_issuer
      from offers o left join trustline_assets s on s.id = o.selling_id left join trustline_assets b on b.id = o.buying_id
      where seller_id = ${seller_id} order by offer_id limit 100`;
    const { edges } = await list(encodeStrkey(seller_id), "(first: 100)");
    assert.equal(edges.length, rows.length);
    for (const [i, row] of rows.entries()) {
      const { node } = edges[i]!;
      const { selling, buying, price, ...rest } = node;
      assert.deepEqual(rest, {
        id: Number(row.offer_id),
        amount: String(row.amount)
          .padStart(8, "0")
          .replace(/(?=\d{7}$)/, "."),
        sponsor: null,
        isPassive: row.is_passive,
        lastModifiedLedger: row.last_modified_ledger,
      });
      assert.deepEqual([price.n, price.d], [row.price_n, row.price_d]);
      assert.ok(Math.abs(Number(price.decimal) - row.price_n / row.price_d) <= 0.6e-7 * Math.max(1, row.price_n / row.price_d));
      assert.deepEqual(
        [selling.code, selling.issuer, buying.code, buying.issuer],
        [row.selling_code, row.selling_issuer, row.buying_code, row.buying_issuer],
      );
      for (const asset of [selling, buying]) {
        assert.match(asset.tokenId, /^C[A-Z2-7]{55}$/);
        if (asset.code !== "XLM" || asset.issuer !== null) continue;
        native++;
        assert.equal(asset.tokenId, "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA");
      }
    }
  }
  assert.ok(native > 10);
});

sharedTest("pages of offers in either direction are the list", async () => {
  const seller = await busiest();
  const whole = (await list(seller, "(first: 100)")).edges;
  assert.ok(whole.length > 10);
  for (const [count, from, more, next] of [
    ["first", "after", "hasNextPage", "endCursor"],
    ["last", "before", "hasPreviousPage", "startCursor"],
  ] as const) {
    const found: unknown[] = [];
    let args = `(${count}: 7)`;
    for (;;) {
      const page = await list(seller, args);
      if (count === "first") found.push(...page.edges);
      else found.unshift(...page.edges);
      if (page.pageInfo[more] !== true || found.length > whole.length) break;
      args = `(${count}: 7, ${from}: "${page.pageInfo[next]}")`;
    }
    assert.deepEqual(found, whole);
  }
});

sharedTest("a cursor of something else, or of no offer, is refused", async () => {
  const seller = await busiest();
  // An operation's id, which is the cursor of a transaction's operations; ids that are no offer's.
  for (const text of ["246960653880291329", "", "v1:", "v1:-1", "v1:x", "v1:1:2", "v2:1", "v1:9223372036854775808"]) {
    const cursor = Buffer.from(text).toString("base64");
    const { errors } = await api.ask(`{ accountByAddress(address: "${seller}") { offers(after: "${cursor}") { edges { cursor } } } }`);
    assert.equal(errors?.[0]?.extensions?.code, "BAD_USER_INPUT", text);
  }
});

sharedTest("offers are charged by the rows that were read", async () => {
  await list(await busiest(), "(first: 100)");
  const many = api.lastRecord().taken!;
  await list("GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7");
  const none = api.lastRecord().taken!;
  assert.ok(many.rows > none.rows + 10);
  assert.ok(many.fields > none.fields + 100);
});

test("a price is the quotient with seven digits, a half rounded up", () => {
  assert.equal(decimalPrice(1, 3), "0.3333333");
  assert.equal(decimalPrice(2, 3), "0.6666667");
  assert.equal(decimalPrice(1, 20_000_000), "0.0000001");
  assert.equal(decimalPrice(1, 20_000_001), "0.0000000");
  assert.equal(decimalPrice(2_147_483_647, 1), "2147483647.0000000");
  assert.equal(decimalPrice(2_147_483_647, 2_147_483_647), "1.0000000");
});

sharedTest("an offer whose asset has no row is left out, the others are shown, and the log says so", async () => {
  const seller = await busiest();
  const before = (await list(seller, "(first: 100)")).edges;
  const [damaged] = before;
  await sql`update offers set selling_id = '00000000-0000-4000-8000-000000000000' where offer_id = ${damaged!.node.id}`;
  const { edges, pageInfo } = await list(seller, "(first: 100)");
  assert.deepEqual(
    edges.map(({ cursor }) => cursor),
    before.slice(1).map(({ cursor }) => cursor),
  );
  // The page keeps its place, so that a client goes on behind it.
  assert.equal(pageInfo.startCursor, damaged!.cursor);
  assert.ok(api.warnings.includes("offer skipped"));
});
