import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WalletError } from "../../functions/shared/errors.ts";
import { findBinaries } from "./binaries.ts";
import type { ServerCertificate } from "./certificates.ts";
import { unprivileged } from "./unprivileged.ts";

/** @param what went wrong, e.g. "did not start" @param output of the program */
export function failure(what: string, output: string): WalletError {
  return new WalletError(
    "EMBEDDED_DATABASE_FAILED",
    `The embedded PostgreSQL ${what}: ${output.trim().split("\n").slice(-5).join(" | ") || "no output"}. Delete its data directory to start anew, or set DATABASE_URL.`,
  );
}

/** Makes a new data directory; its password is written last. @throws WalletError EMBEDDED_DATABASE_FAILED */
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

function pathsOf(home: string): { data: string; passwordFile: string } {
  return { data: join(home, "pg"), passwordFile: join(home, "pg-password") };
}

/**
 * The password of the server on the data directory, which is made on first use.
 * @param home the folder that holds both, and is there
 * @throws WalletError EMBEDDED_DATABASE_FAILED
 */
export function openDataDirectory(home: string): { data: string; password: string } {
  const { data, passwordFile } = pathsOf(home);
  if (!existsSync(join(data, "PG_VERSION"))) {
    rmSync(data, { recursive: true, force: true });
    initialise(data, passwordFile);
  }
  // Without it the set-up was cut off, or somebody has deleted it.
  if (!existsSync(passwordFile)) throw failure("has lost its password", `${passwordFile} is missing`);
  return { data, password: readFileSync(passwordFile, "utf8") };
}

/** The connection URL of an embedded server, with its password; never log it. */
export function urlFor(port: number, password: string, database: string): string {
  return `postgres://wallet:${password}@127.0.0.1:${port}/${database}`;
}

/** Where a server listens that runs on the data directory already, and its password; null when none runs. @param home as above */
export function runningServer(home: string): { port: number; password: string } | null {
  const { data, passwordFile } = pathsOf(home);
  const port = existsSync(passwordFile) ? runningPort(data) : null;
  return port === null ? null : { port, password: readFileSync(passwordFile, "utf8") };
}

/** From the server's pid file; null when its process is gone. */
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

/** PostgreSQL looks for its certificate beside its data. */
export function installCertificate(data: string, { certificate, privateKey }: Omit<ServerCertificate, "ca">): void {
  writeFileSync(join(data, "server.crt"), certificate);
  writeFileSync(join(data, "server.key"), privateKey, { mode: 0o600 });
}
