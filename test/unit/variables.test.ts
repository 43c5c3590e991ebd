import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { INGEST_VARIABLES, readIngestEnvironment } from "../../functions/ingest/environment.ts";
import { formatValue, readVariables, settingName, type Variable } from "../../functions/shared/variables.ts";
import { readConfig } from "../../lib/config.ts";
import { environmentOf, FUNCTION_VARIABLES } from "../../lib/functions/environment.ts";

const every = Object.values(FUNCTION_VARIABLES).flatMap((record) => Object.entries<Variable<unknown>>(record));

test("a variable is called the same in code", () => {
  assert.equal(settingName("DB_STATEMENT_TIMEOUT_SECONDS"), "dbStatementTimeoutSeconds");
  assert.equal(settingName("LEDGERS"), "ledgers");
});

test("every default is what its own text means", () => {
  for (const [name, variable] of every)
    if (variable.default !== undefined && !(Array.isArray(variable.default) && variable.default.length === 0))
      assert.deepEqual(variable.parse(formatValue(variable.default as string)), variable.default, name);
});

test("unset and empty variables have their defaults", () => {
  const unset = readVariables(INGEST_VARIABLES, {});
  const empty = readVariables(INGEST_VARIABLES, Object.fromEntries(Object.keys(INGEST_VARIABLES).map((name) => [name, ""])));
  assert.deepEqual(empty, unset);
  assert.deepEqual([unset.compressAfterDays, unset.startLedger, unset.rpcUrl], [7, null, undefined]);
});

const OFF = ["START_LEDGER", "RETENTION_DAYS", "COMPRESS_AFTER_DAYS"] as const;

for (const name of OFF)
  test(`${name} 0 is off in the function and in cdk.json, and reaches the function as 0`, () => {
    const setting = settingName(name);
    assert.equal(readIngestEnvironment({ [name]: "0" })[setting], null);
    const { environment } = readConfig({ context: { [setting]: 0 }, environment: {} }).ingest;
    assert.equal(environment[name], null);
    const required = { DATABASE_SECRET_ARN: "a", NETWORK: "testnet", LOG_LEVEL: "INFO", CODE_VERSION: "1" } as const;
    assert.equal(environmentOf<"ingest">({ ...required, ...environment })[name], "0");
    // In cdk.json null is as unset.
    const nothing = readConfig({ context: { [setting]: null }, environment: {} }).ingest.environment;
    assert.deepEqual(nothing, readConfig({ context: {}, environment: {} }).ingest.environment);
  });

test("a wrong value is refused with a sentence that says what to set, on both sides", () => {
  for (const [name, value, wanted] of [
    ["RETENTION_DAYS", "-1", "a whole number from 0 to 36500"],
    ["START_LEDGER", "4294967296", "a whole number from 0 to 4294967295"],
    ["COMPRESS_AFTER_DAYS", "1.5", "a whole number from 0 to 36500"],
  ] as const) {
    assert.throws(() => readIngestEnvironment({ [name]: value }), {
      code: "CONFIG_INVALID",
      message: `${name} is ${value}. Set it to ${wanted}.`,
    });
    assert.throws(() => readConfig({ context: { [settingName(name)]: value }, environment: {} }), {
      name: "SettingError",
      message: `${settingName(name)} is "${value}". Set it to ${wanted}.`,
    });
  }
  assert.throws(() => readIngestEnvironment({ INGEST_VERIFY: "yes" }), {
    code: "CONFIG_INVALID",
    message: "INGEST_VERIFY is yes. Set it to true or false.",
  });
});

test("an unknown level of the log is INFO, since other programs use the name as well", () => {
  const levels = ["DEBUG", "TRACE", "INFO", "WARN", "ERROR", "verbose"].map((LOG_LEVEL) => readIngestEnvironment({ LOG_LEVEL }).logLevel);
  assert.deepEqual(levels, ["DEBUG", "DEBUG", "INFO", "WARN", "ERROR", "INFO"]);
});

test("the functions read variables through their records alone, and AWS's own in one place", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const readers = globSync("functions/**/*.ts", { cwd: root }).filter((file) =>
    /\b(process\.env|environment|env)(\.[A-Z]|\[)|\} = (process\.env|environment|env);/.test(readFileSync(`${root}/${file}`, "utf8")),
  );
  assert.deepEqual(readers.sort(), ["functions/shared/aws-environment.ts", "functions/shared/variables.ts"]);
});
