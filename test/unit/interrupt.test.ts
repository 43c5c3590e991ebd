import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test, type TestContext } from "node:test";

/** A process that hears signals, ends by itself never, and has so many milliseconds for ending. */
async function hangs(t: TestContext, longestEndMs: number) {
  const script = `
    import { interrupt } from "${new URL("../../bin/runtime/interrupt.ts", import.meta.url).href}";
    const stop = interrupt(${longestEndMs});
    stop.signal.addEventListener("abort", () => { stop.dispose(); process.stdout.write("heard"); });
    setInterval(() => {}, 1000);
    process.stdout.write("ready");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  await once(child.stdout, "data");
  return { child, stderr: () => Buffer.concat(errors).toString() };
}

test("a process that hangs after a signal ends within its bound, and says so", { timeout: 20_000 }, async (t) => {
  const { child, stderr } = await hangs(t, 300);
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number | null];
  assert.equal(code, 130);
  assert.match(stderr(), /Not everything has ended within 0.3 s of the signal/);
});

test("a second signal ends a process at once", { timeout: 20_000 }, async (t) => {
  const { child } = await hangs(t, 60_000);
  child.kill("SIGTERM");
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  assert.ok(code === 130 || signal === "SIGTERM");
});
