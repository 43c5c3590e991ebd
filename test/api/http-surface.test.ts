import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { TestRequest } from "../fixtures/api-event.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { bodyHash, signerOf, signToken } from "../fixtures/tokens.ts";

const NOW = 1_700_000_000_000;
const PATH = "/graphql/query";
const QUERY = '{"query":"{ __typename }"}';
const ANSWER = { data: { __typename: "Query" }, extensions: { cost: { complexity: 1, limit: 10_000, depth: 1, charged: 1 } } };
const JSON_TYPE = "application/json";
const GRAPHQL_TYPE = "application/graphql-response+json";

const database = await testDatabase();
const sql = database.connect();
const signer = signerOf(Buffer.alloc(32, 7));
const open = testApi(database.url, {}, () => NOW);
const closed = testApi(database.url, { clientAuthPublicKeys: [signer.publicKey] }, () => NOW);
after(async () => {
  await open.close();
  await closed.close();
});

const post = (more: Partial<TestRequest> = {}): TestRequest => ({ method: "POST", path: PATH, body: QUERY, ...more });
const get = (query: Record<string, string>, more: Partial<TestRequest> = {}): TestRequest => ({
  method: "GET",
  path: PATH,
  query: new URLSearchParams(query).toString(),
  ...more,
});

test("a GET carries query, variables, operation name and extensions", async () => {
  const right = await open.send(
    get({
      query: "query A($yes: Boolean!) { __typename @include(if: $yes) } query B { __typename }",
      operationName: "A",
      variables: '{"yes":true}',
      extensions: "{}",
    }),
  );
  assert.deepEqual([right.status, JSON.parse(right.body)], [200, ANSWER]);
});

for (const [name, request, status, message] of [
  ["variables that are no JSON", get({ query: "{ __typename }", variables: "{" }), 400, "variables could not be decoded"],
  ["variables that are a list", get({ query: "{ __typename }", variables: "[]" }), 400, "variables could not be decoded"],
  ["extensions that are no object", get({ query: "{ __typename }", extensions: "5" }), 400, "extensions could not be decoded"],
  ["no query", get({}), 422, "no operation provided"],
] as const) {
  test(`a GET with ${name} is ${status}`, async () => {
    const answer = await open.send(request);
    const { errors, data } = JSON.parse(answer.body) as { errors: { message: string; extensions?: object }[]; data: unknown };
    assert.deepEqual([answer.status, errors.length, errors[0]!.message, data], [status, 1, message, null]);
    assert.deepEqual(errors[0]!.extensions, status === 400 ? undefined : { code: "GRAPHQL_VALIDATION_FAILED" });
  });
}

for (const [name, request] of [
  ["POST of text", post({ headers: { "content-type": "text/plain" } })],
  ["POST of a form", post({ headers: { "content-type": "application/x-www-form-urlencoded" } })],
  ["POST of a bare document", post({ headers: { "content-type": "application/graphql" } })],
  ["POST of no type", post({ headers: { "content-type": "" } })],
  ["PUT", post({ method: "PUT" })],
  ["PATCH", post({ method: "PATCH" })],
  ["DELETE", post({ method: "DELETE" })],
  ["upgrade to a websocket", post({ headers: { upgrade: "websocket" } })],
] as const) {
  test(`${name} is no transport`, async () => {
    const { status, headers, body } = await open.send(request);
    assert.deepEqual(
      [status, headers["content-type"], body],
      [400, "text/plain; charset=utf-8", '{"errors":[{"message":"transport not supported"}],"data":null}'],
    );
  });
}

test("the media type may have parameters, in any case", async () => {
  for (const type of ["application/json; charset=utf-8", "Application/JSON", "application/json;x=1"])
    assert.equal((await open.send(post({ headers: { "content-type": type } }))).status, 200, type);
});

for (const [accept, type] of [
  [undefined, JSON_TYPE],
  ["", JSON_TYPE],
  ["*/*", JSON_TYPE],
  ["application/*", JSON_TYPE],
  ["application/json, application/graphql-response+json", JSON_TYPE],
  ["application/graphql-response+json, application/json;q=0.9", GRAPHQL_TYPE],
  ["text/html", GRAPHQL_TYPE],
  ["text/html, application/json", JSON_TYPE],
] as const) {
  test(`who accepts ${accept ?? "nothing by name"} gets ${type}, and refusals of the document as ${type === JSON_TYPE ? 422 : 400}`, async () => {
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    const right = await open.send(post({ headers }));
    assert.deepEqual([right.status, right.headers["content-type"]], [200, type]);
    for (const query of ["{", "{ nope }"]) {
      const wrong = await open.send(post({ headers, body: JSON.stringify({ query }) }));
      assert.deepEqual([wrong.status, wrong.headers["content-type"]], [type === JSON_TYPE ? 422 : 400, type]);
      assert.match(wrong.body, /"locations":\[\{"line":1,"column":\d+\}\]/);
    }
    const bad = await open.send(post({ headers, body: '{"query":"{ transactionByHash(hash: \\"<&>\\") { hash } }"}' }));
    assert.equal(bad.status, 200, "an error of a field");
    assert.ok(bad.body.includes("\\u003c\\u0026\\u003e") && !/[<>&]/.test(bad.body), bad.body);
  });
}

