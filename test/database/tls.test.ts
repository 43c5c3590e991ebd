import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { after, test } from "node:test";
import { createServerCertificate } from "../../bin/embedded/certificates.ts";
import { multiCopy } from "../../functions/ingest/persist/multi-copy.ts";
import { migrate } from "../../functions/migrate/migrate.ts";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { tlsServer, withParameters } from "../fixtures/tls-server.ts";

// `localhost` and not its address is in the certificate: the way to a wrong host.
const { url, certificate } = await tlsServer(["localhost"]);
const other = await createServerCertificate(["localhost"]);
const host = "localhost";
const address = "127.0.0.1";

/** Connects, asks whether the session is encrypted, and closes. */
async function isEncrypted(target: string): Promise<boolean> {
  const sql = connect(target);
  try {
    const [row] = await sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    return row!.ssl;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function connect(target: string): Database {
  const bounds = { statementTimeout: 30_000, lockTimeout: 0, idleInTransactionTimeout: 0, idleSessionTimeout: 0 };
  return connectDatabase(target, { applicationName: "test", ...bounds });
}

const verified = withParameters(url, { sslmode: "verify-full", sslrootcert: certificate.ca }, host);

test("with the right authority and the right name the connection is encrypted", async () => {
  assert.equal(await isEncrypted(verified), true);
});

test("the authority may be a file, and alone it asks for everything to be verified", async () => {
  const directory = mkdtempSync(join(tmpdir(), "wallet-ca-"));
  after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "ca.pem");
  writeFileSync(file, certificate.ca);
  assert.equal(await isEncrypted(withParameters(url, { sslrootcert: file }, host)), true);
  await assert.rejects(isEncrypted(withParameters(url, { sslrootcert: file }, address)), { code: "DATABASE_UNREACHABLE" });
});

test("a wrong authority is refused, with what to do", async () => {
  const wrong = withParameters(url, { sslmode: "verify-full", sslrootcert: other.ca }, host);
  await assert.rejects(isEncrypted(wrong), { code: "DATABASE_UNREACHABLE", message: /certificate.*sslrootcert/ });
  const system = withParameters(url, { sslmode: "verify-full" }, host);
  await assert.rejects(isEncrypted(system), { code: "DATABASE_UNREACHABLE" });
});

test("a wrong host is refused by verify-full and let pass by verify-ca", async () => {
  const parameters = { sslrootcert: certificate.ca };
  await assert.rejects(isEncrypted(withParameters(url, { ...parameters, sslmode: "verify-full" }, address)), {
    code: "DATABASE_UNREACHABLE",
    message: /127\.0\.0\.1/,
  });
  assert.equal(await isEncrypted(withParameters(url, { ...parameters, sslmode: "verify-ca" }, address)), true);
});

test("require encrypts without asking who answers, and with an authority asks", async () => {
  assert.equal(await isEncrypted(withParameters(url, { sslmode: "require" }, address)), true);
  const wrong = withParameters(url, { sslmode: "require", sslrootcert: other.ca }, address);
  await assert.rejects(isEncrypted(wrong), { code: "DATABASE_UNREACHABLE" });
});

test("without sslmode nothing is encrypted, with prefer it is", async () => {
  assert.equal(await isEncrypted(url), false);
  assert.equal(await isEncrypted(withParameters(url, { sslmode: "prefer" })), true);
});

test("a wrong sslmode and a missing file say what to set", () => {
  assert.throws(() => connect(withParameters(url, { sslmode: "always" })), { code: "CONFIG_INVALID", message: /verify-full/ });
  assert.throws(() => connect(withParameters(url, { sslrootcert: "/nowhere/ca.pem" })), { code: "CONFIG_INVALID", message: /nowhere/ });
});

test("a server without TLS and one that hangs up are refused", async (t) => {
  for (const [answer, pattern] of [
    [(socket: Socket) => socket.write("N"), /offers no TLS/],
    [(socket: Socket) => socket.write("Sjunk"), /too much/],
    [(socket: Socket) => socket.destroy(), /closed|ECONNRESET/],
  ] as const) {
    const server = createServer((socket) => socket.once("data", () => answer(socket)).on("error", () => {}));
    await new Promise<void>((done) => server.listen(0, address, done));
    t.after(() => server.close());
    const target = `postgres://a:b@${address}:${(server.address() as AddressInfo).port}/c?sslmode=require`;
    await assert.rejects(isEncrypted(target), pattern);
  }
});

test("COPY works over TLS without waiting for an acknowledgement, also with more than a buffer's worth", async () => {
  const sql = connect(verified);
  try {
    await sql`create temporary table copied (a text)`;
    const statement = "copy copied from stdin (format text)";
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      const started = performance.now();
      const copy = await sql`copy copied from stdin (format text)`.writable();
      copy.end(`row ${i}\n`);
      await finished(copy);
      await sql`select 1`;
      times.push(performance.now() - started);
    }
    // Below 1 ms; the driver's own sockets wait for two delayed acknowledgements, 88 ms.
    assert.ok(Math.min(...times) < 30, `fastest of 15: ${Math.min(...times)} ms`);
    await multiCopy(sql, [{ statement, data: Buffer.alloc(9 << 20, `${"x".repeat(1023)}\n`) }]);
    const [row] = await sql<{ n: number }[]>`select count(*)::int as n from copied`;
    assert.equal(row!.n, 15 + 9 * 1024);
    await assert.rejects(multiCopy(sql, [{ statement: "copy copied from stdin (format binary)", data: Buffer.from("junk") }]), {
      code: "22P04",
    });
    assert.equal((await sql`select 1 as one`)[0]?.one, 1);
  } finally {
    await sql.end({ timeout: 1 });
  }
});

test("serve reads over verified TLS, and answers with an error when the authority is wrong", async () => {
  const sql = connect(verified);
  await migrate(sql);
  await sql.end();
  const body = JSON.stringify({ query: `{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }` });
  const good = testApi(verified);
  assert.deepEqual((JSON.parse((await good.post(body)).body) as { data: object }).data, { transactionByHash: null });
  await good.close();
  const bad = testApi(withParameters(url, { sslmode: "verify-full", sslrootcert: other.ca }, host));
  const answer = await bad.post(body);
  await bad.close();
  assert.match(answer.body, /errors/);
  assert.doesNotMatch(answer.body, /certificate|localhost/);
});
