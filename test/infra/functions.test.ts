import assert from "node:assert/strict";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { MODES, resource, resources, SECRET_ARN, synthesise } from "../fixtures/synthesise.ts";

const FUNCTION = "AWS::Lambda::Function";
const OURS = ["MigrationFunction", "IngestFunction", "ServeFunction"] as const;

const templates = Object.entries(MODES).map(([mode, settings]) => ({ mode, ...synthesise(settings) }));

for (const { mode, service } of templates) {
  test(`${mode}: every function runs on Node 24 and Graviton, is traced, and logs into its own group for 30 days`, () => {
    for (const prefix of OURS) {
      const [, { Properties }] = resource(service, FUNCTION, prefix);
      assert.equal(Properties.Runtime, "nodejs24.x");
      assert.deepEqual(Properties.Architectures, ["arm64"]);
      assert.deepEqual(Properties.TracingConfig, { Mode: "Active" });
      const { LogGroup } = Properties.LoggingConfig as { LogGroup: { Ref: string } };
      service.hasResource("AWS::Logs::LogGroup", { Properties: { RetentionInDays: 30 } });
      assert.ok(LogGroup.Ref.startsWith(prefix.slice(0, -"Function".length)));
      assert.match((Properties.Environment as { Variables: Record<string, string> }).Variables.NODE_OPTIONS!, /--enable-source-maps/);
    }
  });

  test(`${mode}: ingest starts every minute and nothing of it is tried again`, () => {
    service.hasResourceProperties("AWS::Scheduler::Schedule", {
      ScheduleExpression: "rate(1 minute)",
      FlexibleTimeWindow: { Mode: "OFF" },
      State: "ENABLED",
      Target: {
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        DeadLetterConfig: { Arn: Match.anyValue() },
      },
    });
    service.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
    const [, { Properties }] = resource(service, FUNCTION, "IngestFunction");
    assert.equal(Properties.Timeout, 900);
    assert.ok(!("ReservedConcurrentExecutions" in Properties), "a new account cannot reserve any");
  });

  test(`${mode}: serve ends before the gateway gives up`, () => {
    assert.equal(resource(service, FUNCTION, "ServeFunction")[1].Properties.Timeout, 28);
  });

  test(`${mode}: a statement of serve ends before serve does`, () => {
    const { Environment } = resource(service, FUNCTION, "ServeFunction")[1].Properties as { Environment: { Variables: object } };
    assert.equal((Environment.Variables as Record<string, string>).DB_STATEMENT_TIMEOUT_SECONDS, "25");
  });

  test(`${mode}: functions and schedule wait for the migration`, () => {
    const [trigger] = resource(service, "Custom::Trigger", "MigrationTrigger");
    const waiting = ["IngestFunction", "ServeFunction"].map((prefix) => resource(service, FUNCTION, prefix)[1]);
    const [, schedule] = resource(service, "AWS::Scheduler::Schedule", "Ingest");
    for (const { DependsOn } of [...waiting, schedule]) assert.ok(DependsOn?.includes(trigger));
    // The version's id holds the bundle's hash: a changed bundle or migration calls the trigger again.
    const handler = resource(service, "Custom::Trigger", "MigrationTrigger")[1].Properties.HandlerArn as { Ref: string };
    assert.match(handler.Ref, /^MigrationFunctionCurrentVersion.*[0-9a-f]{32}$/);
  });

  test(`${mode}: each function has a role of its own that reads only its own secrets`, () => {
    const roles = OURS.map(
      (prefix) => (resource(service, FUNCTION, prefix)[1].Properties.Role as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"][0],
    );
    assert.equal(new Set(roles).size, OURS.length);
    for (const [index, prefix] of OURS.entries()) {
      const { Variables } = resource(service, FUNCTION, prefix)[1].Properties.Environment as { Variables: Record<string, unknown> };
      const named = ["DATABASE_SECRET_ARN", "INGEST_SECRET_ARN", "SERVE_SECRET_ARN"]
        .filter((name) => name in Variables)
        .map((name) => Variables[name]);
      const readable = statementsOf(roles[index]!).flatMap(({ Action, Resource }) =>
        [Action].flat().includes("secretsmanager:GetSecretValue") ? (Array.isArray(Resource) ? Resource : [Resource]) : [],
      );
      assert.deepEqual(new Set(readable.map((each) => JSON.stringify(each))), new Set(named.map((each) => JSON.stringify(each))), prefix);
      if (prefix !== "MigrationFunction") assert.equal(named.length, 1);
    }

    function statementsOf(role: string): { Action: string | string[]; Resource: unknown }[] {
      return resources(service, "AWS::IAM::Policy")
        .filter(([, { Properties }]) => (Properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref === role))
        .flatMap(
          ([, { Properties }]) =>
            (Properties.PolicyDocument as { Statement: { Action: string | string[]; Resource: unknown }[] }).Statement,
        );
    }
  });

  test(`${mode}: no role of ours has a managed policy or may do everything`, () => {
    for (const [id, { Properties }] of resources(service, "AWS::IAM::Role").filter(([name]) => !name.startsWith("AWSCDK")))
      assert.ok(!("ManagedPolicyArns" in Properties), id);
    for (const [id, { Properties }] of resources(service, "AWS::IAM::Policy"))
      for (const { Action } of (Properties.PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement)
        assert.ok(![Action].flat().some((action) => action === "*" || action.endsWith(":*")), id);
  });
}

test("history is kept and compressed as is set, else as ingest does by itself", () => {
  const variables = (settings: Record<string, unknown>): Record<string, string> => {
    const [, { Properties }] = resource(synthesise(settings).service, FUNCTION, "IngestFunction");
    return (Properties.Environment as { Variables: Record<string, string> }).Variables;
  };
  const set = variables({ retentionDays: 90, compressAfterDays: 3, storeSignatures: false });
  assert.deepEqual([set.RETENTION_DAYS, set.COMPRESS_AFTER_DAYS, set.STORE_SIGNATURES], ["90", "3", "false"]);
  assert.equal(variables({ compressAfterDays: 0 }).COMPRESS_AFTER_DAYS, "0");
  const unset = variables({});
  assert.equal(unset.RETENTION_DAYS, "0");
  assert.ok(!("COMPRESS_AFTER_DAYS" in unset) && !("STORE_SIGNATURES" in unset));
});

test("concurrency is reserved when it is asked for", () => {
  const { service } = synthesise({ ingestReservedConcurrency: 2, serveReservedConcurrency: 40 });
  assert.equal(resource(service, FUNCTION, "IngestFunction")[1].Properties.ReservedConcurrentExecutions, 2);
  assert.equal(resource(service, FUNCTION, "ServeFunction")[1].Properties.ReservedConcurrentExecutions, 40);
});

test("ingest knows its build by its bundle's hash", () => {
  for (const { service } of templates) {
    const { Code, Environment } = resource(service, FUNCTION, "IngestFunction")[1].Properties as {
      Code: { S3Key: string };
      Environment: { Variables: Record<string, string> };
    };
    assert.match(Environment.Variables.CODE_VERSION!, /^[0-9a-f]{12}$/);
    assert.ok(Code.S3Key.startsWith(Environment.Variables.CODE_VERSION!));
  }
});

test("ingest may read its lake and nothing else in S3, by an endpoint that its network reaches", () => {
  for (const { mode, service } of templates) {
    service.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: "s3:GetObject",
            Resource: {
              "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":s3:::aws-public-blockchain/v1.1/stellar/ledgers/pubnet/*"]],
            },
          }),
        ]),
      },
    });
    const { Variables } = resource(service, FUNCTION, "IngestFunction")[1].Properties.Environment as { Variables: Record<string, string> };
    assert.equal(Variables.DATASTORE_BUCKET_PATH, "aws-public-blockchain/v1.1/stellar/ledgers/pubnet");
    assert.equal(Variables.DATASTORE_ENDPOINT_URL, mode === "external" ? undefined : "https://s3.dualstack.us-east-2.amazonaws.com");
  }
});

test("a key in the RPC server's URL stays in its secret", () => {
  const { service } = synthesise({ ...MODES.external, rpcUrlSecretArn: SECRET_ARN.replace("wallet-", "rpc-") });
  const { Variables } = resource(service, FUNCTION, "IngestFunction")[1].Properties.Environment as { Variables: Record<string, string> };
  assert.equal(Variables.RPC_URL, `{{resolve:secretsmanager:${SECRET_ARN.replace("wallet-", "rpc-")}:SecretString}}`);
});

test("a function's code may not use the rights by which Lambda makes its network interface", () => {
  const { service } = templates[0]!;
  const denied = resources(service, "AWS::IAM::Policy").flatMap(([, { Properties }]) =>
    (Properties.PolicyDocument as { Statement: { Effect: string; Condition?: { ArnLike?: Record<string, unknown> } }[] }).Statement.filter(
      ({ Effect }) => Effect === "Deny",
    ),
  );
  assert.equal(denied.length, OURS.length);
  for (const { Condition } of denied) {
    const { "Fn::Join": join } = Condition!.ArnLike!["lambda:SourceFunctionArn"] as { "Fn::Join": [string, unknown[]] };
    const arn = join[1].map((part) => (typeof part === "string" ? part : "x")).join("");
    assert.equal(arn, "arn:x:lambda:x:x:function:*");
  }
});

test("an external database's functions are in no network, and a pooler serves only serve", () => {
  const pooled = SECRET_ARN.replace("wallet-", "pooled-");
  const { service, data } = synthesise({ ...MODES.external, serveSecretArn: pooled });
  assert.equal(data, null);
  for (const prefix of OURS) {
    const { Properties } = resource(service, FUNCTION, prefix)[1];
    assert.ok(!("VpcConfig" in Properties));
    const { Variables } = Properties.Environment as { Variables: Record<string, string> };
    assert.equal(Variables.DATABASE_SECRET_ARN, prefix === "ServeFunction" ? pooled : SECRET_ARN);
  }
});
