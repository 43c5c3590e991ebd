import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { DescribedFunction } from "../../bin/rehearse/cloud-assembly.ts";
import { ExecutionEnvironment } from "../../bin/rehearse/execution-environment.ts";

const parts = {
  variables: { NODE_OPTIONS: "--enable-source-maps", GREETING: "hello" },
  credentials: { accessKeyId: "a", secretAccessKey: "b", sessionToken: "c" },
  secretsUrl: "http://127.0.0.1:1/",
};

/** A function whose bundle is this text. */
function packaged(t: TestContext, source: string, changes: Partial<DescribedFunction> = {}): DescribedFunction {
  const asset = mkdtempSync(join(tmpdir(), "wallet-asset-"));
  t.after(() => rmSync(asset, { recursive: true }));
  const bundle = join(asset, "index.mjs");
  writeFileSync(bundle, source);
  const runtime = { handler: "index.handler", runtime: "nodejs24.x", memory: 128, timeoutSeconds: 20, environment: {} };
  return { name: "serve", stack: "test", logicalId: "Function", asset, bundle, ...runtime, ...changes };
}

async function started(t: TestContext, described: DescribedFunction): Promise<ExecutionEnvironment> {
  const environment = await ExecutionEnvironment.start(described, parts);
  t.after(() => environment.stop());
  return environment;
}

test("a function sees Lambda's environment and context, and nothing of this process's own", { timeout: 30_000 }, async (t) => {
  const described = packaged(
    t,
    `let calls = 0;
     export const handler = async (event, context) => ({ calls: ++calls, event, greeting: process.env.GREETING, path: process.env.PATH, home: process.env.HOME,
       region: process.env.AWS_REGION, cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT, left: context.getRemainingTimeInMillis(), limit: context.memoryLimitInMB,
       heap: process.execArgv.filter((a) => a.startsWith("--max-old")) });`,
  );
  const environment = await started(t, described);
  const { answer } = await environment.call({ a: 1 });
  const { left, path, ...rest } = answer as { left: number; path: string };
  assert.ok(left > 15_000 && left <= 20_000);
  assert.match(path, /^\/var\/lang\/bin/);
  const expected = {
    calls: 1,
    event: { a: 1 },
    greeting: "hello",
    region: "us-east-1",
    cwd: true,
    limit: "128",
    heap: ["--max-old-space-size=115"],
  };
  assert.deepEqual(rest, expected);
  assert.equal(((await environment.call({})).answer as { calls: number }).calls, 2, "the process stays warm");
  assert.ok(environment.initMs > 0);
  if (process.platform === "linux") assert.ok(environment.peakMemory()! > 20);
});

test("the function's folder cannot be written", { timeout: 30_000 }, async (t) => {
  const described = packaged(
    t,
    `import { writeFileSync } from "node:fs";
     export const handler = async () => { try { writeFileSync(process.env.LAMBDA_TASK_ROOT + "/index.mjs", ""); return "written"; } catch (error) { return error.code; } };`,
  );
  const environment = await started(t, described);
  if (!environment.isReadOnly) return t.skip("root, and nobody cannot reach Node");
  assert.match(String((await environment.call({})).answer), /^(EACCES|EPERM|EROFS)$/);
});

test("where a function connects to is written down, by any way", { timeout: 30_000 }, async (t) => {
  const server = createServer((socket) => socket.end("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").on("error", () => {}));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const described = packaged(
    t,
    `import { connect } from "node:net";
     import { execFileSync } from "node:child_process";
     export const handler = async ({ port }) => {
       await fetch("http://localhost:" + port);
       await new Promise((done) => connect(port, "127.0.0.1").on("close", done).resume());
       connect("/tmp/no-such-socket").on("error", () => {});
       try { execFileSync("true"); } catch {}
     };`,
  );
  const environment = await started(t, described);
  await environment.call({ port });
  const { connections, runtimeApi } = environment;
  for (const target of [`localhost:${port}`, `127.0.0.1:${port}`, "/tmp/no-such-socket", "the program true", runtimeApi])
    assert.ok(connections.has(target), `${target} is missing in ${[...connections].join(", ")}`);
});

test("an error of the function is told with its message, and the next invocation is served", { timeout: 30_000 }, async (t) => {
  const described = packaged(t, `export const handler = async ({ bad }) => { if (bad) throw new TypeError("it is bad"); return "good"; };`);
  const environment = await started(t, described);
  await assert.rejects(environment.call({ bad: true }), {
    code: "REHEARSAL_FAILED",
    message: /serve function failed: TypeError: it is bad/,
  });
  assert.equal((await environment.call({})).answer, "good");
});

test(
  "a bundle that cannot be loaded, one that ends its process and one that takes too long fail with the reason",
  { timeout: 60_000 },
  async (t) => {
    const broken = packaged(t, `console.log("about to fail"); throw new Error("no such module");`);
    await assert.rejects(ExecutionEnvironment.start(broken, parts), { message: /could not start: Error: no such module[^]*about to fail/ });
    const unnamed = packaged(t, "export const other = 1;");
    await assert.rejects(ExecutionEnvironment.start(unnamed, parts), { message: /index\.handler is undefined or not exported/ });
    const leaving = await started(t, packaged(t, "export const handler = () => process.exit(3);"));
    await assert.rejects(leaving.call({}), { message: /Runtime\.ExitError: the process ended by itself with 3/ });
    const slow = await started(
      t,
      packaged(t, "export const handler = () => new Promise(() => setTimeout(() => {}, 60000));", { timeoutSeconds: 1 }),
    );
    await assert.rejects(slow.call({}), { message: /Task timed out after 1 seconds/ });
    const large = await started(
      t,
      packaged(t, "export const handler = () => { const all = []; for (;;) all.push(Array.from({ length: 1e5 }, Math.random)); };", {
        memory: 64,
      }),
    );
    await assert.rejects(large.call({}), { message: /Runtime\.ExitError: the process ended by SIG/ });
  },
);
