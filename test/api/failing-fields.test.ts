import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { HEAVY_ACCOUNT, writeHeavyAccount } from "../../bin/bench/heavy-account.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const database = await testDatabase();
const NO_BALANCE = { tokenId: null, amount: null };
/** Place of a change that cannot be shown: there is no such threshold, its old value is missing, and so is its operation. */
const BAD = 50;
await writeHeavyAccount(database.connect(), 3, (at) =>
  at === BAD ? { ...NO_BALANCE, category: "SIGNATURE_THRESHOLD", reason: "UPDATE", operation: 101, threshold: "HIGHEST" } : {},
);
const api = testApi(database.url, { dbMaxConns: 2 });
after(() => api.close());

const account = (selection: string): string => `{ accountByAddress(address: "${HEAVY_ACCOUNT}") { ${selection} } }`;

/** The first members of a list wait for a connection, which fails when the request is over; the one behind them fails at once. */
const waiting = "... on BalanceChange { account { balances(first: 1) { edges { cursor } } } }";
const QUERIES: Readonly<Record<string, [code: string, query: string]>> = {
  "an enum's unknown value": [
    "INTERNAL_SERVER_ERROR",
    account(`transactions(first: 3) { edges { stateChanges { ${waiting} ... on ThresholdChange { threshold } } } }`),
  ],
  "a missing value": [
    "INTERNAL_SERVER_ERROR",
    account(`stateChanges(first: 100) { edges { node { ${waiting} ... on ThresholdChange { oldThreshold } } } }`),
  ],
  "a resolver that throws": [
    "INTERNAL_SERVER_ERROR",
    account(`stateChanges(first: 100) { edges { node { ${waiting} ... on ThresholdChange { operation { id } } } } }`),
  ],
  "a list that is too expensive": [
    "QUERY_TOO_EXPENSIVE",
    account(
      `transactions(first: 3) { edges { stateChanges { ${waiting} ${Array.from({ length: 60 }, (_, at) => `a${at}: category`).join(" ")} } } }`,
    ),
  ],
};

test("no query can end the process by what fails in it", async (t) => {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", listener);
  try {
    for (const [name, [code, query]] of Object.entries(QUERIES))
      await t.test(name, async () => {
        const { data, errors } = await api.ask(query);
        assert.ok((data?.accountByAddress ?? null) === null);
        assert.ok(
          errors?.some(({ extensions }) => extensions?.code === code),
          JSON.stringify(errors),
        );
        await sleep(50);
        assert.deepEqual(unhandled, []);
      });
  } finally {
    process.off("unhandledRejection", listener);
  }
});
