import assert from "node:assert/strict";
import { after, test } from "node:test";
import { QUERIES } from "../../client/queries.ts";
import { HEAVY_ACCOUNT, writeHeavyAccount } from "../../bin/bench/heavy-account.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { sharedTest } from "../fixtures/shared.ts";

const heavy = await testDatabase();
await writeHeavyAccount(heavy.connect(), 5);
const api = testApi(heavy.url, { dbMaxConns: 2 });
after(() => api.close());

/** Fields of a response: every value, and every object and list besides. */
function countFields(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, member) => sum + countFields(member), 1);
}

/** Bytes as Lambda counts them. */
const bytesOf = (body: string): number => Buffer.byteLength(JSON.stringify(body));

sharedTest("the busiest accounts' pages of 100 are answered, and charged what the reference client's queries send", async () => {
  const chain = await testDatabase("chain");
  const served = testApi(chain.url, { dbMaxConns: 2 });
  try {
    // The accounts of the largest transactions, the most frequent first.
    const hashes = await chain.connect()<{ hash: string }[]>`
      select encode(hash, 'hex') as hash from transactions order by length(payload) desc limit 40`;
    const counts = new Map<string, number>();
    for (const { hash } of hashes) {
      const { data } = await served.ask(`{ transactionByHash(hash: "${hash}") { accounts { address } } }`);
      for (const { address } of data.transactionByHash.accounts) counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    const busiest = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20);
    let largest = 0;
    for (const [address] of busiest)
      for (const name of ["accountHistory", "accountStateChanges", "accountOperations", "accountBalances"] as const) {
        const { status, body } = await served.post(JSON.stringify({ query: QUERIES[name], variables: { address, first: 100 } }));
        assert.equal(status, 200);
        const { data, errors } = JSON.parse(body) as { data: unknown; errors?: unknown };
        assert.equal(errors, undefined, `${name} of ${address}: ${body.slice(0, 300)}`);
        const { taken } = served.lastRecord();
        const [fields, bytes] = [taken!.fields / countFields(data), taken!.bytesSent / bytesOf(body)];
        largest = Math.max(largest, taken!.fields);
        if (body.length < 5_000) continue;
        assert.ok(fields > 0.97 && fields < 1.03, `${name} of ${address}: ${taken!.fields} fields, ${countFields(data)} sent`);
        assert.ok(bytes > 0.95 && bytes < 1.45, `${name} of ${address}: ${taken!.bytesSent} bytes, ${bytesOf(body)} sent`);
      }
    // A page that is far beyond what its complexity expects is among them.
    assert.ok(largest > 30_000, `${largest}`);
  } finally {
    await served.close();
  }
});

/** Selections of an edge's 400 state changes whose fields have to be found first. */
const SELECTIONS: Readonly<Record<string, string>> = {
  aliases: "stateChanges { a: category b: category c: category __typename }",
  "the same list twice": "a: stateChanges { category } b: stateChanges { reason }",
  "merged fields": "stateChanges { category account { address } } stateChanges { reason account { a: address } }",
  "a fragment, again and again": "stateChanges { ...F ...F ... on BaseStateChange { ...F } }",
  "other types' fields": "stateChanges { category ... on ThresholdChange { threshold oldThreshold newThreshold } }",
  "what is skipped": "stateChanges { category reason @skip(if: true) ... @include(if: false) { ledgerNumber } }",
  "what a variable leaves out": "stateChanges { category reason @include(if: $no) ...G @skip(if: $yes) }",
  "one object in another": "stateChanges { operation { id transaction { hash } } transaction { hash feeCharged } }",
  "edges under two names": "node { stateChanges(first: 50) { edges { cursor } same: edges { node { category } } pageInfo { endCursor } } }",
};

for (const [name, selection] of Object.entries(SELECTIONS)) {
  test(`charged as often as it is sent: ${name}`, async () => {
    const query = `query ($yes: Boolean = true, $no: Boolean = false) {
      accountByAddress(address: "${HEAVY_ACCOUNT}") { transactions(first: 2) { edges { x: cursor @include(if: $yes) y: cursor @include(if: $no) ${selection} } } } }
      fragment F on BaseStateChange { category reason } fragment G on BaseStateChange { ledgerNumber ...F }`;
    const fragments = query.replace(selection.includes("...F") || selection.includes("...G") ? "" : /fragment F.*$/s, "");
    const sent = selection.includes("...G") ? fragments : fragments.replace(selection.includes("...F") ? /fragment G.*$/s : "", "");
    // Twice with other variables: what is remembered is of the variables that it was computed for.
    for (const variables of [{}, { yes: false, no: true }, {}]) {
      const { data, errors } = await api.ask(sent, variables);
      assert.equal(errors, undefined, JSON.stringify(errors));
      const { fields } = api.lastRecord().taken!;
      const truth = countFields(data);
      assert.ok(fields > 0.98 * truth && fields < 1.02 * truth + 5, `${fields} were charged, ${truth} sent`);
    }
  });
}
