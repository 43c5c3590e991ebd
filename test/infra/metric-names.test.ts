import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { publishRun } from "../../functions/ingest/observe/metrics.ts";
import { INGEST_METRICS, type Metrics, NAMESPACE, SERVE_METRICS } from "../../functions/shared/metrics.ts";
import { newReport } from "../../functions/ingest/invocation/run-report.ts";
import { metricsLine } from "../../functions/serve/observe/metrics.ts";
import { MODES, resources, synthesise } from "../fixtures/synthesise.ts";

/** A metric as CloudWatch knows it: name and the values of its dimensions, `Name service=ingest`. */
type Identity = string;

interface EmfLine {
  _aws: { CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] };
  [field: string]: unknown;
}

/** Every metric that CloudWatch makes of a line. */
function madeOf(line: EmfLine): Identity[] {
  return line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) => {
    assert.equal(Namespace, NAMESPACE);
    return Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) =>
        identity(
          Name,
          names.map((name) => [name, String(line[name])]),
        ),
      ),
    );
  });
}

function identity(name: string, dimensions: string[][]): Identity {
  return [name, ...dimensions.map((pair) => pair.join("=")).sort()].join(" ");
}

/** What an invocation of ingest with something of everything writes. */
function writtenByIngest(t: TestContext): Identity[] {
  const lines: string[] = [];
  const capture = (text: unknown): boolean => lines.push(...String(text).trim().split("\n")) > 0;
  t.mock.method(console, "log", capture);
  t.mock.method(process.stdout, "write", capture);
  const report = newReport({ requestId: "r", codeVersion: "v", source: "memory" });
  report.endedAt = report.startedAt + 1000;
  report.cursor = { ledger: 9, closedAt: 1 };
  report.upcoming = { protocol: 29, isNews: true };
  report.tip = 10;
  report.queues = { metadata: 3, code: 2, repair: 1 };
  const bad = { code: "LEDGER_CORRUPT", message: "x", sqlstate: null, ledger: 10, phase: "index" } as const;
  report.failure = { ...bad, poison: true, attempts: 2 };
  for (const phase of ["fetch", "index", "persist"] as const) report.durations[phase].push(1);
  publishRun(report);
  t.mock.restoreAll();
  return lines.filter((line) => line.includes('"_aws"')).flatMap((line) => madeOf(JSON.parse(line) as EmfLine));
}

/** What a request that fails writes. */
function writtenByServe(): Identity[] {
  const record = {
    requestId: "r",
    method: "POST",
    path: "/graphql/query",
    status: 200,
    duration: 5,
    responseBytes: 100,
    rootFields: ["transactionByHash"],
    cost: { complexity: 3, depth: 2 },
    ledger: { latest: 1, lagSeconds: 4 },
    errorCodes: ["INTERNAL_ERROR"],
  };
  return madeOf(JSON.parse(metricsLine(record as unknown as Parameters<typeof metricsLine>[0], 0)) as EmfLine);
}

/** What the database's machine of mode `timescale` reports. */
function writtenByHost(): Identity[] {
  const script = readFileSync(new URL("../../lib/database/host/metrics.sh", import.meta.url), "utf8");
  const names = [...script.matchAll(/\$\(metric (\w+) /g)].map(([, name]) => name!);
  assert.match(script, /Dimensions=\[\{Name=Database,/);
  return names.map((name) => identity(name, [["Database", "stellar-wallet-data"]]));
}

/** Every metric of ours that an alarm or the dashboard of a deployment looks at. */
function watched(settings: Readonly<Record<string, string>>): Set<Identity> {
  const { service } = synthesise(settings);
  const found = new Set<Identity>();
  for (const [, { Properties }] of resources(service, "AWS::CloudWatch::Alarm")) {
    type Metric = { MetricName: string; Namespace: string; Dimensions?: { Name: string; Value: string }[] };
    const parts = (Properties.Metrics as { MetricStat?: { Metric: Metric } }[] | undefined) ?? [];
    const metrics =
      "MetricName" in Properties ? [Properties as unknown as Metric] : parts.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
    for (const { Namespace, MetricName, Dimensions = [] } of metrics)
      if (Namespace === NAMESPACE)
        found.add(
          identity(
            MetricName,
            Dimensions.map(({ Name, Value }) => [Name, Value]),
          ),
        );
  }
  const [[, board] = assert.fail("there is no dashboard")] = resources(service, "AWS::CloudWatch::Dashboard");
  const { "Fn::Join": join } = board.Properties.DashboardBody as { "Fn::Join": [string, unknown[]] };
  const body = join[1].map((part) => (typeof part === "string" ? part : "REFERENCE")).join("");
  const { widgets } = JSON.parse(body) as { widgets: { properties: { metrics?: unknown[][] } }[] };
  for (const metric of widgets.flatMap(({ properties }) => properties.metrics ?? [])) {
    const [namespace, name, ...rest] = metric.filter((each) => typeof each === "string");
    const dimensions = Array.from({ length: Math.floor(rest.length / 2) }, (_, at) => [rest[2 * at]!, rest[2 * at + 1]!]);
    if (namespace === NAMESPACE) found.add(identity(name!, dimensions));
  }
  return found;
}

/** Each metric of a table with each of its sets of dimensions, `Name service=ingest phase`. */
function named(metrics: Metrics, service: string): string[] {
  return Object.entries(metrics).flatMap(([name, { dimensions }]) =>
    dimensions.map((set) => [name, ...[`service=${service}`, ...set].sort()].join(" ")),
  );
}

test("the tables of metrics name every metric that the functions write, with its dimensions, and no other", (t) => {
  const withoutValues = (written: Identity[]): string[] =>
    [...new Set(written.map((each) => each.replace(/ (?!service=)(\w+)=\S+/g, " $1")))].sort();
  assert.equal(NAMESPACE, "StellarWallet");
  assert.deepEqual(withoutValues(writtenByIngest(t)), named(INGEST_METRICS, "ingest").sort());
  // An expired token is refused before there is an operation.
  assert.deepEqual(
    withoutValues(writtenByServe()),
    named(SERVE_METRICS, "serve")
      .filter((each) => !each.startsWith("wallet_auth_expired"))
      .sort(),
  );
});

test("every metric of ours that alarms and dashboard look at is written, with these dimensions", (t) => {
  const written = new Set([...writtenByIngest(t), ...writtenByServe(), ...writtenByHost()]);
  for (const [mode, settings] of Object.entries(MODES)) {
    const names = watched(settings);
    assert.ok(names.has("CursorAgeSeconds service=ingest") && names.size > 12, mode);
    assert.deepEqual(
      [...names].filter((each) => !written.has(each)),
      [],
      mode,
    );
  }
});

test("docs/operations/ingestion.md tells every metric that ingest writes, and no other", (t) => {
  const page = readFileSync(new URL("../../docs/operations/ingestion.md", import.meta.url), "utf8");
  const cells = [...page.slice(page.indexOf("## Metrics")).matchAll(/^\| ([A-Z].*?) \|/gm)].map(([, cell]) => cell!);
  const told = cells.flatMap((cell) =>
    cell
      .replace(/\(.*\)/, "")
      .trim()
      .split(", "),
  );
  const written = new Set(writtenByIngest(t).map((each) => each.split(" ")[0]!));
  assert.deepEqual(told.sort(), [...written].sort());
});
