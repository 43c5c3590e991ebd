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

/** How long a start waits for a server to answer, its own or another's, in attempts with a pause of PAUSE_MS between. */
const ATTEMPTS = 300;
const PAUSE_MS = 50;

/** A server that was launched; it may yet end by itself. */
interface LaunchedServer {
  admin: string;
  output: string[];
  /** Has it ended? */
  gone(): boolean;
  stop(): Promise<void>;
  /** From here on it does not keep this process alive. */
  unref(): void;
}

function launch(data: string, port: number, password: string, tls: boolean): LaunchedServer {
  const output: string[] = [];
  const child = run(data, port, output, tls);
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
  return {
    admin: urlFor(port, password, "postgres"),
    output,
    gone: () => gone,
    stop: async () => {
      child.ref();
      child.stdin?.end();
      await exited;
    },
    unref() {
      child.unref();
      (child.stderr as unknown as { unref(): void }).unref();
      (child.stdin as unknown as { unref(): void }).unref();
    },
  };
}

/** The database of a server that runs on the data directory already and answers; null when none does. */
async function useRunning(home: string): Promise<EmbeddedDatabase | null> {
  const running = runningServer(home);
  if (!running || !(await answers(urlFor(running.port, running.password, "postgres")))) return null;
  // Who started it may not have come so far.
  await createDatabase(urlFor(running.port, running.password, "postgres"), "wallet");
  return { url: urlFor(running.port, running.password, "wallet"), stop: async () => {} };
}

async function start(home: string, { tls, port: wanted }: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const { data, password } = openDataDirectory(home);
  const running = await useRunning(home);
  if (running) return running;

  if (tls) installCertificate(data, tls);
  const port = wanted ?? (await freePort());
  let server = launch(data, port, password, tls !== undefined);
  for (let attempt = 0; !(await answers(server.admin)); attempt++) {
    const ended = server.gone();
    if (attempt >= ATTEMPTS || (ended && !isTaken(server.output))) {
      await server.stop();
      throw failure("did not start", server.output.join(""));
    }
    // PostgreSQL lets one server at a time have the directory: that of a faster start, or of a killed one, whose server is still stopping.
    const other = ended ? await useRunning(home) : null;
    if (other) return other;
    await sleep(PAUSE_MS);
    if (ended) server = launch(data, port, password, tls !== undefined);
  }
  await createDatabase(server.admin, "wallet");
  server.unref();
  return { url: urlFor(port, password, "wallet"), stop: server.stop };
}
