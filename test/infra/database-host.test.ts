import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import postgres from "postgres";
import { findBinaries } from "../../bin/embedded/binaries.ts";
import { freePort } from "../../bin/embedded/free-port.ts";
import { findPsql } from "../fixtures/find-psql.ts";

// The scripts of the database's machine against a real server, with stand-ins for AWS and the machine's own description.
const scripts = fileURLToPath(new URL("../../lib/database/host", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "wallet-host-"));
const run = promisify(execFile);
const HOST = "database.wallet.internal";
const isRoot = process.getuid?.() === 0;

let port = 0;
let server: ChildProcess | undefined;

const environment = (): NodeJS.ProcessEnv => ({
  PATH: `${root}/stub:${process.env.PATH}`,
  WALLET_SETTINGS: `${root}/settings`,
  MOUNT: `${root}/volume`,
  PGBIN: `${root}/bin`,
  SOCKETS: `${root}/sockets`,
  PORT: String(port),
  PRELOAD: "",
  DATABASE_USER: isRoot ? "nobody" : process.env.USER,
  STUB: root,
});

const script = (name: string) => run("bash", [join(scripts, name)], { env: environment() });
const calls = (): string => readFileSync(`${root}/calls`, "utf8");

interface Secret {
  username: string;
  password: string;
  dbname: string;
  ca?: string;
}
const secret = (name: string): Secret => JSON.parse(readFileSync(`${root}/secrets/${name}`, "utf8")) as Secret;

function program(path: string, ...lines: string[]): void {
  writeFileSync(path, `${lines.join("\n")}\n`);
  chmodSync(path, 0o755);
}

async function startServer(): Promise<void> {
  const ids = isRoot ? { uid: 65534, gid: 65534 } : {};
  server = spawn(`${root}/bin/postgres`, ["-D", `${root}/volume/postgres`], { stdio: "ignore", ...ids });
  await run("bash", ["-c", `until ${root}/bin/pg_isready -q -h ${root}/sockets -p ${port}; do sleep 0.1; done`], { timeout: 20_000 });
}

async function stopServer(): Promise<void> {
  if (server === undefined || server.exitCode !== null) return;
  const gone = new Promise((resolve) => server!.once("exit", resolve));
  server.kill("SIGINT");
  await gone;
}

