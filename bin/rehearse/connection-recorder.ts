/**
 * Preloaded into the function's process: writes down, on file descriptor 3, where the function's code connects to. Everything that
 * JavaScript connects with (node:net, node:tls, node:http, fetch) goes through `Socket.prototype.connect`; datagrams other than
 * the resolver's own go through `dgram`; another program could do anything, so starting one is written down as well. Imports
 * nothing of the project's.
 */
import childProcess from "node:child_process";
import dgram from "node:dgram";
import { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const RECORD_DESCRIPTOR = 3;

function record(target: string): void {
  writeSync(RECORD_DESCRIPTOR, `${target}\n`);
}

/** `host:port` or a path, out of any of the forms that `connect` takes. */
function targetOf(args: unknown[]): string {
  const [first, second] = args;
  // Within Node the arguments come as one list.
  if (Array.isArray(first)) return targetOf(first as unknown[]);
  if (typeof first === "object" && first !== null) {
    const { host, port, path } = first as { host?: string; port?: number; path?: string };
    return path ?? `${host ?? "localhost"}:${port}`;
  }
  return typeof first === "string" && Number.isNaN(Number(first))
    ? first
    : `${typeof second === "string" ? second : "localhost"}:${String(first)}`;
}

/** Replaces a method by one that does the same and writes it down. */
function watch(owner: object, name: string, describe: (args: unknown[]) => string): void {
  const methods = owner as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[name]!;
  methods[name] = function (this: unknown, ...args: unknown[]): unknown {
    record(describe(args));
    return original.apply(this, args);
  };
}

watch(net.Socket.prototype, "connect", targetOf);
watch(dgram.Socket.prototype, "send", () => "a datagram");
watch(dgram.Socket.prototype, "connect", () => "a datagram");
for (const name of ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "fork"])
  watch(childProcess, name, ([file]) => `the program ${String(file)}`);
syncBuiltinESMExports();
