import assert from "node:assert/strict";
import { test } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { MODES, resource, resources, synthesise } from "../fixtures/synthesise.ts";

const own = (["timescale", "rds"] as const).map((mode) => {
  const { data, service, dataIsProtected } = synthesise(MODES[mode]);
  return { mode, data: data!, service, dataIsProtected };
});

for (const { mode, data, service, dataIsProtected } of own) {
  test(`${mode}: the data stack is guarded against deletion, and what it stores stays`, () => {
    assert.equal(dataIsProtected, true);
    const stored = ["AWS::EC2::Volume", "AWS::RDS::DBInstance", "AWS::SecretsManager::Secret"].flatMap((type) => resources(data, type));
    assert.equal(stored.length, 4);
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of stored)
      assert.deepEqual([id, DeletionPolicy, UpdateReplacePolicy], [id, "Retain", "Retain"]);
  });

  test(`${mode}: only the functions' security group reaches the database, and nothing comes in from the internet`, () => {
    const rules = [
      ...resources(data, "AWS::EC2::SecurityGroupIngress").map(([, { Properties }]) => Properties),
      ...resources(data, "AWS::EC2::SecurityGroup").flatMap(
        ([, { Properties }]) => (Properties.SecurityGroupIngress ?? []) as Record<string, unknown>[],
      ),
    ];
    assert.ok(rules.length > 0);
    for (const rule of rules) assert.doesNotMatch(JSON.stringify(rule), /"(0\.0\.0\.0|::)\/0"/);
    const toDatabase = rules.filter(({ FromPort }) => FromPort === 5432);
    assert.equal(toDatabase.length, 1);
    assert.ok(JSON.stringify(toDatabase[0]!.SourceSecurityGroupId).includes("Clients"));
  });

  test(`${mode}: there is no NAT gateway, and functions leave by IPv6`, () => {
    data.resourceCountIs("AWS::EC2::NatGateway", 0);
    data.resourceCountIs("AWS::EC2::EgressOnlyInternetGateway", 1);
    data.resourcePropertiesCountIs(
      "AWS::EC2::Route",
      { DestinationIpv6CidrBlock: "::/0", EgressOnlyInternetGatewayId: Match.anyValue() },
      2,
    );
    for (const prefix of ["MigrationFunction", "IngestFunction", "ServeFunction"]) {
      const { VpcConfig } = resource(service, "AWS::Lambda::Function", prefix)[1].Properties as { VpcConfig: Record<string, unknown> };
      assert.equal(VpcConfig.Ipv6AllowedForDualStack, true);
    }
  });

  test(`${mode}: the three users' passwords are made by Secrets Manager and stand in no template`, () => {
    const secrets = resources(data, "AWS::SecretsManager::Secret");
    assert.equal(secrets.length, 3);
    for (const [, { Properties }] of secrets) {
      assert.ok(!("SecretString" in Properties));
      assert.equal((Properties.GenerateSecretString as { GenerateStringKey: string }).GenerateStringKey, "password");
    }
    const text = JSON.stringify([data.toJSON(), service.toJSON()]);
    const resolved = [...text.matchAll(/resolve:secretsmanager:/g)];
    // RDS itself reads user and password of its owner when it is made; the template holds the secret's name.
    assert.equal(resolved.length, mode === "rds" ? 2 : 0);
  });
}

test("timescale: one Graviton machine without a public address, by IMDSv2, on encrypted disks", () => {
  const { data } = own[0]!;
  data.hasResourceProperties("AWS::EC2::LaunchTemplate", {
    LaunchTemplateData: {
      InstanceType: "t4g.medium",
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
      NetworkInterfaces: [Match.objectLike({ AssociatePublicIpAddress: false })],
      BlockDeviceMappings: [Match.objectLike({ Ebs: Match.objectLike({ Encrypted: true }) })],
      ImageId: Match.stringLikeRegexp("^resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/"),
    },
  });
  data.hasResourceProperties("AWS::EC2::Volume", { Encrypted: true, VolumeType: "gp3", Size: 100 });
  data.hasResource("AWS::AutoScaling::AutoScalingGroup", {
    Properties: { MinSize: "1", MaxSize: "1" },
    CreationPolicy: { ResourceSignal: { Count: 1, Timeout: "PT30M" } },
    UpdatePolicy: { AutoScalingRollingUpdate: Match.objectLike({ MinInstancesInService: 0, WaitOnResourceSignals: true }) },
  });
});

