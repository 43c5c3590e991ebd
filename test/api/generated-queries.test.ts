import assert from "node:assert/strict";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import {
  buildASTSchema,
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";
import { VISIBLE_CODES } from "../../functions/serve/errors/client-errors.ts";
import { testDatabase } from "../fixtures/database.ts";
import { loadSeed } from "../fixtures/seed.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

/** `FUZZ_SEED=2 FUZZ_COUNT=10000 node --test …` generates other queries, and so many of each kind. */
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const COUNT = Number(process.env.FUZZ_COUNT ?? 600);
/** Longest time of a request, milliseconds: generous, since the machine may be busy. */
const LONGEST = 5_000;

const database = await testDatabase();
if (hasShared) await loadSeed(database.connect());
// Generated queries are expensive: let most of them through to the resolvers.
const api = testApi(database.url, { graphqlComplexityLimit: 2_000_000 });
after(() => api.close());

const schema = buildASTSchema(schemaDocument);
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Chooses, by a generator of fast-check: one seed, one query. */
class Choices {
  readonly #gen: fc.GeneratorValue;
  constructor(gen: fc.GeneratorValue) {
    this.#gen = gen;
  }
  chance(percent: number): boolean {
    return this.#gen(fc.nat, { max: 99 }) < percent;
  }
  of<T>(list: readonly T[]): T {
    return list[this.#gen(fc.nat, { max: list.length - 1 })]!;
  }
  text(): string {
    return this.#gen(fc.string, { unit: "binary" as const, maxLength: 12 });
  }
}

/** Values that mean something to the seed's rows, beside values that mean nothing. */
const STRINGS: Record<string, readonly string[]> = {
  address: [
    "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR",
    "GBJVY34OWUI7LWLGUGYHEXPZF27SOUKPVOUULS55NGHCHLDSYQLVODR6",
    "CBRIWSOZNXG6S6SDBXKPLF3QLCM6BGUWR54TJEPEW4CMVYZ2IDOAF3WC",
    "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPX",
    "",
  ],
  hash: ["0".repeat(64), "zz", ""],
  id: [
    "native",
    "CDCEI5ADRVCZ4QHEOFFP56T37DNOT6MDJMRPL2HMDXKDJ3FWFNIS577H",
    "CBRIWSOZNXG6S6SDBXKPLF3QLCM6BGUWR54TJEPEW4CMVYZ2IDOAF3WC",
    "native:",
    "",
  ],
  search: ["t", "usd", "x", "native", "%", ""],
  cursor: [
    "1700000000000000000:4294967300096",
    "1700000000000000000:4294967300097",
    "1700000005000000000:4299262267392:4299262267393:1099511627777",
    "1700000000000000000:4294967300096:0:1",
    "4294967300097",
    "v1:native:native",
    "v1:classic:706ece6c-c353-5340-ac77-51ec1065560f",
    "v1:lp:00",
    "9223372036854775807:-9223372036854775808",
    "-9223372036854775808:0",
    "99999999999999999999999:1",
  ].map(base64),
  Time: [
    "2023-11-14T22:13:20Z",
    "2023-11-14T22:13:25.000001Z",
    "",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "2023-11-14 22:13:20",
    "x",
  ],
  Int64: ["4294967300097", "252337918574596097", "0", "-1", "9223372036854775807", "9223372036854775808", '"12"', '"x"', "1.5"],
};

function literal(choices: Choices, name: string, type: GraphQLInputType): string {
  if (!isNonNullType(type) && choices.chance(4)) return "null";
  const named = getNamedType(type);
  if (choices.chance(2)) return choices.of(["1", '"x"', "true", "[1]", "{}", "NO", "1e400", "-0"]);
  if (isEnumType(named)) return choices.of(named.getValues()).name;
  if (isInputObjectType(named)) {
    const members = Object.values(named.getFields()).filter(() => choices.chance(40));
    return `{ ${members.map((member) => `${member.name}: ${literal(choices, member.name, member.type)}`).join(", ")} }`;
  }
  if (named.name === "Int") return choices.of(["1", "2", "3", "7", "100", "0", "-1", "101", "2147483648"]);
  if (named.name === "Int64") return choices.of(STRINGS.Int64!);
  if (named.name === "Time") return JSON.stringify(choices.of(STRINGS.Time!));
  const kind = name === "after" || name === "before" ? "cursor" : Object.hasOwn(STRINGS, name) ? name : "hash";
  return JSON.stringify(
    choices.chance(5) ? choices.text() : choices.of(name.toLowerCase().includes("hash") ? [...hashes, ...STRINGS.hash!] : STRINGS[kind]!),
  );
}

/** Hashes of the seed's transactions. */
const hashes: string[] = hasShared
  ? (await database.connect()<{ hash: string }[]>`select encode(hash, 'hex') as hash from transactions`).map(({ hash }) => hash)
  : [];

function argumentsOf(choices: Choices, field: GraphQLField<unknown, unknown>): string {
  const given = field.args.filter(
    (arg) => isNonNullType(arg.type) || choices.chance(arg.name === "first" || arg.name === "last" ? 35 : 12),
  );
  return given.length === 0 ? "" : `(${given.map((arg) => `${arg.name}: ${literal(choices, arg.name, arg.type)}`).join(", ")})`;
}

/** A selection on a type; aliases always differ, so that generated fields never conflict. */
function selection(choices: Choices, type: GraphQLNamedType, levels: number, counter: { next: number }): string {
  if (!isObjectType(type) && !isInterfaceType(type)) return "";
  const fields = Object.values(type.getFields()).filter((field) => levels > 0 || !isComposite(schema, field));
  const parts: string[] = ["__typename"];
  for (let count = choices.of([1, 1, 2, 2, 3]); count > 0 && fields.length > 0; count--) {
    const field = choices.of(fields);
    const inner = isComposite(schema, field) ? ` { ${selection(choices, getNamedType(field.type), levels - 1, counter)} }` : "";
    const directive = choices.chance(3) ? choices.of([" @include(if: true)", " @skip(if: true)", " @skip(if: false)"]) : "";
    parts.push(`f${counter.next++}: ${field.name}${argumentsOf(choices, field)}${directive}${inner}`);
  }
  if (isAbstractType(type) && choices.chance(60)) {
    const possible = choices.of(schema.getPossibleTypes(type));
    parts.push(`... on ${possible.name} { ${selection(choices, possible, levels - 1, counter)} }`);
  }
  return parts.join(" ");
}

function isComposite(of: GraphQLSchema, field: GraphQLField<unknown, unknown>): boolean {
  const type = of.getType(getNamedType(field.type).name);
  return isObjectType(type) || isAbstractType(type);
}

/** What a client's bug or an attacker does to a query. */
function mutate(choices: Choices, query: string): string {
  const at = choices.of(Array.from({ length: query.length }, (_, i) => i));
  const end = Math.min(query.length, at + choices.of([1, 2, 5, 20]));
  switch (choices.of(["cut", "drop", "twice", "insert", "swap", "truncate"] as const)) {
    case "cut":
      return query.slice(0, at) + query.slice(end);
    case "drop":
      return query.replace(choices.of(["{", "}", "(", ")", ":", '"', "f1"]), "");
    case "twice":
      return query.slice(0, end) + query.slice(at);
    case "insert":
      return (
        query.slice(0, at) +
        choices.of(["{", "}", "\0", "$x", "@defer", "...", "\u{1f600}", "\\", "fragment A on Query { ...A }", choices.text()]) +
        query.slice(at)
      );
    case "swap":
      return query.replaceAll(
        choices.of(["edges", "node", "first", "last", "cursor", "hash", "Account"]),
        choices.of(["edges", "node", "__schema", "after", "x"]),
      );
    default:
      return query.slice(0, at);
  }
}

const STATUSES = new Set([200, 400, 413, 422]);
/** What may stay in memory of all requests, bytes: the caches are bounded. */
const MOST_KEPT = 200_000_000;
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
/** Bytes that are in use once nobody's garbage is. */
function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
const inUseBefore = bytesInUse();
let [slowest, requests, mostKept] = [0, 0, 0];
function checkMemory(): void {
  mostKept = Math.max(mostKept, bytesInUse() - inUseBefore);
  assert.ok(mostKept < MOST_KEPT, `${mostKept} bytes are kept of ${requests} requests`);
}
after(() => {
  const kept = (mostKept / 1e6).toFixed(0);
  process.stdout.write(`seed ${SEED}, ${COUNT} of each kind: slowest ${slowest.toFixed(0)} ms, at most ${kept} MB kept\n`);
});

const seen = { whole: 0, refused: 0, partial: 0 };

/** Codes of the answer's errors. @throws AssertionError what no client may be shown */
async function check(body: string): Promise<string[]> {
  const started = performance.now();
  const late = sleep(LONGEST, null);
  const answer = await Promise.race([api.post(body), late]);
  assert.ok(answer !== null, `no answer in ${LONGEST} ms: ${body}`);
  const took = performance.now() - started;
  slowest = Math.max(slowest, took);
  assert.ok(took < LONGEST, `${took} ms: ${body}`);
  if (++requests % 500 === 0) checkMemory();
  assert.ok(STATUSES.has(answer.status), `${answer.status}: ${body}`);
  if (answer.status === 413) return ["413"];
  const { data, errors = [] } = JSON.parse(answer.body) as { data: unknown; errors?: { message: string; extensions?: { code: string } }[] };
  const codes = errors.map(({ extensions }) => extensions?.code ?? "none");
  // The database is well, so nothing may fail in it: an internal error is a hole in the checks before it.
  const { hidden = [] } = api.lastRecord();
  // But the seed's transactions are any bytes, which no field can read as XDR: that is told as damage.
  const isDamage = codes.includes("HISTORY_DAMAGED") && hidden.every(({ message }) => message.startsWith("invalid XDR"));
  for (const code of codes)
    assert.ok(
      (VISIBLE_CODES.has(code) && code !== "INTERNAL_ERROR") || (code === "INTERNAL_SERVER_ERROR" && isDamage),
      `${code}: ${body}\n${JSON.stringify(hidden)}`,
    );
  for (const { message } of errors) assert.doesNotMatch(message, /postgres|syntax error at|relation |node_modules|\bat .*\.ts:/i);
  seen[errors.length === 0 ? "whole" : data === null ? "refused" : "partial"]++;
  return codes;
}

const query = fc.gen().map((gen) => {
  const choices = new Choices(gen);
  const counter = { next: 0 };
  return `{ ${selection(choices, schema.getQueryType()!, choices.of([2, 4, 6, 8, 10, 12]), counter)} }`;
});
const mutated = fc.gen().map((gen) => {
  const choices = new Choices(gen);
  let text = `{ ${selection(choices, schema.getQueryType()!, choices.of([2, 4, 6]), { next: 0 })} }`;
  do text = mutate(choices, text);
  while (choices.chance(50) && text !== "");
  return text;
});

sharedTest(`generated queries never fail inside (seed ${SEED})`, async () => {
  const codes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(query, async (text) => {
      for (const code of await check(JSON.stringify({ query: text }))) codes.set(code, (codes.get(code) ?? 0) + 1);
    }),
    { seed: SEED, numRuns: COUNT, endOnFailure: true },
  );
  assert.ok(seen.whole > 40, `only ${seen.whole} answers without an error: ${JSON.stringify([...codes])}`);
  assert.ok(seen.partial > 5, `only ${seen.partial} answers with data and errors`);
});

sharedTest(`mutated queries never fail inside (seed ${SEED})`, async () => {
  const before = seen.refused;
  await fc.assert(
    fc.asyncProperty(mutated, async (text) => void (await check(JSON.stringify({ query: text })))),
    { seed: SEED, numRuns: COUNT, endOnFailure: true },
  );
  assert.ok(seen.refused - before > 200, `only ${seen.refused - before} were refused`);
});

sharedTest(`request bodies of any form never fail inside (seed ${SEED})`, async () => {
  const body = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.json(),
    fc
      .record(
        { query: fc.oneof(query, fc.jsonValue()), variables: fc.jsonValue(), operationName: fc.jsonValue(), extensions: fc.jsonValue() },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
    fc
      .record(
        { a: fc.jsonValue(), h: fc.jsonValue(), i: fc.jsonValue(), n: fc.jsonValue(), t: fc.jsonValue(), f: fc.jsonValue() },
        { requiredKeys: [] },
      )
      .map((variables) =>
        JSON.stringify({
          query:
            "query ($a: String!, $h: String!, $i: Int64!, $n: Int, $t: Time, $f: AccountStateChangeFilterInput) { accountByAddress(address: $a) { stateChanges(first: $n, since: $t, filter: $f) { edges { cursor } } } transactionByHash(hash: $h) { hash } operationById(id: $i) { id } }",
          variables: { a: STRINGS.address![0], h: hashes[0], i: 1, ...variables },
        }),
      ),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => void (await check(text))),
    { seed: SEED, numRuns: COUNT, endOnFailure: true },
  );
});

