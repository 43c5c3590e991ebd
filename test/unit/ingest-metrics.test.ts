import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Context } from "aws-lambda";
import type { RunOptions } from "../../functions/ingest/invocation/run.ts";
import { ingestLogger, observeLambda } from "../../functions/ingest/observe/observe-lambda.ts";
import { redactUrl, withoutPasswords } from "../../functions/shared/redact.ts";
import type { LogLevel } from "../../functions/shared/environment.ts";
import { newReport, type RunReport } from "../../functions/ingest/invocation/run-report.ts";

const CONTEXT = {
  awsRequestId: "request-1",
  functionName: "ingest",
  functionVersion: "7",
  invokedFunctionArn: "arn:aws:lambda:eu-central-1:1:function:ingest",
  memoryLimitInMB: "512",
  getRemainingTimeInMillis: () => 60_000,
} as Context;

type Line = Record<string, unknown> & {
  _aws?: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[] };
};

/** Runs an invocation that ends with a report, and gives the lines that it wrote. */
async function lines(
  t: TestContext,
  change: (report: RunReport, hooks: Partial<RunOptions>) => void,
  level: LogLevel = "INFO",
): Promise<Line[]> {
  const written: string[] = [];
  const capture = (chunk: unknown): boolean => {
    written.push(...String(chunk).trim().split("\n"));
    return true;
  };
  t.mock.method(process.stdout, "write", capture);
  t.mock.method(process.stderr, "write", capture);
  for (const name of ["log", "info", "warn", "error", "debug"] as const) t.mock.method(console, name, capture);
  const handler = observeLambda((_event, _context, hooks = {}) => {
    const report = newReport({ requestId: "request-1", codeVersion: "v1", source: "memory" });
    report.endedAt = report.startedAt + 1_000;
    change(report, hooks);
    hooks.onEnd?.(report);
    return Promise.resolve(report);
  }, ingestLogger(level));
  await handler({}, CONTEXT);
  t.mock.restoreAll();
  return written.filter((line) => line.startsWith("{")).map((line): Line => JSON.parse(line));
}

test("a run is one line of log with Lambda's fields and its metrics, and no line a ledger", async (t) => {
  const all = await lines(t, (report, hooks) => {
    for (let ledger = 1; ledger <= 3; ledger++) hooks.onLedger?.({ ledger, closedAt: 0n, transactions: 1, indexMs: 2, persistMs: 3 });
    report.outcome = "drained";
    report.ledgers = 3;
    report.cursor = { ledger: 3, closedAt: Math.floor(report.endedAt / 1000) - 42 };
    report.tip = 5;
    report.queues = { metadata: 9, code: 8, repair: 7 };
    report.durations.index.push(1, 2, 3);
    report.durations.persist.push(4, 5, 6);
  });
  const logs = all.filter((line) => !line._aws);
  assert.equal(logs.length, 1);
  const { message, level, service, function_request_id, outcome, ledgers, indexMs } = logs[0]!;
  assert.deepEqual(
    [message, level, service, function_request_id, outcome, ledgers, indexMs],
    ["run ended", "INFO", "ingest", "request-1", "drained", 3, 6],
  );
  const [run, source, ...phases] = all.filter((line) => line._aws);
  assert.deepEqual([source?.source, source?.SourceInUse], ["memory", 1]);
  assert.equal(run!._aws!.CloudWatchMetrics[0]!.Namespace, "StellarWallet");
  assert.equal(run!.service, "ingest");
  const value = (name: string): unknown => (Array.isArray(run![name]) ? (run![name] as unknown[])[0] : run![name]);
  assert.deepEqual(
    [
      "LedgersIngested",
      "LatestLedger",
      "TipLag",
      "LockHeld",
      "LockStolen",
      "Retries",
      "PoisonLedger",
      "Queue_metadata",
      "Queue_code",
      "Queue_repair",
    ].map(value),
    [3, 3, 2, 0, 0, 0, 0, 9, 8, 7],
  );
  assert.ok(Math.abs((value("CursorAgeSeconds") as number) - 42) <= 1);
  assert.deepEqual(
    phases.map((line) => [line.phase, line.LedgerDuration]),
    [
      ["index", [1, 2, 3]],
      ["persist", [4, 5, 6]],
    ],
  );
});

test("a long catch-up writes no more than a hundred values of a metric a line", async (t) => {
  const all = await lines(t, (report) => report.durations.persist.push(...Array.from({ length: 250 }, (_, index) => index)));
  const values = all.filter((line) => line.phase === "persist").map((line) => line.LedgerDuration as number[]);
  assert.deepEqual(
    values.map(({ length }) => length),
    [100, 100, 50],
  );
  assert.deepEqual(
    values.flat(),
    Array.from({ length: 250 }, (_, index) => index),
  );
});

test("a failure is an error in the log, without passwords, and a poison ledger a metric", async (t) => {
  const all = await lines(t, (report) => {
    report.failure = {
      code: "LEDGER_CORRUPT",
      message: "no answer from postgres://ingest:s3cret@db.example:5432/wallet",
      sqlstate: null,
      ledger: 7,
      phase: "index",
      poison: true,
      attempts: 4,
    };
  });
  const text = JSON.stringify(all);
  assert.ok(!text.includes("s3cret"));
  const log = all.find((line) => !line._aws)!;
  assert.deepEqual([log.level, log.outcome], ["ERROR", "failed"]);
  const run = all.find((line) => line._aws)!;
  assert.deepEqual([run.PoisonLedger, run.PoisonAttempts, run.RunsFailed].flat(), [1, 4, 1]);
  assert.equal(run.CursorAgeSeconds, undefined);
});

test("at DEBUG every ledger is a line", async (t) => {
  const all = await lines(
    t,
    (_report, hooks) => hooks.onLedger?.({ ledger: 1, closedAt: 0n, transactions: 1, indexMs: 2, persistMs: 3 }),
    "DEBUG",
  );
  assert.ok(all.some((line) => line.message === "ledger written" && line.level === "DEBUG"));
});

test("passwords are cut out of any text", () => {
  assert.equal(withoutPasswords("a postgres://u:p%40ss@h/d and https://k:v@x"), "a postgres://u:***@h/d and https://k:***@x");
  assert.equal(withoutPasswords("postgres://u@h/d at 12:30"), "postgres://u@h/d at 12:30");
  assert.equal(redactUrl("postgres://u:p%40ss@h/d?password=p&sslmode=require"), "postgres://u:***@h/d");
  assert.equal(redactUrl("postgres://u@h:1/d"), "postgres://u@h:1/d");
});
