import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { after, test } from "node:test";
import { API_ERRORS, errorTypeOf } from "../../functions/serve/errors/api-errors.ts";
import {
  balancesFailed,
  historyUnreadable,
  queryTooExpensive,
  responseTooLarge,
  VISIBLE_CODES,
} from "../../functions/serve/errors/client-errors.ts";
import { maskErrors } from "../../functions/serve/graphql/mask-errors.ts";
import { graphqlResponse } from "../../functions/serve/http/graphql-response.ts";
import { UnknownPayloadFormat } from "../../functions/shared/columns/history/payload-decoder.ts";
import { UNDEFINED_TABLE } from "../../functions/shared/database/error-codes.ts";
import { metricsLine } from "../../functions/serve/observe/metrics.ts";
import { GraphQLError } from "graphql";
import type { Answer } from "../fixtures/api-event.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const database = await testDatabase();
const open = testApi(database.url);
const away = testApi("postgres://nobody@127.0.0.1:1/none");
const full = testApi(database.url, { dbMaxConns: 1, dbMaxWaiting: 0 });
const old = testApi((await testDatabase("nothing")).url);
const other = await testDatabase();
await other.connect()`insert into network (passphrase) values ('another')`;
await other.connect()`update cursors set ledger = 1`;
const foreign = testApi(other.url, { networkPassphrase: "ours" });
after(() => Promise.all([foreign, open, away, full, old].map((api) => api.close())));

const TYPES = ["application/json", "application/graphql-response+json"] as const;
const G = "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR";
const query = (text: string, more: object = {}) => JSON.stringify({ query: text, ...more });
const reading = query(`{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }`);

const asked = { method: "POST", path: "", query: "", target: "", body: Buffer.of(), id: "" };

/** An error that a resolver throws, as the response shows it. */
function thrown(error: GraphQLError): (accept: string) => Promise<Answer> {
  const { response } = maskErrors({ errors: [error], data: { a: null } });
  return async (accept) => graphqlResponse({ ...asked, headers: { accept } }, response);
}
const posted = (body: string) => (accept: string) => open.post(body, { "content-type": "application/json", accept });

/** A response with each code, by the media type that the client accepts, and its status for each of both types. */
const CASES: Record<string, [(accept: string) => Promise<Answer>, number, number]> = {
  BAD_USER_INPUT: [posted(query(`{ accountByAddress(address: "${G}") { balances(first: 0) { edges { cursor } } } }`)), 200, 200],
  INVALID_ADDRESS: [posted(query('{ accountByAddress(address: "x") { address } }')), 200, 200],
  INVALID_SIGNER_KEY: [posted(query('{ accountsBySigner(key: "x") { edges { cursor } } }')), 200, 200],
  INVALID_TRANSACTION_HASH: [posted(query('{ transactionByHash(hash: "x") { hash } }')), 200, 200],
  QUERY_TOO_DEEP: [posted(query(`${"{a".repeat(30)}${"}".repeat(30)}`)), 200, 200],
  COMPLEXITY_LIMIT_EXCEEDED: [
    posted(
      query(
        `{ accountByAddress(address: "${G}") { transactions(first: 100) { edges { node { accounts { balances(first: 100) { edges { cursor } } } } } } } }`,
      ),
    ),
    200,
    200,
  ],
  QUERY_TOO_EXPENSIVE: [thrown(queryTooExpensive("reads too much", 10_000)), 200, 200],
  RESPONSE_TOO_LARGE: [thrown(responseTooLarge()), 200, 200],
  PERSISTED_QUERY_NOT_SUPPORTED: [posted(JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: "00" } } })), 200, 200],
  GRAPHQL_PARSE_FAILED: [posted(query("{")), 422, 400],
  GRAPHQL_VALIDATION_FAILED: [posted(query("{ nothing }")), 422, 400],
  INTERNAL_ERROR: [thrown(balancesFailed(Object.assign(new Error("gone"), { code: UNDEFINED_TABLE }))), 200, 200],
  INTERNAL_SERVER_ERROR: [thrown(new GraphQLError("x", { originalError: new Error("x") })), 200, 200],
  HISTORY_DAMAGED: [thrown(historyUnreadable({ transactionId: "1" }, new Error("x"))), 200, 200],
  HISTORY_FORMAT_UNKNOWN: [thrown(historyUnreadable({ transactionId: "1" }, new UnknownPayloadFormat(9))), 200, 200],
  DATABASE_TOO_OLD: [() => old.post(reading), 503, 503],
  NETWORK_MISMATCH: [() => foreign.post(reading), 503, 503],
  DATABASE_UNAVAILABLE: [(accept) => away.post(reading, { "content-type": "application/json", accept }), 503, 503],
  OVERLOADED: [
    async (accept) =>
      (await Promise.all(Array.from({ length: 8 }, () => full.post(reading, { "content-type": "application/json", accept })))).at(-1)!,
    503,
    503,
  ],
};

