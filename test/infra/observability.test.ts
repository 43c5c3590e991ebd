import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Match } from "aws-cdk-lib/assertions";
import { MODES, resource, resources, synthesise } from "../fixtures/synthesise.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const templates = Object.entries(MODES).map(([mode, settings]) => ({ mode, ...synthesise(settings) }));
const { service } = templates[0]!;

interface Alarm {
  AlarmName: string;
  AlarmDescription: string;
  TreatMissingData: string;
  MetricName?: string;
  Namespace?: string;
  Metrics?: { MetricStat?: { Metric: { MetricName: string; Namespace: string } } }[];
}

const alarmsOf = (template: typeof service): Alarm[] =>
  resources(template, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties as unknown as Alarm);
const nameOf = ({ AlarmName }: Alarm): string => AlarmName.replace(/^stellar-wallet-service-/, "");

test("there is an alarm for each thing that an operator must act on", () => {
  assert.deepEqual(alarmsOf(service).map(nameOf).sort(), [
    "api-5xx",
    "api-latency",
    "cursor-age",
    "database-connections",
    "database-disk",
    "dead-letters",
    "graphql-errors",
    "ingest-errors",
    "ingest-not-invoked",
    "lock-held",
    "poison-ledger",
    "protocol-ahead",
    "protocol-unsupported",
    "throttles",
  ]);
});

test("every alarm's description names a runbook that exists, and every runbook has its alarm", () => {
  const linked = new Set(
    templates.flatMap(({ service: each }) => alarmsOf(each)).map(({ AlarmDescription }) => /Runbook: (\S+)$/.exec(AlarmDescription)?.[1]),
  );
  for (const page of linked) assert.match(readFileSync(`${root}/${page}`, "utf8"), /^# Alarm: /);
  const pages = readdirSync(`${root}/docs/operations`).filter((name) => name.startsWith("alarm-"));
  assert.deepEqual(new Set(pages.map((name) => `docs/operations/${name}`)), linked);
  const { service: elsewhere } = synthesise({ runbookUrl: "https://git.example/wallet/docs/operations" });
  for (const alarm of alarmsOf(elsewhere))
    assert.ok(alarm.AlarmDescription.endsWith(`https://git.example/wallet/docs/operations/alarm-${nameOf(alarm)}.md`));
});

test("silence is an alarm where it is the fault itself, and nowhere else", () => {
  for (const { mode, service: each } of templates) {
    const loud = alarmsOf(each).filter(({ TreatMissingData }) => TreatMissingData === "breaching");
    const expected = ["cursor-age", "ingest-not-invoked", ...(mode === "external" ? [] : ["database-disk"])];
    assert.deepEqual(loud.map(nameOf).sort(), expected.sort(), mode);
  }
  service.hasResourceProperties("AWS::CloudWatch::Alarm", {
    MetricName: "Invocations",
    Namespace: "AWS/Lambda",
    ComparisonOperator: "LessThanThreshold",
    Threshold: 1,
    EvaluationPeriods: 5,
    TreatMissingData: "breaching",
  });
});

test("errors of ours at status 200 have an alarm, for every API and database", () => {
  for (const { service: each } of templates)
    each.hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName: "wallet_graphql_errors_total",
      Namespace: "StellarWallet",
      Dimensions: Match.arrayWith([{ Name: "error_type", Value: "internal_error" }]),
      Statistic: "Sum",
      Threshold: 5,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      TreatMissingData: "notBreaching",
    });
});

test("an external database's vital signs are its provider's business", () => {
  const names = alarmsOf(templates.find(({ mode }) => mode === "external")!.service).map(nameOf);
  assert.ok(!names.some((name) => name.startsWith("database-")));
});

test("alarms tell a topic when one is set, and only then", () => {
  for (const [, { Properties }] of resources(service, "AWS::CloudWatch::Alarm")) assert.ok(!("AlarmActions" in Properties));
  const arn = "arn:aws:sns:us-east-1:111122223333:operators";
  for (const [, { Properties }] of resources(synthesise({ alarmTopicArn: arn }).service, "AWS::CloudWatch::Alarm")) {
    assert.deepEqual(Properties.AlarmActions, [arn]);
    assert.deepEqual(Properties.OKActions, [arn]);
  }
  const { service: mailed } = synthesise({ alarmEmail: "operator@example.org" });
  mailed.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "operator@example.org" });
  // The policy would else leave out CloudWatch, and every alarm would be silent.
  mailed.hasResourceProperties("AWS::SNS::TopicPolicy", {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: "Allow", Action: "sns:Publish", Principal: { Service: "cloudwatch.amazonaws.com" } }),
      ]),
    },
  });
});

test("a budget tells before and after it is reached", () => {
  const { service: budgeted } = synthesise({ alarmEmail: "operator@example.org", monthlyBudget: 100 });
  budgeted.hasResourceProperties("AWS::Budgets::Budget", {
    Budget: { BudgetLimit: { Amount: 100, Unit: "USD" }, TimeUnit: "MONTHLY" },
    NotificationsWithSubscribers: [
      Match.objectLike({
        Notification: Match.objectLike({ NotificationType: "FORECASTED" }),
        Subscribers: [{ SubscriptionType: "EMAIL", Address: "operator@example.org" }],
      }),
      Match.objectLike({ Notification: Match.objectLike({ NotificationType: "ACTUAL" }) }),
    ],
  });
  service.resourceCountIs("AWS::Budgets::Budget", 0);
});

test("the dashboard shows lag, throughput, phases, errors, latency, cost, connections and queue", () => {
  const [, { Properties }] = resource(service, "AWS::CloudWatch::Dashboard", "Dashboard");
  const body = JSON.stringify(Properties.DashboardBody);
  for (const name of [
    "CursorAgeSeconds",
    "LedgersIngested",
    "LedgerDuration",
    "Errors",
    "Latency",
    "5xx",
    "wallet_graphql_complexity",
    "DatabaseConnectionsUsed",
    "Queue_metadata",
    "Queue_code",
    "Queue_repair",
  ])
    assert.ok(body.includes(name), name);
});
