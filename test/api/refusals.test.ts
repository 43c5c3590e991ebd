import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, test } from "node:test";
import { testApi } from "../fixtures/serve-handler.ts";

/** Takes the place of a database, and counts who comes: a request that brings nobody has sent no SQL. */
let connections = 0;
const database = createServer((socket) => {
  connections++;
  socket.on("error", () => {}).destroy();
}).listen(0, "127.0.0.1");
await once(database, "listening");
const databaseUrl = `postgres://nobody@127.0.0.1:${(database.address() as AddressInfo).port}/none`;
const api = testApi(databaseUrl);
after(async () => {
  await api.close();
  database.close();
});

const G = "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR";
const C = "CBRIWSOZNXG6S6SDBXKPLF3QLCM6BGUWR54TJEPEW4CMVYZ2IDOAF3WC";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const account = (selection: string, address = G): string => `{ accountByAddress(address: "${address}") { ${selection} } }`;
const CONNECTIONS = ["transactions", "operations", "stateChanges", "balances", "sep41Allowances", "allowancesReceived"];

test("the database is out of reach, so a query that needs it fails", async () => {
  const { data, errors } = await api.ask(account("transactions { edges { cursor } }"));
  assert.equal(data, null);
  const message = "the database is unavailable: try again later";
  assert.deepEqual(errors, [{ message, extensions: { code: "DATABASE_UNAVAILABLE" } }]);
  assert.match(api.lastRecord().hidden![0]!.message, /ECONNRESET|ended the connection/, "the log has the cause");
  assert.ok(connections > 0);
});

/** A depth of `levels` fields. */
const deep = (levels: number): string => {
  let selection = "__typename";
  const names = ["transaction", "operation"];
  for (let i = levels - 5; i > 0; i--) selection = `${names[i % 2]} { ${selection} }`;
  return `{ accountByAddress(address: "${G}") { stateChanges(first: 1) { edges { node { ${selection} } } } } }`;
};

interface Refusal {
  name: string;
  body: string | Buffer;
  status: number;
  code: string | undefined;
  message?: RegExp;
}

const query = (name: string, text: string, status: number, code: string, message?: RegExp): Refusal => ({
  name,
  body: JSON.stringify({ query: text }),
  status,
  code,
  ...(message && { message }),
});

