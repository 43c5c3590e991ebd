import assert from "node:assert/strict";
import { test } from "node:test";
import { metricsLine } from "../../functions/serve/plugins/metrics.ts";
import { SERVE_METRICS } from "../../lib/observability/metrics.ts";

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
