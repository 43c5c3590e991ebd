import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readArguments } from "../../bin/cli/arguments.ts";
import type { Command } from "../../bin/cli/command.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

const script = fileURLToPath(new URL("../../bin/wallet.ts", import.meta.url));

function wallet(args: string[], env: Record<string, string> = {}): { code: number | null; out: string; error: string } {
  const done = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, ...env },
    maxBuffer: 1 << 28,
  });
  return { code: done.status, out: done.stdout, error: done.stderr };
}

const command: Command = {
  summary: "try",
  options: {
    "close-seconds": { type: "string", help: "h", default: "5" },
    fast: { type: "boolean", help: "h" },
  },
  run: () => Promise.resolve(0),
};

test("an option comes from the command line, then from the environment, then from its default", () => {
  const value = (argv: string[], env: Record<string, string>): number | undefined =>
    readArguments("try", command, argv, env).integer("close-seconds");
  assert.equal(value(["--close-seconds", "1"], { CLOSE_SECONDS: "2" }), 1);
  assert.equal(value([], { CLOSE_SECONDS: "2" }), 2);
  assert.equal(value([], { CLOSE_SECONDS: "" }), 5);
});

test("a flag in the environment is off when it says so", () => {
  const flag = (env: Record<string, string>): boolean => readArguments("try", command, [], env).flag("fast");
  assert.deepEqual(
    [flag({ FAST: "1" }), flag({ FAST: "true" }), flag({ FAST: "false" }), flag({ FAST: "0" }), flag({})],
    [true, true, false, false, false],
  );
});

test("the command line's options reach code that reads the environment", () => {
  const { environment } = readArguments("try", command, ["--close-seconds=7", "--json"], { OTHER: "x" });
  assert.deepEqual({ ...environment }, { OTHER: "x", CLOSE_SECONDS: "7" });
});

test("a bad number, an unknown option and a stray word are wrong usage", () => {
  assert.throws(() => readArguments("try", command, ["--close-seconds", "soon"], {}).integer("close-seconds"), {
    code: "USAGE",
    message: /CLOSE_SECONDS/,
  });
  assert.throws(() => readArguments("try", command, ["--slow"], {}), { code: "USAGE", message: /wallet try --help/ });
  assert.throws(() => readArguments("try", command, ["now"], {}), { code: "USAGE" });
});

test("every command shows its help with its options and their environment variables", () => {
  const { code, out } = wallet(["--help"]);
  assert.equal(code, 0);
  const names = [...out.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1]!);
  assert.ok(names.length >= 7, out);
  for (const name of names) {
    const help = wallet([name, "--help"]);
    assert.equal(help.code, 0, help.error);
    assert.match(help.out, new RegExp(`^wallet ${name}: `));
    assert.match(help.out, /--json .*\n.*--help/);
    assert.match(help.out, /Exit codes: /);
  }
});

test("an unknown command says what to run and exits with 2", () => {
  const { code, error } = wallet(["fly"]);
  assert.deepEqual([code, error], [2, 'USAGE: There is no command "fly". Run: wallet --help\n']);
});

test("what is wrong with the settings is told before anything is started", () => {
  for (const [args, expected, message] of [
    [["start", "--interval-seconds", "0"], 2, /^USAGE: --interval-seconds/],
    [["start", "--start-ledger", "first"], 2, /^USAGE: --start-ledger/],
    [["bench", "--rounds", "0"], 2, /^USAGE: --rounds/],
    [["start", "--ledgers", "/nonexistent"], 1, /^CONFIG_INVALID: There is no directory \/nonexistent\./],
  ] as const) {
    const { code, out, error } = wallet([...args]);
    assert.deepEqual([code, out], [expected, ""], error);
    assert.match(error, message);
  }
});

test("inspect prints one object a ledger, with 64-bit integers as strings", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wallet-inspect-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = sandboxLedgers(3).map((bytes, i) => {
    writeFileSync(join(folder, `${i}.xdr`), bytes);
    return join(folder, `${i}.xdr`);
  });
  const { code, out } = wallet(["inspect", ...files], { NETWORK_PASSPHRASE: SANDBOX_PASSPHRASE });
  assert.equal(code, 0);
  const ledgers = out
    .trim()
    .split("\n")
    .map((line): { sequence: number; transactions: { to_id: string; fee_charged: string }[] } => JSON.parse(line));
  assert.deepEqual(
    ledgers.map(({ sequence }) => sequence),
    [1, 2, 3],
  );
  assert.deepEqual(
    ledgers[0]!.transactions.map(({ to_id, fee_charged }) => [to_id, fee_charged]),
    [[String((1n << 32n) + 4096n), "1000"]],
  );
});

test("inspect with the wrong passphrase prints code, file and ledger, as text and as JSON", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wallet-inspect-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "one.xdr");
  writeFileSync(file, sandboxLedgers(1)[0]!);
  const args = ["inspect", file, "--network-passphrase", "another"];
  const text = wallet(args);
  assert.equal(text.code, 1);
  assert.match(text.error, /^[A-Z_]+: .*one\.xdr, ledger 1: /);
  const { error }: { error: { code: string; details: { origin: string } } } = JSON.parse(wallet([...args, "--json"]).error);
  assert.equal(error.details.origin, `${file}, ledger 1`);
});