const aliases = Array.from({ length: 10_000 }, (_, i) => `a${i}:__typename`).join(" ");
const REFUSALS: Refusal[] = [
  query("too deep", deep(16), 200, "QUERY_TOO_DEEP", /^operation has depth 16, which exceeds the limit of 15$/),
  query(
    "too costly",
    account("transactions(first: 100) { edges { node { accounts { balances(first: 100) { edges { cursor } } } } } }"),
    200,
    "COMPLEXITY_LIMIT_EXCEEDED",
    /^operation has complexity 1000201, which exceeds the limit of 10000$/,
  ),
  query(
    "doubled 30 times by fragments",
    `{ ...F0 } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(" ")} fragment F30 on Query { __typename }`,
    200,
    "COMPLEXITY_LIMIT_EXCEEDED",
  ),
  query("fragments in a circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", 422, "GRAPHQL_VALIDATION_FAILED"),
  query(
    "600 aliases",
    `{ ${Array.from({ length: 600 }, (_, i) => `a${i}:__typename`).join(" ")} }`,
    422,
    "GRAPHQL_VALIDATION_FAILED",
    /aliases/,
  ),
  query("1,300 levels", `${"{a".repeat(1300)}${"}".repeat(1300)}`, 200, "QUERY_TOO_DEEP"),
  query("syntax", "{ accountByAddress(", 422, "GRAPHQL_PARSE_FAILED"),
  query("unknown field", "{ nobody }", 422, "GRAPHQL_VALIDATION_FAILED", /^Cannot query field "nobody" on type "Query"\.$/),
  query("wrong argument type", "{ operationById(id: [1]) { id } }", 200, "BAD_USER_INPUT", /^Int64 cannot represent/),
  query("Int beyond 64 bits", "{ operationById(id: 99999999999999999999) { id } }", 200, "BAD_USER_INPUT", /out of the 64-bit range/),
  query("no operation", "fragment A on Query { __typename }", 422, "GRAPHQL_VALIDATION_FAILED", /^no operation provided$/),
  query("empty text", "  ", 422, "GRAPHQL_VALIDATION_FAILED", /^no operation provided$/),
  query(
    "two operations, none named",
    "query A { __typename } query B { __typename }",
    422,
    "GRAPHQL_VALIDATION_FAILED",
    /^operation {2}not found$/,
  ),
  query("mutation", "mutation { x }", 422, "GRAPHQL_VALIDATION_FAILED"),
  query("introspection", "{ __schema { types { name } } }", 422, "GRAPHQL_VALIDATION_FAILED", /^introspection is disabled$/),
  query("defer", `{ ...F @defer } fragment F on Query { __typename }`, 422, "GRAPHQL_VALIDATION_FAILED"),
  query("bad hash", `{ transactionByHash(hash: "x") { hash } }`, 200, "INVALID_TRANSACTION_HASH"),
  query("hash with a NUL", `{ transactionByHash(hash: "${"a".repeat(63)}\\u0000") { hash } }`, 200, "INVALID_TRANSACTION_HASH"),
  query("address with a NUL", `{ accountByAddress(address: "${G}\\u0000") { address } }`, 200, "INVALID_ADDRESS"),
  query("muxed address", `{ accountByAddress(address: "M${G}") { address } }`, 200, "INVALID_ADDRESS"),
  query(
    "until before since",
    account(`transactions(since: "2024-01-02T00:00:00Z", until: "2024-01-01T00:00:00Z") { edges { cursor } }`),
    200,
    "BAD_USER_INPUT",
    /^until must not be before since$/,
  ),
  query("date only", account(`operations(since: "2024-01-02") { edges { cursor } }`), 200, "BAD_USER_INPUT", /^Time cannot represent/),
  query(
    "offset that is none",
    account(`operations(since: "2024-01-02T00:00:00+99:00") { edges { cursor } }`),
    200,
    "BAD_USER_INPUT",
    /^Time cannot represent/,
  ),
  query(
    "bad operation id in a filter, before the page",
    account(`stateChanges(first: 101, filter: { operationId: "x" }) { edges { cursor } }`),
    200,
    "BAD_USER_INPUT",
    /^Int64 cannot represent/,
  ),
  query(
    "bad hash in a filter, after the page",
    account(`stateChanges(first: 0, filter: { transactionHash: "x" }) { edges { cursor } }`),
    200,
    "BAD_USER_INPUT",
    /^first must be greater than 0$/,
  ),
  ...CONNECTIONS.flatMap((name) =>
    (
      [
        ["first: 101, last: 1", /^first must be less than or equal to 100$/],
        ["last: 101, first: 1", /^last must be less than or equal to 100$/],
        [`first: 1, last: 1, after: "x", before: "x"`, /^first and last cannot be used together$/],
        [`first: 0, after: "x", before: "x"`, /^after and before cannot be used together$/],
        ["first: 0", /^first must be greater than 0$/],
        ["last: -1", /^last must be greater than 0$/],
        [`first: 1, before: "%"`, /^first and before cannot be used together$/],
        [`last: 1, after: "%"`, /^last and after cannot be used together$/],
        [`after: "%%%"`, /^decoding cursor string %%%: illegal base64 data at input byte 0$/],
        [`before: "${base64("\0")}"`, /cursor/],
        [`after: ""`, /cursor/],
        [`after: "${base64("9".repeat(40))}"`, /cursor/],
      ] as const
    ).map(([args, message]) => query(`${name}(${args})`, account(`${name}(${args}) { edges { cursor } }`), 200, "BAD_USER_INPUT", message)),
  ),
  ...(
    [
      ["transactions", "x:y", /^parsing ledger_created_at: parsing "x": invalid syntax$/],
      ["transactions", "1:y", /^parsing id: parsing "y"/],
      ["operations", "1", /expected format: ledger_created_at_nano:id\)$/],
      ["operations", "9223372036854775808:1", /value out of range$/],
      ["stateChanges", "1:2:3", /expected format: ledger_created_at_nano:to_id:operation_id:state_change_id\)$/],
      ["stateChanges", "1:a:3:4", /^parsing to_id/],
      ["stateChanges", "1:2:a:4", /^parsing operation_id/],
      ["stateChanges", "1:2:3:a", /^parsing state_change_id/],
      ["balances", "v1:native", /^invalid balance cursor$/],
      ["balances", "v2:native:native", /^invalid balance cursor version$/],
      ["balances", "v1:sac:83ab3772-5aca-57b9-b11c-dbe6b2887614", /^invalid balance cursor source$/],
      ["balances", "v1:classic:83ab3772", /^invalid balance cursor id$/],
      ["balances", "v1:lp:00", /^invalid balance cursor id$/],
      ["sep41Allowances", "v1:x", /^invalid allowance cursor$/],
      ["sep41Allowances", `v2:${G}:83ab3772-5aca-57b9-b11c-dbe6b2887614`, /^invalid allowance cursor version$/],
      ["sep41Allowances", "v1::83ab3772-5aca-57b9-b11c-dbe6b2887614", /^invalid allowance cursor spender$/],
      ["sep41Allowances", "v1:nobody:83ab3772-5aca-57b9-b11c-dbe6b2887614", /^invalid allowance cursor spender$/],
      ["sep41Allowances", `v1:${G}:83ab`, /^invalid allowance cursor contract id$/],
    ] as const
  ).map(([name, cursor, message]) =>
    query(`${name} after ${cursor}`, account(`${name}(after: "${base64(cursor)}") { edges { cursor } }`), 200, "BAD_USER_INPUT", message),
  ),
  query(
    "classic balance of a contract",
    account(`balances(after: "${base64("v1:classic:83ab3772-5aca-57b9-b11c-dbe6b2887614")}") { edges { cursor } }`, C),
    200,
    "BAD_USER_INPUT",
    /^invalid balance cursor source$/,
  ),
  {
    name: "unknown operation name",
    body: JSON.stringify({ query: "query A { __typename }", operationName: "B" }),
    status: 422,
    code: "GRAPHQL_VALIDATION_FAILED",
    message: /^operation B not found$/,
  },
  {
    name: "variable of the wrong kind",
    body: JSON.stringify({
      query:
        'query ($n: Int) { __typename @skip(if: false) a: accountByAddress(address: "") { balances(first: $n) { edges { cursor } } } }',
      variables: { n: "x" },
    }),
    status: 422,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "unknown member of an input",
    body: JSON.stringify({
      query: `query ($f: AccountStateChangeFilterInput) { accountByAddress(address: "${G}") { stateChanges(filter: $f) { edges { cursor } } } }`,
      variables: { f: { x: 1 } },
    }),
    status: 422,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  { name: "no JSON", body: "{", status: 400, code: "BAD_USER_INPUT", message: /^request body is not a valid GraphQL request$/ },
  { name: "empty body", body: "", status: 400, code: "BAD_USER_INPUT" },
  { name: "null", body: "null", status: 400, code: "BAD_USER_INPUT" },
  { name: "a batch", body: `[{"query":"{__typename}"}]`, status: 400, code: "BAD_USER_INPUT" },
  { name: "variables that are a list", body: `{"query":"{__typename}","variables":[]}`, status: 400, code: "BAD_USER_INPUT" },
  {
    name: "invalid UTF-8",
    body: Buffer.concat([Buffer.from(`{"query":"{__typename}","x":"`), Buffer.of(0xff, 0xfe), Buffer.from(`"}`)]),
    status: 400,
    code: "BAD_USER_INPUT",
  },
  ...(
    [
      ["with a member toString", { n: { toString: 1 } }],
      ["with a member __proto__", JSON.parse('{"n":{"__proto__":1}}') as object],
      ["with a member constructor in a list", { n: [[{ constructor: { name: 1 } }]] }],
      ["20,000 lists deep", 20_000],
      ["17 lists deep", 17],
    ] as const
  ).map(([name, variables]): Refusal => ({
    name: `variables ${name}`,
    body: `{"query":"query ($n: Int) { a: accountByAddress(address: \\"${G}\\") { balances(first: $n) { edges { cursor } } } }","variables":${
      typeof variables === "number" ? `{"n":${"[".repeat(variables)}${"]".repeat(variables)}}` : JSON.stringify(variables)
    }}`,
    status: 400,
    code: "BAD_USER_INPUT",
  })),
  { name: "a NUL in the JSON", body: `{"query":"{__type\0name}"}`, status: 400, code: "BAD_USER_INPUT" },
  { name: "a NUL in the document", body: JSON.stringify({ query: "{__type\0name}" }), status: 422, code: "GRAPHQL_PARSE_FAILED" },
  {
    name: "persisted query",
    body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: "00" } } }),
    status: 200,
    code: "PERSISTED_QUERY_NOT_SUPPORTED",
    message: /^PersistedQueryNotSupported$/,
  },
  {
    name: "persisted query of version 2",
    body: JSON.stringify({ extensions: { persistedQuery: { version: 2, sha256Hash: "00" } } }),
    status: 200,
    code: "BAD_USER_INPUT",
    message: /^unsupported APQ version$/,
  },
  {
    name: "persisted query with another text",
    body: JSON.stringify({ query: "{__typename}", extensions: { persistedQuery: { version: 1, sha256Hash: "00" } } }),
    status: 200,
    code: "BAD_USER_INPUT",
    message: /^provided APQ hash does not match query$/,
  },
];

