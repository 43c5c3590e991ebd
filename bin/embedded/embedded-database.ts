import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { codeOf, DATABASE_EXISTS } from "../../functions/shared/database/error-codes.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { fileProblem } from "../cli/file-problem.ts";
import { findBinaries } from "./binaries.ts";
import type { ServerCertificate } from "./certificates.ts";
import { failure, installCertificate, openDataDirectory, runningServer, urlFor } from "./data-directory.ts";
import { freePort } from "./free-port.ts";
import { unprivileged } from "./unprivileged.ts";

/** A PostgreSQL server of this process. */
export interface EmbeddedDatabase {
  /** Connection URL of the owner, a superuser, with its password; never log it. */
  url: string;
  /** Stops the server, unless it was running before. Waits until it is gone. */
  stop(): Promise<void>;
}

interface EmbeddedDatabaseOptions {
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

async function createDatabase(url: string, name: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [row] = await sql`select 1 from pg_database where datname = ${name}`;
    if (!row) await sql.unsafe(`create database ${name}`);
  } catch (error) {
    // Of two starts at once the other has made it.
    if (!DATABASE_EXISTS.has(codeOf(error))) throw error;
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

/** Did the server end because another one has its directory? */
function isTaken(output: readonly string[]): boolean {
  return output.join("").includes('lock file "postmaster.pid" already exists');
}

/**
 * Starts a PostgreSQL server on a data directory, making it on first use; works as root and as a user. A server that runs
 * there already is used and left running. The server ends when this process does, even by SIGKILL.
 * @param directory e.g. `.wallet`; holds the data and the password
 * @throws WalletError EMBEDDED_DATABASE_FAILED
 */
export async function startEmbeddedDatabase(directory: string, options: EmbeddedDatabaseOptions = {}): Promise<EmbeddedDatabase> {
  try {
    return await start(resolve(directory), options);
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === null) throw error;
    throw new WalletError(
      "EMBEDDED_DATABASE_FAILED",
      `The embedded PostgreSQL cannot use ${directory}: ${problem} --data-dir names another one; or set DATABASE_URL.`,
      { directory },
      { cause: error },
    );
  }
}

async function start(home: string, { tls, port: wanted }: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const { data, password } = openDataDirectory(home);
  const running = runningServer(home);
  if (running && (await answers(urlFor(running.port, password, "postgres")))) {
    // Who started it may not have come so far.
    await createDatabase(urlFor(running.port, password, "postgres"), "wallet");
    return { url: urlFor(running.port, password, "wallet"), stop: async () => {} };
  }

  if (tls) installCertificate(data, tls);
  const port = wanted ?? (await freePort());
  const output: string[] = [];
  const child = run(data, port, output, tls !== undefined);
  let gone = false;
  const exited = new Promise<void>((done) => {
    const end = (): void => {
      gone = true;
      done();
    };
    child.once("exit", end);
    // It could not be started at all.
    child.once("error", (error) => {
      output.push(error.message);
      end();
    });
  });
  const stop = async (): Promise<void> => {
    child.ref();
    child.stdin?.end();
    await exited;
  };
  const admin = urlFor(port, password, "postgres");
  for (let attempt = 0; !(await answers(admin)); attempt++) {
    // Another start was faster: PostgreSQL lets one server at a time have the directory.
    const other = gone ? runningServer(home) : null;
    if (other && (await answers(urlFor(other.port, password, "postgres")))) {
      await createDatabase(urlFor(other.port, password, "postgres"), "wallet");
      return { url: urlFor(other.port, password, "wallet"), stop: async () => {} };
    }
    if (attempt >= 300 || (gone && !isTaken(output))) {
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
