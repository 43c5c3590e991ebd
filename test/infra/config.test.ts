import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../../lib/config.ts";
import { deploymentVariable } from "../../lib/settings-reader.ts";
import { SECRET_ARN } from "../fixtures/synthesise.ts";

const read = (context: Record<string, unknown> = {}, environment: Record<string, string> = {}) => readConfig({ context, environment });

test("without a word it is TimescaleDB, the public network and its public lake", () => {
  const config = read();
  assert.equal(config.name, "stellar-wallet");
  assert.deepEqual(config.database, {
    mode: "timescale",
    cidr: "10.64.0.0/20",
    natInstance: true,
    storage: 100,
    backupDays: 7,
    snapshot: null,
    instanceType: "t4g.medium",
  });
  assert.deepEqual(config.ledgers, {
    network: "pubnet",
    networkPassphrase: null,
    lake: { bucketPath: "aws-public-blockchain/v1.1/stellar/ledgers/pubnet", region: "us-east-2", endpointUrl: null },
    rpcUrl: null,
    rpcUrlSecretArn: null,
    testnetLakeUrl: undefined,
  });
  assert.equal(config.ingest.reservedConcurrency, null);
  assert.deepEqual(config.serve.environment.CLIENT_AUTH_PUBLIC_KEYS, undefined);
});

test("a setting comes from the context, else from the environment", () => {
  assert.equal(deploymentVariable("rpcUrlSecretArn"), "DEPLOY_RPC_URL_SECRET_ARN");
  assert.equal(read({}, { DEPLOY_LOG_LEVEL: "DEBUG" }).logLevel, "DEBUG");
  assert.equal(read({ logLevel: "WARN" }, { DEPLOY_LOG_LEVEL: "DEBUG" }).logLevel, "WARN");
  assert.deepEqual(read({ corsOrigins: ["https://a.example", "https://b.example"] }).api.corsOrigins, [
    "https://a.example",
    "https://b.example",
  ]);
});

test("an RPC server makes the managed database's network carry IPv4", () => {
  const { database } = read({ database: "rds", rpcUrl: "https://rpc.example" });
  assert.ok(database.mode === "rds" && database.natInstance);
  const { database: without } = read({ database: "rds" });
  assert.ok(without.mode === "rds" && !without.natInstance);
});

test("serve may have a pooled connection of its own", () => {
  const pooled = SECRET_ARN.replace("wallet-", "pooled-");
  const { database } = read({ database: "external", databaseSecretArn: SECRET_ARN, serveSecretArn: pooled });
  assert.deepEqual(database, {
    mode: "external",
    ownerSecretArn: SECRET_ARN,
    ingestSecretArn: SECRET_ARN,
    serveSecretArn: pooled,
    makesUsers: false,
  });
});

const WRONG: [string, Record<string, unknown>, RegExp][] = [
  ["an unknown mode", { database: "aurora" }, /database is "aurora"\. Set it to one of: timescale, external, rds\./],
  ["an unknown setting", { databse: "rds" }, /The context has "databse", which is no setting\. Settings are: .*database/],
  ["no secret", { database: "external" }, /Put the database's URL into a secret .* and set databaseSecretArn to its ARN\./],
  [
    "half an ARN",
    { database: "external", databaseSecretArn: SECRET_ARN.slice(0, -7) },
    /databaseSecretArn is .* Set it to a secret's whole ARN/,
  ],
  [
    "a secret in another mode",
    { databaseSecretArn: SECRET_ARN },
    /database is timescale, which makes its own secrets\. Unset databaseSecretArn/,
  ],
  ["users without secrets", { database: "external", databaseSecretArn: SECRET_ARN, databaseMakesUsers: true }, /set both\./],
  ["no way to the packages", { natInstance: false }, /natInstance is false, .* Set it to true, or database to rds or external\./],
  ["an Intel machine", { databaseInstanceType: "m7i.large" }, /Set it to a Graviton instance type/],
  ["a name as snapshot", { databaseSnapshot: "nightly" }, /databaseSnapshot is "nightly"\. Set it to the id of a volume's snapshot/],
  ["a network without a lake", { network: "futurenet" }, /no public ledger lake of futurenet\. Set datastoreBucketPath/],
  ["a network without passphrase", { network: "mine" }, /network is "mine"\. .* or set networkPassphrase as well\./],
  ["a lake without region", { datastoreBucketPath: "lake/ledgers" }, /datastoreRegion is not\. Set it to the bucket's region\./],
  ["a password in the RPC's URL", { rpcUrl: "https://user:pass@rpc.example" }, /without a password in it/],
  ["two RPC servers", { rpcUrl: "https://rpc.example", rpcUrlSecretArn: SECRET_ARN }, /Set only one of them\./],
  ["a secret key as client", { clientAuthPublicKeys: `S${"A".repeat(55)}` }, /Set it to Stellar public keys/],
  ["no number", { serveMemory: "1 GB" }, /serveMemory is "1 GB"\. Set it to a whole number from 256 to 10240\./],
  ["a tail past the timeout", { ingestTailSeconds: 900 }, /whole number from 0 to 840/],
  ["neither true nor false", { graphqlIntrospectionEnabled: "yes" }, /Set it to true or false\./],
  ["a domain without certificate", { domainName: "wallet.example.org" }, /certificateArn is not\. Set it to the domain's certificate/],
  ["half a hosted zone", { domainName: "w.example.org", certificateArn: certificate(), hostedZoneId: "Z123" }, /Set both, or none/],
  ["a web ACL without domain", { waf: true }, /waf is true, but domainName is not set\..* set domainName and certificateArn as well\./],
  ["a budget nobody hears of", { monthlyBudget: 100 }, /Set alarmEmail or alarmTopicArn as well\./],
  ["two receivers", { alarmEmail: "a@b.example", alarmTopicArn: "arn:aws:sns:us-east-1:111122223333:t" }, /Set only one/],
  ["an origin with a path", { corsOrigins: "https://wallet.example/app" }, /corsOrigins holds "https:\/\/wallet\.example\/app"/],
  ["a public network block", { vpcCidr: "8.8.8.0/20" }, /Set it to a private IPv4 block/],
];

function certificate(): string {
  return "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000";
}

for (const [name, context, message] of WRONG) {
  test(`refused with a sentence that says what to set: ${name}`, () => {
    assert.throws(() => read(context), { name: "SettingError", message });
  });
}

test("a slip in the environment is refused as well, other programs' variables are not", () => {
  assert.throws(() => read({}, { DEPLOY_DATABSE: "rds" }), { name: "SettingError", message: /The environment has DEPLOY_DATABSE/ });
  assert.doesNotThrow(() => read({}, { DATABASE: "mine", LOG_LEVEL: "nonsense" }));
});

test("CDK's own context is not taken for settings", () => {
  assert.doesNotThrow(() => read({ "@aws-cdk/core:anything": true, "aws:cdk:bundling-stacks": ["*"], "availability-zones:account=1": [] }));
});
