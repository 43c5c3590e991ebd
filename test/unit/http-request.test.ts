import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ResponseTooLongError, httpRequest } from "../../functions/ingest/source/http-request.ts";
import { retry, TransientError } from "../../functions/shared/retry.ts";
import { startFaultServer, type Answer } from "../fixtures/stubs/fault-server.ts";

const signal = AbortSignal.timeout(20_000);

test("an answer is read whole, with and without a told length, and compressed", async (t) => {
  const bodies = new Map([
    ["/plain", { body: Buffer.alloc(300_000, "p"), headers: {} }],
    ["/gzip", { body: gzipSync(Buffer.alloc(300_000, "p")), headers: { "content-encoding": "gzip" } }],
    ["/empty", { body: Buffer.alloc(0), headers: {} }],
  ]);
  const server = await startFaultServer(async (request) => ({
    answer: { status: 200, ...bodies.get(request.url!)! } as Answer,
    faults: [],
  }));
  t.after(() => server.stop());
  const length = async (path: string): Promise<number> =>
    (await httpRequest(server.url + path, { timeoutMs: 2000, limit: 300_000, signal })).body.length;
  assert.deepEqual([await length("/plain"), await length("/gzip"), await length("/empty")], [300_000, 300_000, 0]);
  for (const path of ["/plain", "/gzip"])
    await assert.rejects(httpRequest(server.url + path, { timeoutMs: 2000, limit: 299_999, signal }), ResponseTooLongError);
});

test("redirections are not followed", async (t) => {
  const server = await startFaultServer(async () => ({
    answer: { status: 302, headers: { location: "/x" }, body: Buffer.alloc(0) },
    faults: [],
  }));
  t.after(() => server.stop());
  assert.equal((await httpRequest(server.url, { timeoutMs: 2000, limit: 10, signal })).status, 302);
});

test("only a failure that may pass is tried again, a bounded number of times, with growing pauses", async () => {
  const run = async (errors: Error[], attempts = 4): Promise<{ tries: number; pauses: number[]; error: unknown }> => {
    const times: number[] = [];
    const error = await retry(
      () => {
        times.push(performance.now());
        return Promise.reject(errors[Math.min(times.length, errors.length) - 1]!);
      },
      { signal, attempts, pauseMs: 40 },
    ).catch((failure: unknown) => failure);
    return { tries: times.length, pauses: times.slice(1).map((time, i) => time - times[i]!), error };
  };
  const transient = await run([new TransientError("x")]);
  assert.equal(transient.tries, 4);
  // At least half of 40, 80 and 160 ms.
  for (const [i, pause] of transient.pauses.entries()) assert.ok(pause >= 20 * 2 ** i - 2, transient.pauses.join(" "));
  const other = new Error("y");
  assert.deepEqual(await run([other]), { tries: 1, pauses: [], error: other });
  assert.equal((await run([new TransientError("x"), other])).tries, 2);
});

test("what a server asks to wait is waited for, within reason", async () => {
  const started = performance.now();
  await assert.rejects(
    retry(() => Promise.reject(new TransientError("x", 150)), { signal, attempts: 2, pauseMs: 1 }),
    TransientError,
  );
  assert.ok(performance.now() - started >= 148);
  const late = AbortSignal.timeout(100);
  const long = retry(() => Promise.reject(new TransientError("x", 1e9)), { signal: late, attempts: 2, pauseMs: 1 });
  await assert.rejects(long, { name: /AbortError|TimeoutError/ });
});
