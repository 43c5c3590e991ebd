import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { newReport } from "../../functions/ingest/runs/run-report.ts";
import { metricsLine } from "../../functions/serve/plugins/metrics.ts";
import { INGEST_METRICS, SERVE_METRICS } from "../../lib/observability/metrics.ts";

test("serve writes every metric that dashboard and alarms look at", () => {
  const line = metricsLine(
    {
      requestId: "r",
      method: "POST",
      path: "/graphql/query",
      status: 200,
      duration: 5,
      answerBytes: 100,
      operation: "transactionByHash",
      cost: { complexity: 3, depth: 2 },
      ledger: { latest: 1, lagSeconds: 4 },
      errorCodes: ["INTERNAL_ERROR"],
    } as unknown as Parameters<typeof metricsLine>[0],
    0,
  );
  const { _aws, service } = JSON.parse(line) as {
    service: string;
    _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
  };
  const [directive] = _aws.CloudWatchMetrics;
  assert.equal(service, "serve");
  assert.equal(directive!.Namespace, "StellarWallet");
  assert.ok(directive!.Dimensions.some((names) => names.join() === "service"));
  const written = new Set(directive!.Metrics.map(({ Name }) => Name));
  assert.deepEqual(
    SERVE_METRICS.filter((name) => !written.has(name)),
    [],
  );
});

test("ingest writes every metric that dashboard and alarms look at", async () => {
  // Powertools then writes by the console that can be listened to, and would else be silent.
  Object.assign(process.env, { POWERTOOLS_DEV: "true", POWERTOOLS_METRICS_DISABLED: "false" });
  const { publishRun } = await import("../../functions/ingest/observe/metrics.ts");
  const lines: string[] = [];
  const log = mock.method(console, "log", (line: string) => void lines.push(line));
  const report = newReport({ requestId: "r", codeVersion: "1", source: "lake" });
  publishRun({
    ...report,
    cursor: { ledger: 5, closedAt: 1 },
    tip: 6,
    durations: { fetch: [1], index: [2], persist: [3] },
    queues: { metadata: 4 },
  });
  log.mock.restore();
  const written = new Map<string, string[]>();
  for (const line of lines) {
    const { _aws } = JSON.parse(line) as {
      _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    };
    for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
      assert.equal(Namespace, "StellarWallet");
      for (const { Name } of Metrics) written.set(Name, Dimensions[0]!.toSorted());
    }
  }
  assert.deepEqual(
    INGEST_METRICS.filter((name) => !written.has(name)),
    [],
  );
  assert.deepEqual(written.get("CursorAgeSeconds"), ["service"]);
  assert.deepEqual(written.get("LedgerDuration"), ["phase", "service"]);
});
