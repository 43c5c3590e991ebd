import { Duration, Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { PublicApi } from "../api/public-api.ts";
import type { DatabaseVitals } from "../database/access.ts";
import type { Ingest } from "../ingest.ts";
import type { Serve } from "../serve.ts";
import { ingestMetric, serveMetric, vitalMetric } from "./metrics.ts";

const MINUTE = Duration.minutes(1);
const PERCENTILES = ["p50", "p95", "p99"] as const;

interface DashboardProps {
  ingest: Ingest;
  serve: Serve;
  api: PublicApi;
  vitals: DatabaseVitals | null;
  alarms: cloudwatch.Alarm[];
}

/** What an operator looks at first: top to bottom from "are we up to date?" to "what does it cost?". */
export function dashboard(scope: Construct, id: string, props: DashboardProps): cloudwatch.Dashboard {
  const { ingest, serve, api, vitals, alarms } = props;
  const board = new cloudwatch.Dashboard(scope, id, { dashboardName: Stack.of(scope).stackName, defaultInterval: Duration.hours(3) });
  board.addWidgets(new cloudwatch.AlarmStatusWidget({ title: "Alarms", alarms, width: 24, height: 3 }));
  board.addWidgets(...freshness());
  board.addWidgets(...ingestion(ingest));
  board.addWidgets(...requests(api));
  board.addWidgets(...queries(serve));
  board.addWidgets(...storage(vitals));
  return board;
}

function graph(title: string, left: cloudwatch.IMetric[], more: Partial<cloudwatch.GraphWidgetProps> = {}): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: 8, height: 6, leftYAxis: { min: 0 }, ...more });
}

function freshness(): cloudwatch.IWidget[] {
  return [
    graph("Age of the newest ledger (s)", [
      ingestMetric("CursorAgeSeconds", { statistic: "Maximum", label: "at the end of an invocation" }),
      serveMetric("wallet_serve_ledger_lag_seconds", { statistic: "Maximum", label: "seen by requests" }),
    ]),
    graph("Ledgers behind the network", [ingestMetric("TipLag", { statistic: "Maximum", label: "ledgers" })]),
    graph("Ledgers a minute", [ingestMetric("LedgersIngested", { statistic: "Sum", label: "written" })]),
  ];
}

function ingestion({ function: ingest, deadLetters }: Ingest): cloudwatch.IWidget[] {
  const phases = ["fetch", "index", "persist"].map((phase) =>
    ingestMetric("LedgerDuration", { statistic: "p95", label: `${phase}, p95`, dimensions: { phase } }),
  );
  return [
    graph("Time of a ledger by phase (ms)", phases),
    graph("Ingestion: troubles", [
      ingest.metricErrors({ period: MINUTE, label: "errors" }),
      ingest.metricThrottles({ period: MINUTE, label: "throttles" }),
      deadLetters.metricNumberOfMessagesSent({ period: MINUTE, label: "dead letters" }),
      ingestMetric("PoisonLedger", { statistic: "Maximum", label: "poison ledger" }),
      ingestMetric("Retries", { statistic: "Sum", label: "retries" }),
    ]),
    graph(
      "Invocations and the lock",
      [
        ingest.metricInvocations({ period: MINUTE, label: "invocations" }),
        ingestMetric("LockHeld", { statistic: "Sum", label: "lock held" }),
        ingestMetric("LockStolen", { statistic: "Sum", label: "lock taken over" }),
      ],
      { right: [ingest.metricDuration({ period: MINUTE, statistic: "Maximum", label: "duration (ms)" })], rightYAxis: { min: 0 } },
    ),
  ];
}

function requests(api: PublicApi): cloudwatch.IWidget[] {
  const labelled = (metric: cloudwatch.Metric, label: string): cloudwatch.Metric => metric.with({ label });
  return [
    graph("Requests a minute", [
      labelled(api.requests(MINUTE), "all"),
      labelled(api.clientErrors(MINUTE), "4xx"),
      labelled(api.serverErrors(MINUTE), "5xx"),
    ]),
    graph(
      "Latency (ms)",
      PERCENTILES.map((statistic) => labelled(api.latency(MINUTE, statistic), statistic)),
    ),
    graph("GraphQL errors", [serveMetric("wallet_graphql_errors_total", { statistic: "Sum", label: "errors" })]),
  ];
}

function queries({ function: serve }: Serve): cloudwatch.IWidget[] {
  return [
    graph(
      "Cost of queries",
      [
        serveMetric("wallet_graphql_complexity", { statistic: "Average", label: "complexity, average" }),
        serveMetric("wallet_graphql_complexity", { statistic: "p99", label: "complexity, p99" }),
      ],
      {
        right: [serveMetric("wallet_graphql_response_size_bytes", { statistic: "p99", label: "answer (bytes), p99" })],
        rightYAxis: { min: 0 },
      },
    ),
    graph(
      "Time of queries (s)",
      PERCENTILES.map((statistic) => serveMetric("wallet_graphql_operation_duration_seconds", { statistic, label: statistic })),
    ),
    graph(
      "Serve: execution environments",
      [serve.metric("ConcurrentExecutions", { period: MINUTE, statistic: "Maximum", label: "at once" })],
      {
        right: [serve.metricErrors({ period: MINUTE, label: "errors" }), serve.metricThrottles({ period: MINUTE, label: "throttles" })],
        rightYAxis: { min: 0 },
      },
    ),
  ];
}

function storage(vitals: DatabaseVitals | null): cloudwatch.IWidget[] {
  const queue = graph("Tokens: what RPC is asked for", [
    ingestMetric("Queue_metadata", { statistic: "Maximum", label: "names" }),
    ingestMetric("Queue_code", { statistic: "Maximum", label: "code" }),
    ingestMetric("Queue_repair", { statistic: "Maximum", label: "tokens with balances to be told" }),
  ]);
  if (vitals === null) return [queue];
  return [
    graph("Database: connections", [vitalMetric(vitals.connections, "Maximum")]),
    graph("Database: disk", [vitalMetric(vitals.disk, "Maximum")]),
    queue,
  ];
}