/** Who is asked in, over TLS as a client of the secret would, or otherwise. */
async function connect(options: postgres.Options<Record<string, never>>): Promise<Record<string, unknown>> {
  const { username, password, dbname, ca } = secret("owner");
  const sql = postgres({
    host: "127.0.0.1",
    port,
    username,
    password,
    database: dbname,
    max: 1,
    connect_timeout: 5,
    ssl: { ca, servername: HOST },
    ...options,
  });
  try {
    const [row] = await sql`select current_user as "user",
      (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl,
      (select rolsuper from pg_roles where rolname = current_user) as super,
      (select pg_get_userbyid(datdba) from pg_database where datname = current_database()) as owner`;
    return row!;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

before(async () => {
  chmodSync(root, 0o755);
  for (const folder of ["stub", "secrets", "bin", "volume"]) mkdirSync(`${root}/${folder}`);
  port = await freePort();
  const { initdb, postgres: binary } = findBinaries();
  const psql = await findPsql();
  for (const [name, path] of Object.entries({ initdb, postgres: binary, psql: psql.psql, pg_isready: psql.pgIsReady }))
    program(`${root}/bin/${name}`, "#!/bin/sh", `exec "${path}" "$@"`);
  program(`${root}/stub/curl`, "#!/bin/sh", "echo 10.64.1.23");
  program(
    `${root}/stub/aws`,
    "#!/bin/bash",
    'echo "$*" >>"$STUB/calls"',
    'while [ $# -gt 0 ]; do case "$1" in get-* | put-secret-value) verb=$1 ;; --secret-id) id=$2 ;; esac; shift; done',
    'case "$verb" in get-secret-value) cat "$STUB/secrets/$id" ;; put-secret-value) cat >"$STUB/secrets/$id" ;; esac',
  );
  for (const name of ["owner", "ingest", "serve"])
    writeFileSync(
      `${root}/secrets/${name}`,
      JSON.stringify({ username: `wallet_${name}`, dbname: "wallet", host: HOST, port, password: `first-${name}` }),
    );
  writeFileSync(`${root}/calls`, "");
  writeFileSync(
    `${root}/settings`,
    [
      "AWS_DEFAULT_REGION=us-east-1",
      `HOST_NAME=${HOST}`,
      "OWNER_SECRET=owner",
      "INGEST_SECRET=ingest",
      "SERVE_SECRET=serve",
      "ZONE_ID=Z1",
      "METRICS_NAME=test",
      "",
    ].join("\n"),
  );
  await script("certificates.sh");
  await script("cluster.sh");
  await startServer();
  await script("publish.sh");
});

after(async () => {
  await stopServer();
  rmSync(root, { recursive: true, force: true });
});

test("the first boot makes the database's owner, and clients verify the server by what the secret carries", async () => {
  assert.match(secret("owner").ca!, /^-----BEGIN CERTIFICATE-----/);
  for (const name of ["ingest", "serve"]) assert.equal(secret(name).ca, secret("owner").ca);
  assert.equal(secret("serve").password, "first-serve");
  assert.deepEqual({ ...(await connect({})) }, { user: "wallet_owner", ssl: true, super: false, owner: "wallet_owner" });
});

test("another authority, another name, no TLS and the superuser are refused", async () => {
  const { ca } = secret("owner");
  await assert.rejects(connect({ ssl: { servername: HOST } }), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  await assert.rejects(connect({ ssl: { ca, servername: "other.example" } }), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  await assert.rejects(connect({ ssl: false }), { code: "28000" });
  await assert.rejects(connect({ username: "postgres" }), { code: "28000" });
  await assert.rejects(connect({ password: "guessed" }), { code: "28P01" });
});

test("the machine's address is entered under the name in the certificate", () => {
  assert.match(
    calls(),
    /route53 change-resource-record-sets --hosted-zone-id Z1 .*"Name": ?"database\.wallet\.internal".*"Value": ?"10\.64\.1\.23"/,
  );
});

test("no password stands in a command line", () => {
  assert.doesNotMatch(calls(), /first-/);
});

test("a machine that takes the volume over keeps authority, data and secrets, and takes a new password", async () => {
  const sql = postgres({ ...clientOf(secret("owner")), max: 1 });
  await sql`create table kept (id int)`;
  await sql.end();
  await stopServer();
  const { ca } = secret("owner");
  writeFileSync(`${root}/secrets/owner`, JSON.stringify({ ...secret("owner"), password: "second-owner" }));
  writeFileSync(`${root}/calls`, "");
  await script("certificates.sh");
  await script("cluster.sh");
  await startServer();
  await script("publish.sh");
  assert.equal(secret("owner").ca, ca);
  assert.doesNotMatch(calls(), /put-secret-value/);
  const again = postgres({ ...clientOf(secret("owner")), max: 1 });
  assert.equal((await again`select count(*)::int as n from kept`)[0]!.n, 0);
  await again.end();
  await assert.rejects(connect({ password: "first-owner" }), { code: "28P01" });
});

test("how full volume and connections are is reported as percentages", async () => {
  writeFileSync(`${root}/calls`, "");
  await script("metrics.sh");
  assert.match(
    calls(),
    /--namespace StellarWallet --metric-data MetricName=DatabaseDiskUsed,Unit=Percent,Value=\d+,Dimensions=\[\{Name=Database,Value=test\}\] MetricName=DatabaseConnectionsUsed,Unit=Percent,Value=\d+,/,
  );
});

test("a certificate that is about to end is made anew by the same authority", async () => {
  const old = readFileSync(`${root}/volume/tls/server.crt`, "utf8");
  const authority = readFileSync(`${root}/volume/tls/ca.crt`, "utf8");
  await run("openssl", ["x509", "-req", "-in", await request(), "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "5", "-out", "server.crt"], {
    cwd: `${root}/volume/tls`,
  });
  await script("certificates.sh");
  const renewed = readFileSync(`${root}/volume/tls/server.crt`, "utf8");
  assert.notEqual(renewed, old);
  assert.equal(readFileSync(`${root}/volume/tls/ca.crt`, "utf8"), authority);
  const { stdout } = await run("openssl", ["verify", "-CAfile", "ca.crt", "-verify_hostname", HOST, "server.crt"], {
    cwd: `${root}/volume/tls`,
  });
  assert.match(stdout, /server\.crt: OK/);
  await run("openssl", ["x509", "-in", "server.crt", "-noout", "-checkend", String(300 * 86_400)], { cwd: `${root}/volume/tls` });

  async function request(): Promise<string> {
    const file = `${root}/short.csr`;
    await run("openssl", ["req", "-new", "-key", `${root}/volume/tls/server.key`, "-subj", `/CN=${HOST}`, "-out", file]);
    return file;
  }
});

function clientOf({ username, password, dbname, ca }: Secret): postgres.Options<Record<string, never>> {
  return { host: "127.0.0.1", port, username, password, database: dbname, ssl: { ca, servername: HOST } };
}

test("every script is valid", async () => {
  for (const name of ["common", "volume", "certificates", "cluster", "publish", "metrics", "setup"]) {
    assert.ok(existsSync(join(scripts, `${name}.sh`)));
    await run("bash", ["-n", join(scripts, `${name}.sh`)]);
  }
});
