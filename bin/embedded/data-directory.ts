import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { WalletError } from "../../functions/shared/errors.ts";
import { findBinaries } from "./binaries.ts";
import type { ServerCertificate } from "./certificates.ts";
import { giveFolder, readOwnedFile, writeOwnedFile } from "./owned-file.ts";
import { ownerOfNew, unprivileged } from "./unprivileged.ts";

/** Of the disk and its rights, which a new data directory would not mend. */
const DISK = /No space left|Read-only file system|Permission denied|[Qq]uota/;

/** @param what went wrong, e.g. "did not start" @param output of the program */
export function failure(what: string, output: string): WalletError {
  const advice = DISK.test(output)
    ? "Make room, or let this user write there, and start again; --data-dir names another folder"
    : "Delete its data directory to start anew";
  return new WalletError(
    "EMBEDDED_DATABASE_FAILED",
    `The embedded PostgreSQL ${what}: ${output.trim().split("\n").slice(-5).join(" | ") || "no output"}. ${advice}, or set DATABASE_URL.`,
  );
}

/** A data directory is made in a folder of this name, the process's id and a mark. */
const BUILD = "pg-new-";
const PASSWORD = "pg-password";
const ROOT = { uid: 0, gid: 0 };

function isDataDirectory(path: string): boolean {
  return existsSync(join(path, "PG_VERSION"));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes what starts that were killed have left. */
function sweep(home: string): void {
  for (const name of readdirSync(home)) {
    if (!name.startsWith(BUILD)) continue;
    const pid = Number.parseInt(name.slice(BUILD.length), 10);
    if (isAlive(pid)) continue;
    try {
      rmSync(join(home, name), { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // Its initdb outlives the start that was killed by a moment, and still writes: the next start finds it ended.
    }
  }
}

/**
 * Makes a new data directory with its password in it. It is built beside its place and renamed once it is whole: a start that is
 * killed leaves none, and of two at once the first to finish gives its own to both.
 */
function initialise(home: string, data: string): void {
  const build = mkdtempSync(join(home, `${BUILD}${process.pid}-`));
  try {
    const built = join(build, "pg");
    const password = join(build, PASSWORD);
    const { initdb } = findBinaries();
    const owner = ownerOfNew(home, initdb);
    writeOwnedFile(password, randomBytes(24).toString("hex"), owner);
    if (owner) giveFolder(build, owner);
    runInitdb(initdb, build, built, password);
    // From here on its owner gets in no more.
    if (owner) giveFolder(build, ROOT);
    renameSync(password, join(built, PASSWORD));
    publish(built, data, join(build, "remains"));
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

function runInitdb(initdb: string, build: string, built: string, password: string): void {
  const args = [
    "-D",
    built,
    "-U",
    "wallet",
    "-A",
    "scram-sha-256",
    `--pwfile=${password}`,
    "-E",
    "UTF8",
    "--no-locale",
    "--no-sync",
    "--no-data-checksums",
  ];
  const runner = unprivileged(initdb, args, build);
  const done = spawnSync(runner.command, runner.args, {
    uid: runner.uid,
    gid: runner.gid,
    encoding: "utf8",
    env: { PATH: process.env.PATH, LC_ALL: "C" },
  });
  if (done.status !== 0) throw failure("could not be set up", `${done.stdout ?? ""}${done.stderr ?? done.error?.message ?? ""}`);
}

/** Puts a whole data directory in its place, unless another start has put one there. @param remains where half of one may go */
function publish(built: string, data: string, remains: string): void {
  // Twice: where something half done was in the way, and was moved.
  for (let attempt = 1; !isDataDirectory(data); attempt++) {
    try {
      renameSync(built, data);
      return;
    } catch (error) {
      if (isDataDirectory(data)) return;
      if (attempt > 1 || !["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      renameSync(data, remains);
      // Another start was between the look and the move.
      if (isDataDirectory(remains)) renameSync(remains, data);
    }
  }
}

function pathsOf(home: string): { data: string; passwordFile: string } {
  const data = join(home, "pg");
  return { data, passwordFile: join(data, PASSWORD) };
}

/**
 * The password of the server on the data directory, which is made on first use.
 * @param home the folder that it is in, and is there
 * @throws WalletError EMBEDDED_DATABASE_FAILED
 */
export function openDataDirectory(home: string): { data: string; password: string } {
  const { data, passwordFile } = pathsOf(home);
  sweep(home);
  if (!isDataDirectory(data)) initialise(home, data);
  // As root, a link would give whatever it leads to to the server's user.
  if (process.getuid?.() === 0 && !lstatSync(data).isDirectory()) throw failure("has no data directory", `${data} is a link`);
  // It came with the data: somebody has deleted it.
  if (!existsSync(passwordFile)) throw failure("has lost its password", `${passwordFile} is missing`);
  return { data, password: readOwnedFile(passwordFile) };
}

/** The connection URL of an embedded server, with its password; never log it. @param user the owner unless said otherwise */
export function urlFor(port: number, password: string, database: string, user = "wallet"): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
}

/** Where a server listens that runs on the data directory already, and its password; null when none runs. @param home as above */
export function runningServer(home: string): { port: number; password: string } | null {
  const { data, passwordFile } = pathsOf(home);
  const port = existsSync(passwordFile) ? runningPort(data) : null;
  return port === null ? null : { port, password: readOwnedFile(passwordFile) };
}

/** From the server's pid file; null when its process is gone, or has not written the port yet. */
function runningPort(data: string): number | null {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return null;
  const lines = readOwnedFile(file).split("\n");
  const [pid, port] = [Number(lines[0]), Number(lines[3] ?? "")];
  return pid > 0 && port > 0 && isAlive(pid) ? port : null;
}

/** PostgreSQL looks for its certificate beside its data. */
export function installCertificate(data: string, { certificate, privateKey }: Omit<ServerCertificate, "ca">): void {
  const owner = process.getuid?.() === 0 ? lstatSync(data) : null;
  writeOwnedFile(join(data, "server.crt"), certificate, owner);
  writeOwnedFile(join(data, "server.key"), privateKey, owner);
}
