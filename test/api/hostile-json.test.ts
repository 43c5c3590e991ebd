import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const api = testApi((await testDatabase()).url);
after(() => api.close());

const G = "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR";
/** Variables of every type that the schema has. */
const QUERY = `query ($n: Int, $s: String!, $i: Int64!, $t: Time, $f: AccountStateChangeFilterInput, $b: Boolean = true, $l: AccountTransactionFilterInput) {
  accountByAddress(address: $s) @include(if: $b) {
    stateChanges(first: $n, since: $t, filter: $f) { edges { cursor } }
    transactions(first: 1, filter: $l) { edges { cursor } }
  }
  operationById(id: $i) { id }
}`;
const GOOD = { n: "1", s: `"${G}"`, i: '"1"', t: '"2024-01-01T00:00:00Z"', f: "{}", b: "true", l: "{}" };
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

/** JSON that no client sends by mistake. */
const HOSTILE = [
  "null",
  "true",
  "0",
  "-0",
  "1e400",
  "-1e400",
  "1e-400",
  "9".repeat(400),
  `-${"9".repeat(90_000)}`,
  "0.1",
  "9007199254740993",
  "4294967296",
  '""',
  '"\\ud800"',
  '"\\u0000"',
  `"${"a".repeat(90_000)}"`,
  '"__proto__"',
  '"constructor"',
  "[]",
  "[null]",
  "{}",
  "[[],[]]",
  ...["toString", "valueOf", "toJSON", "constructor", "__proto__", "hasOwnProperty", "then", "length", "kind", "prototype"].flatMap(
    (name) => [`{"${name}":1}`, `[{"${name}":{"${name}":null}}]`],
  ),
  ...[16, 17, 1_000, 20_000].flatMap((depth) => [
    nested(depth, "[", "]"),
    nested(depth, '{"a":', "").replace(/$/, `1${"}".repeat(depth)}`),
    `${nested(depth, "[", "").padEnd(depth)}12345678901234567890${"]".repeat(depth)}`,
  ]),
  `[${Array.from({ length: 10_000 }, () => "1").join()}]`,
  `{${Array.from({ length: 5_000 }, (_, at) => `"k${at}":${at}`).join()}}`,
];

const body = (variables: string, extensions = "null"): string =>
  `{"query":${JSON.stringify(QUERY)},"variables":${variables},"extensions":${extensions}}`;

async function isRefusedOrAnswered(text: string): Promise<void> {
  const { status, body: response } = await api.post(text);
  assert.ok(status < 500, `${status} ${response.slice(0, 200)} to ${text.slice(-200)}`);
  if (status === 413) return;
  const { errors } = JSON.parse(response) as { errors?: { extensions: { code: string } }[] };
  for (const { extensions } of errors ?? []) assert.notEqual(extensions.code, "INTERNAL_SERVER_ERROR", text.slice(-200));
}

for (const name of Object.keys(GOOD))
  test(`no value of a variable like $${name} is our fault`, async () => {
    for (const value of HOSTILE)
      await isRefusedOrAnswered(
        body(
          `{${Object.entries({ ...GOOD, [name]: value })
            .map(([key, text]) => `"${key}":${text}`)
            .join()}}`,
        ),
      );
  });

test("no variables, extensions, persisted query, text or operation name of any shape are our fault", async () => {
  for (const value of HOSTILE) {
    await isRefusedOrAnswered(body(value));
    await isRefusedOrAnswered(body("{}", value));
    await isRefusedOrAnswered(body("{}", `{"persistedQuery":${value}}`));
    await isRefusedOrAnswered(body("{}", `{"persistedQuery":{"version":1,"sha256Hash":${value}}}`));
    await isRefusedOrAnswered(`{"query":${value}}`);
    await isRefusedOrAnswered(`{"query":"{ __typename }","operationName":${value}}`);
    await isRefusedOrAnswered(value);
  }
});

test("variables may have the names of members of every object", async () => {
  for (const name of ["constructor", "toString", "valueOf", "hasOwnProperty"]) {
    const text = `{"query":"query ($${name}: String!) { accountByAddress(address: $${name}) { address } }","variables":{"${name}":"${G}"}}`;
    const { status, body: response } = await api.post(text);
    assert.deepEqual([name, status, JSON.parse(response).data], [name, 200, { accountByAddress: { address: G } }]);
  }
});

test("a variable called __proto__, which a plain object cannot hold, is refused", async () => {
  const query = "query ($__proto__: String!) { accountByAddress(address: $__proto__) { address } }";
  const { status, body: response } = await api.post(`{"query":${JSON.stringify(query)},"variables":{"__proto__":"${G}"}}`);
  assert.deepEqual([status, /"code":"(\w+)"/.exec(response)?.[1]], [400, "BAD_USER_INPUT"]);
});

test("null for an argument that must not be null, by a variable that has a default, is bad input", async () => {
  for (const query of [
    `query ($v: Boolean = true) { accountByAddress(address: "${G}") @include(if: $v) { address } }`,
    'query ($v: String = "x") { transactionByHash(hash: $v) { hash } }',
  ]) {
    const { errors } = await api.ask(query, { v: null });
    assert.equal(errors?.[0]?.extensions.code, "BAD_USER_INPUT");
    assert.match(errors[0].message, /^Argument "(@include\(if:\)|.*hash.*)" .*not (to )?be null/);
  }
});

test("values of any depth in the text are refused, not our fault", async () => {
  for (const depth of [100, 1_000, 1_900, 3_900, 20_000])
    for (const value of [nested(depth, "[", "]"), `${"{a:".repeat(depth)}1${"}".repeat(depth)}`])
      for (const query of [
        `{ accountByAddress(address: "${G}") { stateChanges(first: ${value}) { edges { cursor } } } }`,
        `query ($n: Int = ${value}) { accountByAddress(address: "${G}") { stateChanges(first: $n) { edges { cursor } } } }`,
        `query ($n: ${"[".repeat(depth)}Int${"]".repeat(depth)}) { __typename }`,
      ])
        await isRefusedOrAnswered(JSON.stringify({ query }));
});