/** Names that a plain object knows, and others; `__proto__` is refused. */
const NAMES = ["n", "constructor", "toString", "valueOf", "hasOwnProperty", "__proto__", "__defineGetter__", "undefined", "length"];

sharedTest(`variables of any name and value never fail inside (seed ${SEED})`, async () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.integer(),
    fc.constantFrom<unknown>("undefined", "null", "constructor", { toString: 1 }, { valueOf: null }, { __proto__: 1 }, [[[]]], 2 ** 53, -0),
  );
  const request = fc
    .record({
      name: fc.constantFrom(...NAMES),
      other: fc.constantFrom(...NAMES),
      type: fc.constantFrom(
        "Int",
        "Int = 100",
        "Int!",
        "String",
        "Time",
        "Int64",
        "AccountStateChangeFilterInput",
        "StateChangeCategory",
        "[String!]",
      ),
      argument: fc.constantFrom(
        "first",
        "last",
        "after",
        "since",
        "filter",
        "filter: { category",
        "filter: { operationId",
        "filter: { transactionHash",
      ),
      value,
    })
    .map(({ name, other, type, argument, value: given }) => {
      const close = argument.includes("{") ? " }" : "";
      const query = `query ($${name}: ${type}) { accountByAddress(address: "${STRINGS.address![0]}") { stateChanges(${argument}: $${name}${close}) { edges { cursor } } } }`;
      return `{"query":${JSON.stringify(query)},"variables":{${JSON.stringify(other)}:${JSON.stringify(given)},${JSON.stringify(name)}:${JSON.stringify(given)}}}`;
    });
  await fc.assert(
    fc.asyncProperty(request, async (text) => void (await check(text))),
    { seed: SEED, numRuns: COUNT, endOnFailure: true },
  );
});
