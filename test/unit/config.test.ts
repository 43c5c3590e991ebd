import assert from "node:assert/strict";
import { test } from "node:test";
import { databaseUrls } from "../../functions/shared/database/urls.ts";
import { readDatabaseEnvironment, readNetworkEnvironment } from "../../functions/shared/environment.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { unreachable } from "../../functions/shared/database/session.ts";

const DIRECT = "postgres://a@direct/w";
const POOLED = "postgres://a@pooled/w";

test("ingest has a URL of its own where one is set, else that of all", () => {
  const urls = (environment: Record<string, string>): string[] => {
    const { databaseUrl, ingestDatabaseUrl } = databaseUrls(readDatabaseEnvironment(environment));
    return [databaseUrl, ingestDatabaseUrl];
  };
  assert.deepEqual(urls({ DATABASE_URL: POOLED }), [POOLED, POOLED]);
  assert.deepEqual(urls({ INGEST_DATABASE_URL: DIRECT }), [DIRECT, DIRECT]);
  assert.deepEqual(urls({ DATABASE_URL: POOLED, INGEST_DATABASE_URL: DIRECT }), [POOLED, DIRECT]);
});

test("a missing or wrong URL is told by the name of the variable that has it", () => {
  for (const [environment, message] of [
    [{}, /^DATABASE_URL is not set/],
    [{ DATABASE_URL: "nonsense" }, /^DATABASE_URL is no PostgreSQL URL/],
    [{ DATABASE_URL: POOLED, INGEST_DATABASE_URL: "mysql://a@b/c" }, /^INGEST_DATABASE_URL is no PostgreSQL URL/],
    [{ DATABASE_URL: "nonsense", INGEST_DATABASE_URL: DIRECT }, /^DATABASE_URL is no PostgreSQL URL/],
  ] as const)
    assert.throws(() => databaseUrls(readDatabaseEnvironment(environment)), { code: "CONFIG_INVALID", message });
});

test("a network has a name, a passphrase, or both where they agree", () => {
  const passphrase = "Test SDF Network ; September 2015";
  assert.deepEqual(readNetworkEnvironment({}), { network: "testnet", networkPassphrase: passphrase });
  assert.deepEqual(readNetworkEnvironment({ NETWORK_PASSPHRASE: passphrase }), { network: "testnet", networkPassphrase: passphrase });
  assert.deepEqual(readNetworkEnvironment({ NETWORK_PASSPHRASE: "mine" }), { network: "custom", networkPassphrase: "mine" });
  assert.deepEqual(readNetworkEnvironment({ NETWORK: "mine", NETWORK_PASSPHRASE: "x" }), { network: "mine", networkPassphrase: "x" });
  assert.throws(() => readNetworkEnvironment({ NETWORK: "mine" }), { code: "CONFIG_INVALID" });
  assert.throws(() => readNetworkEnvironment({ NETWORK: "pubnet", NETWORK_PASSPHRASE: passphrase }), { code: "CONFIG_INVALID" });
});

test("whatever keeps a connection from being made is an unreachable database, without its password; other errors stay", () => {
  const of = (code: string): unknown => unreachable(Object.assign(new Error("no"), { code }), "postgres://a:s3cret@h/d");
  for (const code of [
    "ECONNREFUSED",
    "ECONNRESET",
    "EAI_AGAIN",
    "ENETUNREACH",
    "CONNECTION_CLOSED",
    "CONNECTION_ENDED",
    "28P01",
    "57P03",
    "53300",
  ]) {
    const error = of(code);
    assert.ok(error instanceof WalletError && error.code === "DATABASE_UNREACHABLE", code);
    assert.doesNotMatch(error.message, /s3cret/);
    assert.match(error.message, /^The database postgres:\/\/a:\*\*\*@h\/d cannot be used: no \(/);
  }
  assert.match((of("53300") as WalletError).message, /The database has no connection free: raise max_connections or end other sessions\.$/);
  assert.match((of("ECONNREFUSED") as WalletError).message, /Check DATABASE_URL .* lets this user in\.$/);
  for (const code of ["42P01", "53100", "57014", "ENOENT"]) assert.ok(!(of(code) instanceof WalletError), code);
});