test("OPTIONS and HEAD are answered as they are without GraphQL", async () => {
  const options = await open.send({ method: "OPTIONS", path: PATH });
  assert.deepEqual([options.status, options.headers.allow, options.body], [200, "OPTIONS, GET, POST", ""]);
  const head = await open.send({ method: "HEAD", path: PATH });
  assert.deepEqual([head.status, head.body], [405, ""]);
});

test("any origin may read answers; the preflight comes before authentication", async () => {
  const headers = {
    origin: "https://wallet.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };
  for (const path of [PATH, "/health", "/nowhere"]) {
    const preflight = await closed.send({ method: "OPTIONS", path, headers });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers["access-control-allow-origin"], "*");
    assert.equal(preflight.headers["access-control-allow-methods"], "GET, PUT, POST, PATCH, DELETE, HEAD, OPTIONS");
    assert.equal(preflight.headers["access-control-allow-headers"], "authorization,content-type");
  }
  const asked = await open.send(post({ headers: { origin: "https://wallet.example" } }));
  assert.deepEqual([asked.headers["access-control-allow-origin"], asked.headers.vary], ["*", "Origin"]);
  assert.equal(asked.headers["access-control-allow-credentials"], undefined);
  const unasked = await open.send(post());
  assert.deepEqual([unasked.headers["access-control-allow-origin"], unasked.headers.vary], [undefined, "Origin"]);
  assert.equal(unasked.headers["x-request-id"], "test");
});

const NOT_FOUND = '{\n  "error": "The resource at the url requested was not found."\n}';
const WRONG_METHOD = '{\n  "error": "The method is not allowed for resource at the url requested."\n}';
const NOT_AUTHORIZED = '{\n  "error": "Not authorized."\n}';
const TOO_LARGE = '{\n  "error": "Request body too large."\n}';

test("other paths and methods get the contract's texts", async () => {
  for (const path of ["/", "/nowhere", "/api-metrics", "/debug/pprof", "/graphql/query/", "/graphqlx"]) {
    const { status, headers, body } = await open.send({ method: "GET", path });
    assert.deepEqual([path, status, headers["content-type"], body], [path, 404, "application/json; charset=utf-8", NOT_FOUND]);
  }
  const [asked, headed] = await Promise.all(["GET", "HEAD"].map((method) => open.send({ method, path: "/health" })));
  assert.deepEqual([headed!.status, headed!.body], [asked!.status, ""]);
  for (const method of ["POST", "PUT", "DELETE"]) {
    const { status, body } = await open.send({ method, path: "/health" });
    assert.deepEqual([method, status, body], [method, 405, WRONG_METHOD]);
  }
});

