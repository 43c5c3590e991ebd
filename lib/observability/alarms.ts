import { Duration, Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { PublicApi } from "../api/public-api.ts";
import type { DatabaseVitals } from "../database/access.ts";
import type { Ingest } from "../ingest.ts";
import type { Serve } from "../serve.ts";
import { ingestMetric, serveMetric, vitalMetric } from "./metrics.ts";

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);

interface AlarmsProps {
  ingest: Ingest;
  serve: Serve;
  api: PublicApi;
  vitals: DatabaseVitals | null;
  topic: sns.ITopic | null;
  /** Where the runbooks are: `BASE/alarm-NAME.md`. */
  runbookUrl: string;
}

interface AlarmRule {
  /** What is wrong, for whoever is woken by it. */
  says: string;
  metric: cloudwatch.IMetric;
  threshold: number;
  /** Breaching periods, of how many. */
  periods: [number, number];
  /** `breaching` where silence itself is the fault. */
  silence: "breaching" | "fine";
  below?: boolean;
}

/** One alarm for each thing that an operator must act on; every name has a page docs/operations/alarm-NAME.md. */
export class Alarms extends Construct {
  readonly all: cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const rules = { ...ingestRules(props.ingest), ...apiRules(props), ...databaseRules(props.vitals) };
    this.all = Object.entries(rules).map(([name, rule]) => this.#alarm(name, rule, props));
  }

  #alarm(
    name: string,
    { says, metric, threshold, periods, silence, below }: AlarmRule,
    { topic, runbookUrl }: AlarmsProps,
  ): cloudwatch.Alarm {
    const { ComparisonOperator, TreatMissingData } = cloudwatch;
    const alarm = new cloudwatch.Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${name}`,
      alarmDescription: `${says} Runbook: ${runbookUrl}/alarm-${name}.md`,
      metric,
      threshold,
      comparisonOperator: below === true ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: periods[0],
      evaluationPeriods: periods[1],
      treatMissingData: silence === "breaching" ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (topic !== null) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
    return alarm;
  }
}

function ingestRules({ function: ingest, deadLetters }: Ingest): Record<string, AlarmRule> {
  return {
    "ingest-not-invoked": {
      says: "The schedule has not started ingestion for five minutes.",
      metric: ingest.metricInvocations({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      below: true,
      periods: [5, 5],
      silence: "breaching",
    },
    "cursor-age": {
      says: "The newest ledger in the database is more than three minutes old, or ingestion no longer says how old it is.",
      metric: ingestMetric("CursorAgeSeconds", { statistic: "Minimum" }),
      threshold: 180,
      periods: [3, 3],
      silence: "breaching",
    },
    "poison-ledger": {
      says: "A ledger cannot be ingested, and ingestion has stopped before it.",
      metric: ingestMetric("PoisonLedger", { statistic: "Maximum" }),
      threshold: 1,
      periods: [1, 1],
      silence: "fine",
    },
    "protocol-unsupported": {
      says: "The network runs a protocol that this version does not know, and ingestion has stopped before its first ledger: update.",
      metric: ingestMetric("ProtocolUnsupported", { statistic: "Maximum" }),
      threshold: 1,
      periods: [1, 1],
      silence: "fine",
    },
    "protocol-ahead": {
      says: "Not urgent: the test network runs a protocol that this version does not know, and the public network follows within weeks.",
      metric: ingestMetric("ProtocolsAhead", { statistic: "Maximum", period: FIVE_MINUTES }),
      threshold: 1,
      periods: [3, 3],
      silence: "fine",
    },
    "ingest-errors": {
      says: "Ingestion has failed in three of five minutes.",
      metric: ingest.metricErrors({ period: MINUTE, statistic: "Sum" }),
      threshold: 1,
      periods: [3, 5],
      silence: "fine",
    },
    "lock-held": {
      says: "For twenty minutes every invocation has found the lock held, and none has written a ledger.",
      metric: new cloudwatch.MathExpression({
        expression: "IF(FILL(held, 0) > 0 AND FILL(ledgers, 0) == 0, 1, 0)",
        label: "held without progress",
        usingMetrics: {
          held: ingestMetric("LockHeld", { statistic: "Sum", period: FIVE_MINUTES }),
          ledgers: ingestMetric("LedgersIngested", { statistic: "Sum", period: FIVE_MINUTES }),
        },
        period: FIVE_MINUTES,
      }),
      threshold: 1,
      periods: [4, 4],
      silence: "fine",
    },
    "dead-letters": {
      says: "Invocations of ingestion were given up and lie in the dead-letter queue.",
      metric: deadLetters.metricNumberOfMessagesSent({ period: FIVE_MINUTES, statistic: "Sum" }),
      threshold: 3,
      periods: [1, 1],
      silence: "fine",
    },
  };
}

function apiRules({ ingest, serve, api }: AlarmsProps): Record<string, AlarmRule> {
  return {
    throttles: {
      says: "Lambda refuses to start functions: the account's concurrency, or what is reserved, is used up.",
      metric: new cloudwatch.MathExpression({
        expression: "FILL(ingest, 0) + FILL(serve, 0)",
        label: "throttled invocations",
        usingMetrics: {
          ingest: ingest.function.metricThrottles({ period: FIVE_MINUTES, statistic: "Sum" }),
          serve: serve.function.metricThrottles({ period: FIVE_MINUTES, statistic: "Sum" }),
        },
        period: FIVE_MINUTES,
      }),
      threshold: 5,
      periods: [1, 1],
      silence: "fine",
    },
    "api-5xx": {
      says: "More than 1 % of the API's answers, and at least five in five minutes, are server errors.",
      metric: new cloudwatch.MathExpression({
        expression: "IF(errors >= 5, 100 * errors / requests, 0)",
        label: "server errors (%)",
        usingMetrics: { errors: api.serverErrors(FIVE_MINUTES), requests: api.requests(FIVE_MINUTES) },
        period: FIVE_MINUTES,
      }),
      threshold: 1,
      periods: [1, 1],
      silence: "fine",
    },
    "graphql-errors": {
      says: "At least five GraphQL answers in five minutes had an error of ours, at status 200.",
      metric: serveMetric("wallet_graphql_errors_total", {
        statistic: "Sum",
        period: FIVE_MINUTES,
        dimensions: { error_type: "internal_error" },
      }),
      threshold: 5,
      periods: [1, 1],
      silence: "fine",
    },
    "api-latency": {
      says: "The slowest 5 % of the API's answers take two seconds or longer.",
      metric: api.latency(FIVE_MINUTES, "p95"),
      threshold: 2000,
      periods: [3, 3],
      silence: "fine",
    },
  };
}

function databaseRules(vitals: DatabaseVitals | null): Record<string, AlarmRule> {
  if (vitals === null) return {};
  const { connections, disk } = vitals;
  const beyond = ({ bad, threshold }: DatabaseVitals["disk"]) => ({ below: bad === "below", threshold });
  return {
    "database-connections": {
      says: "The database is about to run out of connections.",
      metric: vitalMetric(connections, "Maximum"),
      ...beyond(connections),
      periods: [2, 3],
      silence: "fine",
    },
    "database-disk": {
      says: "The database is about to run out of disk space, or no longer says how much it has.",
      metric: vitalMetric(disk, disk.bad === "above" ? "Maximum" : "Minimum"),
      ...beyond(disk),
      periods: [3, 3],
      silence: "breaching",
    },
  };
}
