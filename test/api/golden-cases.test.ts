import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testDatabase } from "../fixtures/database.ts";
import { canonical } from "../fixtures/golden-ledgers.ts";
import { loadSeed } from "../fixtures/seed.ts";
import { packagedServe } from "../fixtures/packaged-handler.ts";
import { hasShared, readShared, sharedTest } from "../fixtures/shared.ts";
import { ANSWER_DIFFERENCES } from "./intended-differences.ts";

interface GraphqlError {
  message?: string;
  path?: unknown;
  locations?: unknown;
  extensions?: { code?: string };
}

interface GraphqlAnswer {
  data?: unknown;
  errors?: GraphqlError[];
  extensions?: unknown;
}

interface Case {
  name: string;
  request: object;
  status: number;
  response: GraphqlAnswer;
}

/** Integers that a double cannot hold become `#digits`, so that they are compared by their digits. */
function parse(text: string): unknown {
  return JSON.parse(text, function (this: unknown, _key, value: unknown, context?: { source?: string }) {
    return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) ? `#${context?.source}` : value;
  } as (key: string, value: unknown) => unknown);
}

function stringify(value: unknown): string {
  return JSON.stringify(value).replace(/"#(-?\d+)"/g, "$1");
}

/** Codes whose messages compare. */
const COMPARED_MESSAGES = new Set([
  "BAD_USER_INPUT",
  "INVALID_ADDRESS",
  "INVALID_TRANSACTION_HASH",
  "QUERY_TOO_DEEP",
  "COMPLEXITY_LIMIT_EXCEEDED",
  "INTERNAL_ERROR",
]);

function normaliseError({ message, path, extensions }: GraphqlError): object {
  const code = extensions?.code ?? "";
  if (code.startsWith("GRAPHQL_")) return { extensions: { code } };
  // D3 drops the prefix; the tails of Go's number parser are no contract.
  const text = COMPARED_MESSAGES.has(code) ? message?.replace(/^input: /, "").replace(/strconv\.ParseInt: /, "") : undefined;
  return { extensions, path, message: text };
}

/** Lists named `accounts` are sets. */
function sortAccounts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortAccounts);
  if (typeof value !== "object" || value === null) return value;
  const byText = (a: unknown, b: unknown): number => (canonical(a) < canonical(b) ? -1 : 1);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === "accounts" && Array.isArray(member) ? member.map(sortAccounts).sort(byText) : sortAccounts(member),
    ]),
  );
}

/** D13: the old limit of a trustline in decimals, where the peer gives stroops. */
function decimalOldLimits(text: string): string {
  return text.replaceAll('"oldLimit":"1"', '"oldLimit":"0.0000001"');
}

/** The normal form of spec graphql-api section 10. */
function normalise({ data = null, errors = [] }: GraphqlAnswer): string {
  const list = errors.map(normaliseError).map((error) => JSON.parse(JSON.stringify(error)) as object);
  return canonical({ data: sortAccounts(data), errors: list.sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) });
}

const database = await testDatabase();
if (hasShared) await loadSeed(database.connect());
// The artefact that is deployed, called with API Gateway events.
const api = await packagedServe(database.url);
after(() => api.close());

const cases = hasShared ? (parse(readShared("golden/graphql/cases.json").toString()) as { cases: Case[] }).cases : [];
const used = new Set<number>();
/** Answers with an old trustline limit (D13). */
let oldLimits = 0;

sharedTest("all 268 recorded requests are there", () => {
  assert.equal(cases.length, 268);
});

for (const { name, request, status, response } of cases) {
  const index = ANSWER_DIFFERENCES.findIndex((difference) => difference.cases.test(name));
  const difference = ANSWER_DIFFERENCES[index];
  test(difference ? `${name} (${difference.number})` : name, async () => {
    const answer = await api.send({ method: "POST", path: "/graphql/query", body: stringify(request) });
    const body = parse(answer.body) as GraphqlAnswer;
    if (!difference) {
      const recorded = normalise(response);
      const expected = decimalOldLimits(recorded);
      if (expected !== recorded) oldLimits++;
      assert.equal(normalise(body), expected);
      assert.equal(answer.status, status);
      return;
    }
    used.add(index);
    assert.notEqual(`${answer.status}${normalise(body)}`, `${status}${normalise(response)}`, "the difference is gone");
    assert.equal(answer.status, difference.status);
    assert.deepEqual(body.data ?? null, difference.data(name));
    if (difference.error === null) {
      assert.equal(body.errors, undefined);
      return;
    }
    const [error, ...others] = body.errors!;
    assert.deepEqual(others, []);
    assert.match(error!.message!, difference.error.message);
    assert.deepEqual([error!.extensions, error!.path], [{ code: difference.error.code }, difference.error.path?.(name)]);
  });
}

sharedTest("no intended difference of the answers is stale", () => {
  assert.deepEqual(
    ANSWER_DIFFERENCES.filter((_, i) => !used.has(i)).map(({ number, reason }) => `${number}: ${reason}`),
    [],
  );
  assert.ok(oldLimits > 0, "D13");
});
