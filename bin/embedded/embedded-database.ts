import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { WalletError } from "../../functions/shared/errors.ts";
import { findBinaries } from "./binaries.ts";
import type { ServerCertificate } from "./certificates.ts";
import { unprivileged } from "./unprivileged.ts";

/** A PostgreSQL server of this process. */
export interface EmbeddedDatabase {
  /** Connection URL with its password; never log it. */
  url: string;
  /** Stops the server, unless it was running before. Waits until it is gone. */
  stop(): Promise<void>;
}

export interface EmbeddedDatabaseOptions {
  /** Lets clients encrypt; without it the server offers no TLS. */
  tls?: Omit<ServerCertificate, "ca">;
  /** Where it listens on 127.0.0.1; absent: on a free port. */
  port?: number;
}

const SETTINGS: Record<string, string> = {
  jit: "off",
  shared_buffers: "256MB",
  io_method: "sync",
  wal_buffers: "16MB",
  // Filling a new WAL segment with zeros costs a tenth of a first run and gains nothing on the file systems of today.
  wal_init_zero: "off",
  max_wal_size: "1GB",
  max_connections: "60",
  checkpoint_timeout: "15min",
  // Room for the locks of one day partition a table and day.
  max_locks_per_transaction: "256",
  log_min_messages: "warning",
};

/** Ends the server when its standard input closes, so that it never outlives the process that started it, however that ends. */
const SUPERVISOR = `exec 3<&0; "$@" 3<&- & server=$!; (cat <&3 > /dev/null; kill -INT $server 2> /dev/null) & wait $server`;

export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? done(address.port) : failed(new Error("no port"))));
    });
  });
}

function failure(what: string, output: string): WalletError {
  return new WalletError(
    "EMBEDDED_DATABASE_FAILED",
    `The embedded PostgreSQL ${what}: ${output.trim().split("\n").slice(-5).join(" | ") || "no output"}. Delete its data directory to start anew, or set DATABASE_URL.`,
  );
}

function initialise(data: string, passwordFile: string): void {
  const password = randomBytes(24).toString("hex");
  const forInitdb = `${passwordFile}.new`;
  writeFileSync(forInitdb, password, { mode: 0o600 });
  mkdirSync(data, { mode: 0o700 });
  const { initdb } = findBinaries();
  const args = [
    "-D",
    data,
    "-U",
    "wallet",
    "-A",
    "scram-sha-256",
    `--pwfile=${forInitdb}`,
    "-E",
    "UTF8",
    "--no-locale",
    "--no-sync",
    "--no-data-checksums",
  ];
  const runner = unprivileged(initdb, args, data, forInitdb);
  const done = spawnSync(runner.command, runner.args, {
    uid: runner.uid,
    gid: runner.gid,
    encoding: "utf8",
    env: { PATH: process.env.PATH, LC_ALL: "C" },
  });
  rmSync(forInitdb);
  if (done.status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw failure("could not be set up", `${done.stdout ?? ""}${done.stderr ?? done.error?.message ?? ""}`);
  }
  writeFileSync(passwordFile, password, { mode: 0o600 });
}

function urlFor(port: number, password: string, database: string): string {
  return `postgres://wallet:${password}@127.0.0.1:${port}/${database}`;
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {});
  }
}

/** The port of a server that runs on the data directory already, from its pid file; null when there is none. */
function runningPort(data: string): number | null {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, "utf8").split("\n");
  try {
    process.kill(Number(lines[0]), 0);
    return Number(lines[3]);
  } catch {
    return null;
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql`select 1 from pg_database where datname = ${name}`;
    if (!row) await sql.unsafe(`create database ${name}`);
  } finally {
    await sql.end();
  }
}

function run(data: string, port: number, output: string[], tls: boolean): ChildProcess {
  const { postgres: server } = findBinaries();
  const own = { port: String(port), listen_addresses: "127.0.0.1", unix_socket_directories: "", ssl: tls ? "on" : "off" };
  const settings = Object.entries({ ...SETTINGS, ...own });
  const args = ["-D", data, ...settings.flatMap(([key, value]) => ["-c", `${key}=${value}`])];
  const runner = unprivileged(server, args, data);
  const child = spawn("/bin/sh", ["-c", SUPERVISOR, "supervisor", runner.command, ...runner.args], {
    // Its own session: Ctrl-C in the terminal must not reach it before its clients are done.
    detached: true,
    uid: runner.uid,
    gid: runner.gid,
    stdio: ["pipe", "ignore", "pipe"],
    env: { PATH: process.env.PATH, LC_ALL: "C" },
  });
  child.stderr?.on("data", (text: Buffer) => {
    output.push(text.toString());
    if (output.length > 50) output.shift();
  });
  child.stdin?.on("error", () => {});
  return child;
}

/** PostgreSQL looks for its certificate beside its data. */
function installCertificate(data: string, { certificate, privateKey }: Omit<ServerCertificate, "ca">): void {
  writeFileSync(join(data, "server.crt"), certificate);
  writeFileSync(join(data, "server.key"), privateKey, { mode: 0o600 });
}

/**
 * Starts a PostgreSQL server on a data directory, making it on first use; works as root and as a user. A server that runs
 * there already is used and left running. The server ends when this process does, even by SIGKILL.
 * @param directory e.g. `.wallet`; holds the data and the password
 * @throws WalletError EMBEDDED_DATABASE_FAILED
 */
export async function startEmbeddedDatabase(
  directory: string,
  { tls, port: wanted }: EmbeddedDatabaseOptions = {},
): Promise<EmbeddedDatabase> {
  const home = resolve(directory);
  const data = join(home, "pg");
  const passwordFile = join(home, "pg-password");
  mkdirSync(home, { recursive: true, mode: 0o755 });
  if (!existsSync(join(data, "PG_VERSION"))) {
    rmSync(data, { recursive: true, force: true });
    initialise(data, passwordFile);
  }
  // Written last: without it the set-up was cut off, or somebody has deleted it.
  if (!existsSync(passwordFile)) throw failure("has lost its password", `${passwordFile} is missing`);
  const password = readFileSync(passwordFile, "utf8");
  const running = runningPort(data);
  if (running && (await answers(urlFor(running, password, "postgres"))))
    return { url: urlFor(running, password, "wallet"), stop: async () => {} };

  if (tls) installCertificate(data, tls);
  const port = wanted ?? (await freePort());
  const output: string[] = [];
  const child = run(data, port, output, tls !== undefined);
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const stop = async (): Promise<void> => {
    child.ref();
    child.stdin?.end();
    await exited;
  };
  const admin = urlFor(port, password, "postgres");
  for (let attempt = 0; !(await answers(admin)); attempt++) {
    if (attempt >= 300 || child.exitCode !== null) {
      await stop();
      throw failure("did not start", output.join(""));
    }
    await sleep(50);
  }
  await createDatabase(admin, "wallet");
  // The server must not keep this process alive.
  child.unref();
  (child.stderr as unknown as { unref(): void }).unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return { url: urlFor(port, password, "wallet"), stop };
}
