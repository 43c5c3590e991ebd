import assert from "node:assert/strict";
import { test } from "node:test";
import { localVariables } from "../../bin/rehearse/local-variables.ts";
import { FUNCTION_VARIABLES, type FunctionName } from "../../lib/functions/environment.ts";

const parts = {
  passphrase: "mine",
  firstLedger: 2,
  lake: { url: "http://127.0.0.1:9", bucketPath: "bucket/prefix" },
  clientKey: "G1",
};
const FUNCTIONS = Object.keys(FUNCTION_VARIABLES) as FunctionName[];

/** A template with a value for everything that is required. */
function template(name: FunctionName, more: Record<string, unknown> = {}): Record<string, unknown> {
  const required = Object.entries(FUNCTION_VARIABLES[name]).flatMap(([variable, { required: is }]) => (is ? [[variable, "set"]] : []));
  return { NODE_OPTIONS: "--enable-source-maps", ...Object.fromEntries(required), ...more };
}

const local = (name: FunctionName, variables: Record<string, unknown>): Record<string, string> =>
  localVariables(name, variables, parts, String);

for (const name of FUNCTIONS) {
  test(`a template of ${name} with a variable that the function does not read is refused`, () => {
    assert.throws(() => local(name, template(name, { RETENTION_DAY: "1" })), {
      code: "REHEARSAL_FAILED",
      message: `The template of the ${name} function sets RETENTION_DAY, which the function does not read. See functions/${name}/environment.ts.`,
    });
  });

  for (const missing of Object.keys(template(name)).filter((variable) => variable !== "NODE_OPTIONS"))
    test(`a template of ${name} without ${missing} is refused`, () => {
      const { [missing]: _missing, ...rest } = template(name);
      assert.throws(() => local(name, rest), { code: "REHEARSAL_FAILED", message: new RegExp(`does not set ${missing}\\. `) });
    });
}

test("variables are as the template has them, but for what this machine cannot have", () => {
  const given = template("ingest", {
    NETWORK: "pubnet",
    RETENTION_DAYS: "90",
    COMPRESS_AFTER_DAYS: "0",
    DATASTORE_REGION: "eu-west-1",
    RPC_URL: "{{resolve:secretsmanager:x}}",
    DATASTORE_ENDPOINT_URL: "https://s3.example",
  });
  assert.deepEqual(local("ingest", given), {
    NODE_OPTIONS: "--enable-source-maps",
    DATABASE_SECRET_ARN: "set",
    LOG_LEVEL: "set",
    CODE_VERSION: "set",
    RETENTION_DAYS: "90",
    COMPRESS_AFTER_DAYS: "0",
    DATASTORE_REGION: "eu-west-1",
    DATASTORE_ENDPOINT_URL: "http://127.0.0.1:9",
    DATASTORE_BUCKET_PATH: "bucket/prefix",
    TESTNET_LAKE_URL: "http://127.0.0.1:9/bucket/prefix",
    START_LEDGER: "2",
    INGEST_TAIL_SECONDS: "0",
    NETWORK_PASSPHRASE: "mine",
  });
  assert.deepEqual(local("serve", template("serve", { CLIENT_AUTH_PUBLIC_KEYS: "G9" })), {
    NODE_OPTIONS: "--enable-source-maps",
    DATABASE_SECRET_ARN: "set",
    LOG_LEVEL: "set",
    NETWORK_PASSPHRASE: "mine",
    CLIENT_AUTH_PUBLIC_KEYS: "G1",
  });
});

test("ledgers of the deployment's own network leave its network alone", () => {
  const passphrase = "Public Global Stellar Network ; September 2015";
  const found = localVariables("serve", template("serve", { NETWORK: "pubnet" }), { ...parts, passphrase }, String);
  assert.deepEqual([found.NETWORK, found.NETWORK_PASSPHRASE], ["pubnet", undefined]);
});
