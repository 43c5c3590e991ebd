import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fileProblem } from "../../bin/cli/file-problem.ts";
import { installCertificate, openDataDirectory } from "../../bin/embedded/data-directory.ts";
import { startEmbeddedDatabase } from "../../bin/embedded/embedded-database.ts";

const script = fileURLToPath(new URL("../fixtures/start-embedded.ts", import.meta.url));

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "wallet-embedded-"));
  // Whoever runs the server must reach it.
  chmodSync(path, 0o755);
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return path;
}

test("a first start that is killed at any moment leaves nothing that the next one cannot finish", async (t) => {
  const seen = new Set<string>();
  for (const delay of [300, 800, 1500]) {
    const home = folder(t);
    const child = spawn(process.execPath, [script, home], { stdio: "ignore" });
    const ended = once(child, "exit");
    await sleep(delay);
    child.kill("SIGKILL");
    await ended;
    seen.add(
      readdirSync(home)
        .map((name) => name.slice(0, 6))
        .join(),
    );
    const { url, stop } = await startEmbeddedDatabase(home);
    await stop();
    assert.match(url, /\/wallet$/);
    // The killed start's initdb may still be writing.
    for (const deadline = Date.now() + 20_000; Date.now() < deadline && readdirSync(home).length > 1; await sleep(50))
      openDataDirectory(home);
    assert.deepEqual(readdirSync(home), ["pg"], `killed after ${delay} ms`);
  }
  // Before, in and after the making of the directory; else the moments say nothing.
  assert.ok(seen.size >= 2, [...seen].join(" | "));
});

test("five first starts at once in one directory all get the one database", async (t) => {
  const home = folder(t);
  const started = await Promise.all([1, 2, 3, 4, 5].map(() => startEmbeddedDatabase(home)));
  t.after(() => Promise.all(started.map(({ stop }) => stop())));
  assert.equal(new Set(started.map(({ url }) => url)).size, 1);
  assert.deepEqual(readdirSync(home), ["pg"]);
});

test("half a data directory is replaced, and what a link in it leads to keeps its owner and content", async (t) => {
  const home = folder(t);
  const outside = join(home, "outside");
  writeFileSync(outside, "untouched");
  const before = lstatSync(outside);
  mkdirSync(join(home, "pg"));
  symlinkSync(outside, join(home, "pg", "base"));
  const first = await startEmbeddedDatabase(home);
  await first.stop();
  const data = join(home, "pg");
  symlinkSync(outside, join(data, "server.crt"));
  symlinkSync(outside, join(data, "link"));
  installCertificate(data, { certificate: "certificate", privateKey: "key" });
  assert.ok(lstatSync(join(data, "server.crt")).isFile());
  assert.equal(lstatSync(join(data, "server.key")).uid, lstatSync(data).uid);
  const second = await startEmbeddedDatabase(home);
  await second.stop();
  const after = lstatSync(outside);
  assert.deepEqual([after.uid, after.gid, after.mode, readFileSync(outside, "utf8")], [before.uid, before.gid, before.mode, "untouched"]);
});

test("a file where the folder should be is an error that says what to do", async (t) => {
  const file = join(folder(t), "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "below")])
    await assert.rejects(startEmbeddedDatabase(path), { code: "EMBEDDED_DATABASE_FAILED", message: /A file is where a folder should be/ });
});

test("a full or read-only disk and a missing right say what to do, and other errors are no problem of files", () => {
  const failed = (code: string, syscall?: string, path?: string): Error =>
    Object.assign(new Error(`${code}: it failed`), { code, ...(syscall && { syscall }), ...(path && { path }) });
  assert.match(fileProblem(failed("ENOSPC", "write"))!, /disk is full/);
  assert.match(fileProblem(failed("EDQUOT", "write"))!, /quota/);
  assert.match(fileProblem(failed("EROFS", "mkdir", "/x"))!, /read-only/);
  assert.match(fileProblem(failed("EACCES", "open", "/x"))!, /Let this user/);
  assert.equal(fileProblem(failed("EACCES", "listen")), null);
  assert.equal(fileProblem(failed("ENOSPC")), null);
  assert.equal(fileProblem("ENOSPC"), null);
});
