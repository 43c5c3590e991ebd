import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openDataDirectory } from "../../bin/embedded/data-directory.ts";
import { Cleanup } from "../../bin/runtime/cleanup.ts";
import { networkSettings } from "../../bin/simulated-network/network-settings.ts";
import { runSchedule } from "../../bin/runtime/schedule.ts";

test("what was started last is ended first, and a failure stops nothing", async () => {
  const cleanup = new Cleanup();
  const ended: string[] = [];
  for (const name of ["database", "server", "loop"]) {
    cleanup.add(async () => {
      ended.push(name);
      if (name === "server") throw new Error("server");
    });
  }
  await assert.rejects(cleanup.run(), { message: "server" });
  assert.deepEqual(ended, ["loop", "server", "database"]);
});

test("an invocation that fails does not end the schedule, and no two run at once", async () => {
  const stop = new AbortController();
  const errors: unknown[] = [];
  let running = 0;
  let invocations = 0;
  await runSchedule(
    {
      every: 1,
      async invoke() {
        assert.equal(running++, 0);
        await new Promise((done) => setTimeout(done, 5));
        running--;
        if (++invocations === 3) stop.abort();
        if (invocations === 1) throw new Error("first");
      },
      onError: (error) => errors.push(error),
    },
    stop.signal,
  );
  assert.equal(invocations, 3);
  assert.deepEqual(errors.map(String), ["Error: first"]);
});

test("after a failed invocation the next one comes soon, with growing waits; a stop ends any wait", async () => {
  const stop = new AbortController();
  const starts: number[] = [];
  await runSchedule(
    {
      every: 3_600_000,
      retry: { first: 40, longest: 80 },
      invoke() {
        starts.push(performance.now());
        if (starts.length === 5) {
          setTimeout(() => stop.abort(), 200);
          return Promise.resolve();
        }
        return Promise.reject(new Error("lost"));
      },
      onError: () => {},
    },
    stop.signal,
  );
  // The successful one waits for its hour, which the stop cuts short.
  assert.equal(starts.length, 5);
  const waits = starts.slice(1).map((start, i) => start - starts[i]!);
  for (const [i, least] of [40, 80, 80, 80].entries())
    assert.ok(waits[i]! >= least - 2 && waits[i]! < least + 1_000, `${waits.join(", ")} ms`);
});

test("a sandbox keeps its settings; a damaged file is an error that says what to do", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wallet-sandbox-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = networkSettings(folder, 5);
  assert.deepEqual(networkSettings(folder, 9), first);
  assert.ok(first.startedAt < Date.now() / 1000 - 200);
  writeFileSync(join(folder, "sandbox.json"), "{");
  assert.throws(() => networkSettings(folder, 5), { code: "CONFIG_INVALID", message: /Delete/ });
});

test("a data directory whose password is gone is kept, and the error says what to do", (t) => {
  const home = mkdtempSync(join(tmpdir(), "wallet-data-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, "pg"));
  writeFileSync(join(home, "pg", "PG_VERSION"), "18\n");
  assert.throws(() => openDataDirectory(home), { code: "EMBEDDED_DATABASE_FAILED", message: /pg-password is missing\. Delete/ });
  assert.ok(existsSync(join(home, "pg", "PG_VERSION")));
});