const signed = (request: TestRequest, change: object = {}): TestRequest => {
  const claims = {
    bodyHash: bodyHash(request.body ?? ""),
    methodAndPath: `${request.method} ${request.path}${request.query ? `?${request.query}` : ""}`,
    sub: signer.publicKey,
    exp: NOW / 1000 + 5,
    iat: NOW / 1000,
    ...change,
  };
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${signToken(signer, claims)}` } };
};

test("with keys, everything under /graphql needs a token, before it is looked for; health does not", async () => {
  for (const request of [
    post(),
    get({ query: "{ __typename }" }),
    { method: "OPTIONS", path: PATH },
    { method: "POST", path: "/graphql" },
    { method: "POST", path: "/graphql/other" },
    post({ headers: { authorization: "Bearer x" } }),
    signed(post(), { exp: NOW / 1000, iat: NOW / 1000 - 5 }),
    post({ ...signed(post()), body: `${QUERY} ` }),
  ]) {
    const { status, headers, body } = await closed.send(request);
    assert.deepEqual([request.path, status, body, headers["www-authenticate"]], [request.path, 401, NOT_AUTHORIZED, undefined]);
    assert.ok(closed.lastRecord().refused, "the log has the reason");
  }
  assert.deepEqual(
    [(await closed.send({ method: "HEAD", path: PATH })).status, (await closed.send({ method: "GET", path: "/x" })).status],
    [401, 404],
  );
  assert.equal((await closed.send(signed({ method: "POST", path: "/graphql/other", body: "" }))).status, 404);
  assert.notEqual((await closed.send({ method: "GET", path: "/health" })).status, 401);
});

test("signed requests are answered, and the log knows whose they are", async () => {
  for (const request of [
    post(),
    post({ body: Buffer.from(QUERY) }),
    get({ query: "{ __typename }", x: "a b" }),
    post({ path: "/graphql" }),
  ]) {
    const { status, body } = await closed.send(signed(request));
    assert.deepEqual([status, JSON.parse(body)], [200, ANSWER]);
    assert.equal(closed.lastRecord().keyId, signer.publicKey.slice(0, 8));
  }
});

test("a body of the limit is read, one byte more is refused, with and without authentication (D5)", async () => {
  const whole = post({ body: QUERY.padEnd(102_400) });
  const beyond = post({ body: QUERY.padEnd(102_401) });
  for (const [api, request, status] of [
    [open, whole, 200],
    [open, beyond, 413],
    [closed, signed(whole), 200],
    [closed, signed(beyond), 413],
    [closed, signed(beyond, { bodyHash: bodyHash(QUERY.padEnd(102_400)) }), 413],
  ] as const) {
    const answer = await api.send(request);
    assert.equal(answer.status, status);
    if (status === 413) assert.equal(answer.body, TOO_LARGE);
  }
  // Bytes count, not characters.
  const accents = `{"query":"{ __typename } #${"é".repeat(51_200)}"}`;
  assert.equal((await open.send(post({ body: Buffer.from(accents) }))).status, 413);
});

/** Health with the newest ledger closed so many seconds ago by the database's clock and the network so far ahead. */
async function health(
  ageSeconds: number | null,
  behind: number | null,
): Promise<{ status: number; body: unknown; closedAt: string | null }> {
  const [row] = await sql<{ closed_at: string | null }[]>`
    update cursors set ledger = ${ageSeconds === null ? null : 1000}, network_tip = ${behind === null ? null : 1000 + behind},
      closed_at = date_trunc('second', now()) - ${ageSeconds}::integer * interval '1 second'
    where name = 'latest' returning to_char(closed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as closed_at`;
  const { status, body } = await open.send({ method: "GET", path: "/health" });
  return { status, body: JSON.parse(body) as unknown, closedAt: row!.closed_at };
}

test("health is the age of the newest ledger and its distance to the network's (D7)", async () => {
  for (const [age, behind] of [
    [0, null],
    [340, 50],
    // Ahead of what ingest last heard of: no cause for alarm, as it is with unsigned arithmetic.
    [10, -3],
    // A ledger of the future: a clock that is behind.
    [-30, 0],
  ] as const) {
    const { status, body } = await health(age, behind);
    assert.deepEqual([age, behind, status, body], [age, behind, 200, { backend_latest_ledger: 1000, status: "ok" }]);
  }
  for (const [age, behind, ledger] of [
    [362, 0, 1000],
    [0, 51, 1000],
    // Nothing was ever ingested.
    [null, null, 0],
  ] as const) {
    const { status, body, closedAt } = await health(age, behind);
    const tip = behind === null ? null : 1000 + behind;
    const extras = { backend_latest_ledger: ledger, network_latest_ledger: tip, latest_ledger_closed_at: closedAt };
    assert.deepEqual([age, status, body], [age, 503, { error: "wallet backend is not in sync with the network", extras }]);
  }
});

test("health without a database is a failure that names nothing of it", async () => {
  const api = testApi("postgres://secret-user:secret@127.0.0.1:1/none");
  try {
    const { status, body } = await api.send({ method: "GET", path: "/health" });
    assert.deepEqual([status, body], [500, '{\n  "error": "failed to read the latest ledger"\n}']);
  } finally {
    await api.close();
  }
});

test("the log counts an answer's bytes, not its characters", async () => {
  const { body } = await open.send(post({ body: '{"query":"{ transactionByHash(hash: \\"ééé\\") { hash } }"}' }));
  assert.ok(body.includes("ééé"));
  assert.equal(open.lastRecord().responseBytes, Buffer.byteLength(body));
});

test("what the log keeps of a request has no variables, no token and no query text", async () => {
  const secret = "GBJVY34OWUI7LWLGUGYHEXPZF27SOUKPVOUULS55NGHCHLDSYQLVODR6";
  const body = JSON.stringify({
    query: "query Named($a: String!) { accountByAddress(address: $a) { address } }",
    variables: { a: secret },
  });
  const request = signed(post({ body }));
  assert.equal((await closed.send(request)).status, 200);
  const record = closed.lastRecord();
  assert.deepEqual(
    { ...record, duration: 0, responseBytes: 0 },
    {
      requestId: "test",
      method: "POST",
      path: PATH,
      status: 200,
      duration: 0,
      responseBytes: 0,
      keyId: signer.publicKey.slice(0, 8),
      rootFields: ["accountByAddress"],
      cost: { complexity: 2, limit: 10_000, depth: 2, charged: 2 },
      taken: { fields: 2, bytesSent: 102, rows: 0, bytesRead: 0 },
      ledger: undefined,
      statements: 0,
    },
  );
  assert.ok(!JSON.stringify(record).includes(secret));
});
