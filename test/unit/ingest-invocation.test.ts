import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { applicationName } from "../../functions/ingest/invocation/application-name.ts";
import { nextAttemptAt } from "../../functions/ingest/invocation/next-attempt.ts";
import type { CodeIdentity, Phase, StoredFailure } from "../../functions/ingest/invocation/failure-record.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { judge } from "../../functions/ingest/invocation/judge.ts";
import { LedgerLoop } from "../../functions/ingest/invocation/ledger-loop.ts";
import type { LedgerWriter } from "../../functions/ingest/persist/ledger-writer.ts";
import { newReport } from "../../functions/ingest/invocation/run-report.ts";
import { TimeBudget } from "../../functions/ingest/invocation/time-budget.ts";
import { withTimeout } from "../../functions/shared/timeout.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { memorySource } from "../fixtures/ingest-sandbox.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

test("the application name fits into PostgreSQL's 63 bytes and has three parts", () => {
  const id = "5f0c1a52-8a07-4f5e-9d4a-0d5f5b3a9c11";
  assert.equal(applicationName(id, 1_790_000_000_900), `ingest/${id}/1790000000`);
  const odd = applicationName("a/b c\u{1f600}".repeat(20), 1_790_000_000_000);
  assert.match(odd, /^ingest\/[\w.-]{1,40}\/1790000000$/);
  assert.ok(Buffer.byteLength(odd) <= 63);
});

test("a poison ledger is tried at every trigger ten times, then less and less often, by other code at once", () => {
  const failed = (attempts: number): StoredFailure => ({
    ledger: 5,
    attempts,
    poison: true,
    code: "LEDGER_CORRUPT",
    message: "",
    timedOutMs: null,
    codeVersion: "one",
    knownProtocol: 28,
    lastAt: 1_000_000,
  });
  const one: CodeIdentity = { codeVersion: "one", knownProtocol: 28 };
  const pause = (attempts: number): number => (nextAttemptAt(failed(attempts), one) - 1_000_000) / 60_000;
  assert.equal(nextAttemptAt(failed(9), one), 0);
  assert.deepEqual([10, 11, 12, 15, 16, 500].map(pause), [1, 2, 4, 32, 60, 60]);
  assert.equal(nextAttemptAt(failed(500), { ...one, codeVersion: "two" }), 0);
  assert.equal(nextAttemptAt(failed(500), { ...one, knownProtocol: 29 }), 0, "whatever it is called");
  assert.notEqual(nextAttemptAt(failed(500), { ...one, knownProtocol: 27 }), 0);
  assert.equal(nextAttemptAt({ ...failed(500), poison: false }, one), 0);
});

test("the budget keeps the reserve, and more when ledgers take long", () => {
  const budget = new TimeBudget(Date.now() + 60_000, 20_000);
  assert.equal(budget.ledgerMs, 15_000);
  assert.ok(Math.abs(budget.left - 40_000) < 1_000);
  for (let i = 0; i < 100; i++) budget.add(50);
  assert.ok(Math.abs(budget.left - 40_000) < 1_000, "fast ledgers change nothing");
  for (let i = 0; i < 300; i++) budget.add(10_000);
  assert.ok(Math.abs(budget.left - 30_000) < 1_000, "three times the 95th percentile");
});

function verdict(error: unknown, phase: Phase | null = "persist"): { retry: boolean; poison: boolean } {
  const { retry, poison } = judge(error, phase);
  return { retry, poison };
}

test("errors are told apart through their causes", () => {
  const driver = Object.assign(new Error("gone"), { code: "CONNECTION_CLOSED" });
  assert.deepEqual(verdict(driver), { retry: true, poison: false });
  assert.deepEqual(verdict(new WalletError("PERSIST_FAILED", "x", { sqlstate: "CONNECTION_CLOSED" }, { cause: driver })), {
    retry: true,
    poison: false,
  });
  assert.equal(judge(new WalletError("PERSIST_FAILED", "x", {}, { cause: driver }), null).sqlstate, "CONNECTION_CLOSED");
  assert.deepEqual(verdict(new WalletError("FENCED", "x", {}, { cause: driver })), { retry: false, poison: false });
  assert.deepEqual(verdict(new TypeError("x")), { retry: false, poison: false });
  for (const [code, expected] of [
    ["42P01", "DATABASE_TOO_OLD"],
    ["42501", "DATABASE_FORBIDDEN"],
    ["28P01", "DATABASE_UNREACHABLE"],
    ["53100", "DATABASE_UNREACHABLE"],
  ]) {
    const judged = judge(Object.assign(new Error("m"), { code }), null);
    assert.ok(judged.error instanceof WalletError && judged.error.code === expected, code);
    assert.deepEqual([judged.code, judged.sqlstate], [expected, code]);
  }
});

test("only a ledger can be poison: what fails the indexer, but for wrong settings, and what the database refuses of it", () => {
  const constraint = new WalletError("PERSIST_FAILED", "x", { sqlstate: "23514" });
  assert.deepEqual(verdict(constraint, "persist"), { retry: false, poison: true });
  assert.deepEqual(verdict(constraint, null), { retry: false, poison: false });
  assert.deepEqual(verdict(new WalletError("LEDGER_CORRUPT", "x"), "fetch"), { retry: false, poison: true });
  assert.deepEqual(verdict(new WalletError("SOURCE_UNAVAILABLE", "x"), "fetch"), { retry: true, poison: false });
  assert.deepEqual(verdict(new TypeError("x"), "index"), { retry: false, poison: true });
  assert.deepEqual(verdict(new WalletError("NETWORK_MISMATCH", "x"), "index"), { retry: false, poison: false });
  assert.deepEqual(verdict(new WalletError("CONFIG_INVALID", "x"), "index"), { retry: false, poison: false });
});

test("a recorded message has no NUL, no lone surrogate and a bounded length", () => {
  const { code, message } = judge(new Error(`a\0b\ud800${"x".repeat(5_000)}`), null);
  assert.equal(code, "UNEXPECTED");
  assert.ok(message.startsWith("ab\ufffdx") && message.length === 2_000);
});

test("what does not answer in time rejects, and a later rejection of it disturbs nobody", async () => {
  const late = sleep(50).then(() => {
    throw new Error("too late to matter");
  });
  await assert.rejects(withTimeout(5, "waiting", late), { code: "ETIMEDOUT", message: "waiting took longer than 5 ms" });
  assert.equal(await withTimeout(1_000, "x", Promise.resolve(7)), 7);
  await sleep(80);
});

test("a silent network gets heartbeats, and a heartbeat that fails ends the loop", async () => {
  let beats = 0;
  const ledgers = sandboxLedgers(2);
  const writer = { prepare: () => ({ sequence: 1, closedAt: 0n }), write: () => Promise.resolve() } as unknown as LedgerWriter;
  const loop = new LedgerLoop({
    source: memorySource(ledgers),
    indexer: createIndexer(SANDBOX_PASSPHRASE),
    networkPassphrase: SANDBOX_PASSPHRASE,
    verify: false,
    newerProtocol: "continue",
    writer,
    budget: new TimeBudget(Date.now() + 60_000, 1_000),
    earlier: null,
    report: newReport({ requestId: "x", codeVersion: "x", source: "x" }),
    followUntil: Date.now() + 30_000,
    heartbeatMs: 20,
    heartbeat: () => (++beats < 4 ? Promise.resolve() : Promise.reject(new WalletError("FENCED", "taken over"))),
  });
  await assert.rejects(loop.run(1), { code: "FENCED" });
  assert.equal(beats, 4);
});
