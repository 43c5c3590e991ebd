import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { zstdDecompressSync } from "node:zlib";
import { ledgerFrames, peekSequence } from "../../functions/ingest/source/ledger-frames.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { lakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubRpc, type StubRpcOptions } from "../fixtures/stubs/rpc.ts";
import { startStubS3 } from "../fixtures/stubs/s3.ts";

const ledgers = sandboxLedgers(8); // sequences 1 to 8

interface Page {
  ledgers: { sequence: number; metadataXdr: string; hash: string }[];
  latestLedger: number;
  oldestLedger: number;
}

async function stubRpc(t: TestContext, options: Partial<StubRpcOptions> = {}) {
  const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers, ...options });
  t.after(() => rpc.stop());
  const call = async (method: string, params: unknown = {}): Promise<{ result?: unknown; error?: { code: number; message: string } }> => {
    const response = await fetch(rpc.url, { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) });
    return (await response.json()) as object;
  };
  return { rpc, call };
}

test("the RPC stub gives pages of ledgers within its retention, and stellar-rpc's errors outside of it", async (t) => {
  const { rpc, call } = await stubRpc(t, { retention: 5 });
  const { result } = await call("getLedgers", { startLedger: 4, pagination: { limit: 3 } });
  const page = result as Page;
  assert.deepEqual(
    page.ledgers.map(({ sequence, metadataXdr }) => [sequence, peekSequence(Buffer.from(metadataXdr, "base64"))]),
    [4, 5, 6].map((n) => [n, n]),
  );
  assert.deepEqual([page.oldestLedger, page.latestLedger], [4, 8]);
  for (const startLedger of [3, 9]) {
    const { error } = await call("getLedgers", { startLedger });
    assert.equal(error?.code, -32600);
    assert.match(error.message, /must be between the oldest ledger: 4 and the latest ledger: 8/);
  }
  assert.equal((await call("getLedgers", { startLedger: 4, pagination: { limit: 201 } })).error?.code, -32600);
  assert.equal((await call("nothing")).error?.code, -32601);
  assert.deepEqual((await call("getNetwork")).result, { passphrase: SANDBOX_PASSPHRASE, protocolVersion: 23 });
  rpc.publish(sandboxLedgers(9)[8]!);
  assert.partialDeepStrictEqual((await call("getHealth")).result, { status: "healthy", oldestLedger: 5, latestLedger: 9 });
});

test("the RPC stub errs, waits, cuts and lies when it is told to", async (t) => {
  const { rpc, call } = await stubRpc(t, {
    fault: ({ before }) => {
      if (before === 0) return { error: { code: -32603, message: "later" } };
      if (before === 1) return { result: (result) => ({ ...result, latestLedger: 99 }) };
      if (before === 2) return [{ delay: 30 }, { status: 503, body: "busy" }];
      return before === 3 ? { cut: 10 } : null;
    },
  });
  assert.deepEqual((await call("getHealth")).error, { code: -32603, message: "later" });
  assert.partialDeepStrictEqual((await call("getHealth")).result, { latestLedger: 99 });
  const started = performance.now();
  await assert.rejects(call("getHealth"), SyntaxError);
  assert.ok(performance.now() - started > 25);
  await assert.rejects(call("getHealth"));
  assert.partialDeepStrictEqual((await call("getHealth")).result, { latestLedger: 8 });
  assert.equal(rpc.calls.length, 5);
});

test("the S3 stub gives a lake's objects and lists them, and refuses what is not signed when it is private", async (t) => {
  const s3 = await startStubS3();
  const closed = await startStubS3({ private: true });
  t.after(() => Promise.all([s3.stop(), closed.stop()]));
  const lake = lakeWriter(s3.objects, { passphrase: "x", prefix: "a/b", ledgersPerBatch: 2, batchesPerPartition: 2 });
  lake.add(ledgers.slice(1, 7));
  const object = await fetch(`${s3.url}/ledgers/${lake.key(5)}`);
  const { frames } = ledgerFrames(zstdDecompressSync(await object.bytes()));
  assert.deepEqual([...frames].map(peekSequence), [4, 5]);
  const text = await (await fetch(`${s3.url}/ledgers?list-type=2&prefix=a/b/&max-keys=2`)).text();
  assert.deepEqual(
    [...text.matchAll(/<Key>(.*?)<\/Key>/g)].map((match) => match[1]),
    ["a/b/.config.json", lake.key(6)],
  );
  assert.match(text, /<IsTruncated>true<.*<NextContinuationToken>/);
  assert.equal((await fetch(`${s3.url}/ledgers/a/none`)).status, 404);
  assert.equal((await fetch(`${closed.url}/ledgers/a/none`)).status, 403);
  s3.fault = () => ({ body: (body) => body.subarray(0, body.length - 3) });
  assert.equal((await (await fetch(`${s3.url}/ledgers/${lake.key(5)}`)).bytes()).length, s3.objects.get(lake.key(5))!.length - 3);
});

test("a stub that hangs lets go when it stops", async () => {
  const s3 = await startStubS3({ fault: () => ({ hang: true }) });
  const request = fetch(`${s3.url}/ledgers/x`).then(
    () => "answered",
    () => "cut",
  );
  await sleep(50);
  await s3.stop();
  assert.equal(await request, "cut");
});