test("every code that a client may see is in the table, and no other", () => {
  assert.deepEqual(
    [...API_ERRORS.keys()].sort(),
    [...VISIBLE_CODES, "INTERNAL_SERVER_ERROR", "DATABASE_TOO_OLD", "NETWORK_MISMATCH", "DATABASE_UNAVAILABLE", "OVERLOADED"].sort(),
  );
  assert.deepEqual(Object.keys(CASES).sort(), [...API_ERRORS.keys()].sort());
});

for (const [code, [ask, ...statuses]] of Object.entries(CASES))
  test(`${code} has its status, for both media types, and an alarm where an operator must act`, async () => {
    const { statuses: allowed, type } = API_ERRORS.get(code)!;
    for (const [at, accept] of TYPES.entries()) {
      const { status, body, headers } = await ask(accept);
      assert.equal(status, statuses[at], body);
      assert.ok(allowed.includes(status), `${status} is not among those of the table`);
      assert.match(body, new RegExp(`"code": ?"${code}"`));
      if (code === "DATABASE_UNAVAILABLE" || code === "OVERLOADED") assert.match(headers["retry-after"] ?? "", /^[1-9]\d*$/);
    }
    const line = JSON.parse(
      metricsLine(
        { requestId: "r", method: "POST", path: "/graphql", status: statuses[0], duration: 1, responseBytes: 1, errorCodes: [code] },
        0,
      ),
    ) as Record<string, unknown>;
    assert.equal(line.wallet_graphql_errors_total, 1);
    assert.equal(line.error_type, type);
    // A 5xx is what the alarm api-5xx counts; of the others graphql-errors counts what is of type internal_error (test/infra).
    assert.equal(type === "unavailable", statuses[0] >= 500);
    const runbook = { unavailable: "api-5xx", internal_error: "graphql-errors" }[type as string];
    if (runbook !== undefined)
      assert.match(
        readFileSync(new URL(`../../docs/operations/alarm-${runbook}.md`, import.meta.url), "utf8"),
        new RegExp(`\\b${code}\\b`),
      );
  });

test("among several errors the one for the operator is counted", () => {
  assert.equal(errorTypeOf(["BAD_USER_INPUT", "HISTORY_DAMAGED"]), "internal_error");
  assert.equal(errorTypeOf(["BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED"]), "bad_input");
  assert.deepEqual([errorTypeOf(["SOMETHING_NEW"]), errorTypeOf([])], ["unknown", null]);
});

/** A server that refuses every login with an error of this code. */
async function refusing(code: string): Promise<{ url: string; close: () => void }> {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0Mno\0\0`);
  const message = Buffer.alloc(5 + fields.length);
  message.write("E");
  message.writeInt32BE(4 + fields.length, 1);
  fields.copy(message, 5);
  const server = createServer((socket) => void socket.on("error", () => {}).once("data", () => socket.end(message))).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/none`, close: () => void server.close() };
}

for (const code of ["53300", "57P03", "28P01", "28000", "3D000", "53200"])
  test(`a server that refuses with ${code} is unavailable: 503 and when to try again; health says 500`, async (t) => {
    const server = await refusing(code);
    const api = testApi(server.url);
    t.after(async () => {
      await api.close();
      server.close();
    });
    for (const accept of TYPES) {
      const { status, headers, body } = await api.post(reading, { "content-type": "application/json", accept });
      assert.deepEqual([status, headers["content-type"], headers["retry-after"]], [503, accept, "5"], body);
      const { data, errors } = JSON.parse(body) as { data: unknown; errors: unknown[] };
      assert.deepEqual(
        [data, errors],
        [null, [{ message: "the database is unavailable: try again later", extensions: { code: "DATABASE_UNAVAILABLE" } }]],
      );
    }
    assert.equal(api.lastRecord().hidden?.[0]?.code, code, "the log has the cause");
    assert.equal((await api.send({ method: "GET", path: "/health" })).status, 500);
    assert.deepEqual(
      api.lastRecord().hidden!.map((hidden) => [hidden.path, hidden.code]),
      [["health", code]],
    );
    // What needs no database is answered without.
    assert.equal((await api.post(query("{ __typename }"))).status, 200);
  });