test("timescale: a snapshot every night, kept for as long as is set", () => {
  const { data } = synthesise({ databaseBackupDays: 14 });
  data!.hasResourceProperties("AWS::DLM::LifecyclePolicy", {
    State: "ENABLED",
    PolicyDetails: {
      ResourceTypes: ["VOLUME"],
      TargetTags: [{ Key: "wallet:backup", Value: "stellar-wallet-data" }],
      Schedules: [
        Match.objectLike({
          CreateRule: { Interval: 24, IntervalUnit: "HOURS", Times: ["03:00"] },
          RetainRule: { Interval: 14, IntervalUnit: "DAYS" },
        }),
      ],
    },
  });
  const [, volume] = resource(data!, "AWS::EC2::Volume", "Database");
  assert.ok(
    (volume.Properties.Tags as { Key: string; Value: string }[]).some(
      ({ Key, Value }) => Key === "wallet:backup" && Value === "stellar-wallet-data",
    ),
  );
});

test("timescale: a restored volume begins with the snapshot", () => {
  const { data } = synthesise({ databaseSnapshot: "snap-0123456789abcdef0" });
  data!.hasResourceProperties("AWS::EC2::Volume", { SnapshotId: "snap-0123456789abcdef0", Encrypted: true });
});

test("rds: encrypted, backed up, guarded, TLS only, in subnets without a way out", () => {
  const { data } = own[1]!;
  data.hasResourceProperties("AWS::RDS::DBInstance", {
    Engine: "postgres",
    EngineVersion: "18",
    StorageEncrypted: true,
    BackupRetentionPeriod: 7,
    DeletionProtection: true,
    PubliclyAccessible: false,
    StorageType: "gp3",
    MultiAZ: false,
  });
  data.hasResourceProperties("AWS::RDS::DBParameterGroup", {
    Family: "postgres18",
    Parameters: Match.objectLike({
      "rds.force_ssl": "1",
      idle_in_transaction_session_timeout: "60000",
      client_connection_check_interval: "10000",
    }),
  });
  const [, { Properties }] = resource(data, "AWS::RDS::DBParameterGroup", "Database");
  assert.ok(!("idle_session_timeout" in (Properties.Parameters as object)), "serve's idle sandboxes keep their connections");
  const [, group] = resource(data, "AWS::RDS::DBSubnetGroup", "Database");
  assert.match(JSON.stringify(group.Properties.SubnetIds), /isolatedSubnet1.*isolatedSubnet2/);
});

test("rds: functions verify the server by the authorities in Lambda's runtime", () => {
  for (const prefix of ["MigrationFunction", "IngestFunction", "ServeFunction"]) {
    const { Variables } = resource(own[1]!.service, "AWS::Lambda::Function", prefix)[1].Properties.Environment as {
      Variables: Record<string, string>;
    };
    assert.equal(Variables.DATABASE_CA_FILE, "/var/runtime/ca-cert.pem");
  }
});

test("rds: a restored instance begins with the snapshot and takes the secret's password", () => {
  const { data } = synthesise({ database: "rds", databaseSnapshot: "rds:wallet-2026-01-01" });
  data!.hasResourceProperties("AWS::RDS::DBInstance", {
    DBSnapshotIdentifier: "rds:wallet-2026-01-01",
    MasterUserPassword: Match.anyValue(),
  });
});

test("rds: the service imports nothing that a restore changes, and the restored instance has a name of its own", () => {
  const [before, after] = [{}, { databaseSnapshot: "rds:wallet-2026-01-01" }].map((settings) => {
    const { data } = synthesise({ database: "rds", ...settings });
    const [id, { Properties }] = resource(data!, "AWS::RDS::DBInstance", "Database");
    const exported = Object.values(data!.findOutputs("*")).map(({ Value }) => JSON.stringify(Value));
    assert.ok(exported.length > 0 && exported.every((value) => !value.includes(`"${id}"`)));
    return { name: Properties.DBInstanceIdentifier as string, exported };
  });
  assert.equal(before!.name, "stellar-wallet-data");
  assert.match(after!.name, /^stellar-wallet-data-[0-9a-f]{8}$/);
  assert.deepEqual(after!.exported, before!.exported);
});

test("timescale: the machine's user data fits into EC2's 16 KB", () => {
  const { LaunchTemplateData } = resource(own[0]!.data, "AWS::EC2::LaunchTemplate", "Database")[1].Properties as {
    LaunchTemplateData: { UserData: { "Fn::Base64": { "Fn::Join": [string, unknown[]] } } };
  };
  const text = LaunchTemplateData.UserData["Fn::Base64"]["Fn::Join"][1]
    .map((part) => (typeof part === "string" ? part : "x".repeat(120)))
    .join("");
  assert.ok(text.includes("signal-resource") && text.includes("initdb"));
  assert.ok(text.length < 16_384, `${text.length} bytes`);
});