for (const { name, body, status, code, message } of REFUSALS) {
  test(`refused before any SQL: ${name.slice(0, 100)}`, async () => {
    connections = 0;
    const answer = await api.send({ method: "POST", path: "/graphql/query", body });
    assert.equal(answer.status, status, answer.body.slice(0, 500));
    const { errors } = JSON.parse(answer.body) as { errors: { message: string; extensions?: { code: string } }[] };
    assert.equal(errors[0]!.extensions?.code, code);
    if (message) assert.match(errors[0]!.message, message);
    assert.deepEqual([api.lastRecord().statements ?? 0, connections], [0, 0], "no statement, not even a connection");
  });
}

test("10,000 aliases and 1 MB are refused by size, and by tokens where the limit is larger", async () => {
  const body = JSON.stringify({ query: `{ ${aliases} }` });
  const refused = await api.post(body);
  assert.deepEqual([refused.status, JSON.parse(refused.body)], [413, { error: "Request body too large." }]);
  const large = await api.send({ method: "POST", path: "/graphql/query", body: Buffer.alloc(1_000_000, 32) });
  assert.equal(large.status, 413);
  const generous = testApi(databaseUrl, { clientAuthMaxBodySizeBytes: 2_000_000 });
  try {
    const answer = await generous.post(body);
    assert.equal(answer.status, 422);
    assert.equal(
      (JSON.parse(answer.body) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code,
      "GRAPHQL_PARSE_FAILED",
    );
  } finally {
    await generous.close();
  }
});

test("what may stand beside a good request does not spoil it", async () => {
  const text = "{__typename}";
  const sha256Hash = createHash("sha256").update(text).digest("hex");
  for (const body of [
    JSON.stringify({ query: text, unknown: 1, variables: null, operationName: null, extensions: null }),
    JSON.stringify({ query: text, operationName: "", extensions: { persistedQuery: { version: 1, sha256Hash } } }),
    `  {"query":"${text}","x":"}\\"{"} and whatever {`,
    `{"query":"${text}"}\0`,
    JSON.stringify({ query: `#${"é".repeat(30)}\n${text}` }),
  ]) {
    const answer = await api.post(body);
    assert.equal(answer.status, 200, answer.body);
    assert.deepEqual((JSON.parse(answer.body) as { data: unknown }).data, { __typename: "Query" });
  }
});

test("names that a client makes up do not become log or metric names", async () => {
  await api.ask(`{ someAlias: accountByAddress(address: "${G}") { address } b: __typename }`);
  assert.deepEqual(api.lastRecord().rootFields, ["accountByAddress", "__typename"]);
  await api.ask("{ invented }");
  assert.deepEqual(api.lastRecord().rootFields, ["<unknown>"]);
  await api.ask("{ ...A } fragment A on Query { __typename }");
  assert.deepEqual(api.lastRecord().rootFields, ["<unnamed>"]);
});

test("the API answers at both of its paths and at no other below them", async () => {
  const body = JSON.stringify({ query: "{ __typename }" });
  const statuses = await Promise.all(
    ["/graphql/query", "/graphql", "/graphql/query/", "/graphql/", "/graphql/other"].map(async (path) => {
      const { status } = await api.send({ method: "POST", path, body });
      return [path, status];
    }),
  );
  assert.deepEqual(Object.fromEntries(statuses), {
    "/graphql/query": 200,
    "/graphql": 200,
    "/graphql/query/": 404,
    "/graphql/": 404,
    "/graphql/other": 404,
  });
});
