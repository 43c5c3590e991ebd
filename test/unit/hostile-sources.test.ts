import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { WalletError } from "../../functions/shared/errors.ts";
import { lakeSource } from "../../functions/ingest/source/lake.ts";
import { rpcSource } from "../../functions/ingest/source/rpc.ts";
import { s3Location } from "../../functions/ingest/source/s3-location.ts";
import { s3Store } from "../../functions/ingest/source/s3-store.ts";

interface Reply {
  body: string | Buffer;
  status?: number;
  headers?: Record<string, string>;
}

/** A server that says whatever `reply` is now. */
async function startLiar(t: TestContext): Promise<{ url: string; answer: (method: string, id: unknown) => Reply }> {
  const liar = { url: "", answer: (_method: string, _id: unknown): Reply => ({ body: "" }) };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const { method = request.url ?? "", id = null } = text === "" ? {} : (JSON.parse(text) as { method: string; id: unknown });
      const { status = 200, headers = {}, body } = liar.answer(method, id);
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  liar.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return liar;
}

const NEVER = new AbortController().signal;
const QUICK = { timeoutMs: 2_000, attempts: 1, pauseMs: 1 };

/** Values of every kind, to stand where another one belongs. */
const HOSTILE: unknown[] = [
  null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, "", "text", "x".repeat(5_000), [], [[]], [null], {}, { toString: 1, valueOf: 1 },
  { longString: [0, 4] }, { longString: [0, 1e9] }, { length: 3 }, { constructor: 1 }, JSON.parse('{"__proto__":{"result":1}}'),
]; // prettier-ignore

async function code(run: Promise<unknown>): Promise<string> {
  const error: unknown = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) return "none";
  assert.ok(error instanceof WalletError, `${error instanceof Error ? error.stack : typeof error} is no WalletError`);
  return error.code;
}

test("a response of any shape to a call of RPC is SOURCE_UNAVAILABLE", async (t) => {
  const liar = await startLiar(t);
  const text = (value: unknown): string => JSON.stringify(value) ?? "undefined";
  const whole = HOSTILE.flatMap((value) => [text(value), text(value).slice(0, -1)]);
  const members = HOSTILE.flatMap((value) => [
    { error: value }, { result: value }, { error: value, result: { oldestLedger: 1, latestLedger: 9 } }, { error: { code: value, message: value } },
    { error: { code: -32600, message: value } }, { result: { passphrase: value } }, { result: { oldestLedger: value, latestLedger: value } },
    { result: { oldestLedger: 1, latestLedger: 9, ledgers: value } }, { result: { oldestLedger: 1, latestLedger: 9, ledgers: [value] } },
    { result: { oldestLedger: 1, latestLedger: 9, ledgers: [{ sequence: value, metadataXdr: value }] } },
  ]); // prettier-ignore
  const pages = ["<html><body>502</body></html>", "[".repeat(100_000), '{"result":'.repeat(50_000), '{"result":"', "\0\xff"];
  const replies: ((id: unknown) => Reply)[] = [
    ...whole.map((body) => () => ({ body })),
    ...pages.map((body) => () => ({ body })),
    ...members.map((member) => (id: unknown) => ({ body: text({ jsonrpc: "2.0", id, ...member }) })),
    () => ({ body: gzipSync("{}").subarray(0, 12), headers: { "content-encoding": "gzip" } }),
    () => ({ body: "no gzip", headers: { "content-encoding": "gzip" } }),
    () => ({ body: gzipSync(Buffer.alloc(3 << 20, "[")), headers: { "content-encoding": "gzip" } }),
    () => ({ body: Buffer.alloc(3 << 20, " ") }),
    ...[204, 301, 304, 400, 401, 404, 429, 500, 503].map((status) => () => ({ body: "", status })),
  ];
  let asked = 0;
  for (const lying of ["getNetwork", "getHealth", "getLedgers"]) {
    for (const reply of replies) {
      liar.answer = (method, id) =>
        method === lying
          ? reply(id)
          : {
              body: text({
                id,
                result: method === "getNetwork" ? { passphrase: "test" } : { oldestLedger: 1, latestLedger: 9, ledgers: [] },
              }),
            };
      const source = rpcSource({ url: liar.url, passphrase: "test", limit: 1 << 20, pollMilliseconds: 1, ...QUICK });
      const reading = (async () => {
        for await (const { ledger } of source.open(lying === "getLedgers" ? 5 : null, NEVER, { follow: false })) ledger.close();
      })();
      const found = await code(reading);
      // A whole answer of the right form is a ledger that is none, or a network that is another one. What is too long is taken for a ledger that is.
      const right = lying === "getNetwork" ? ["NETWORK_MISMATCH"] : lying === "getLedgers" ? ["LEDGER_CORRUPT", "LEDGER_TOO_LARGE"] : [];
      assert.ok(["SOURCE_UNAVAILABLE", ...right].includes(found), `${lying}: ${found} for ${String(reply(1).body).slice(0, 200)}`);
      asked++;
    }
  }
  assert.ok(asked > 700, String(asked));
});

test("a listing or manifest of any shape is SOURCE_UNAVAILABLE, and never an empty lake", async (t) => {
  const liar = await startLiar(t);
  const manifest = { networkPassphrase: "test", compression: "zstd", ledgersPerBatch: 1, batchesPerPartition: 64 };
  const listing = (inner: string): string => `<?xml version="1.0"?>\n<ListBucketResult xmlns="s3">${inner}</ListBucketResult>`;
  const latest = (): Promise<unknown> => {
    const store = s3Store({ location: s3Location("bucket/root", "us-east-1", liar.url), ...QUICK });
    return lakeSource(store, { passphrase: "test" }).latest!(NEVER);
  };
  liar.answer = (path) => ({ body: path.includes("list-type") ? listing("") : JSON.stringify(manifest) });
  assert.equal(await latest(), null);
  const good = listing("<Contents><Key>root/FFFFFFFA--5.xdr.zst</Key></Contents>");
  liar.answer = (path) => ({ body: path.includes("list-type") ? good : JSON.stringify(manifest) });
  assert.equal(await latest(), 5);
  const listings = [
    "", "<html></html>", "{}", "null", "<Error><Code>SlowDown</Code></Error>", "<ListBucketResult>", "</ListBucketResult>", "<ListBucketResult/>",
    ...Array.from({ length: 60 }, (_, i) => good.slice(0, i * 2)), `${good}<html>`, good.replaceAll("ListBucketResult", "listbucketresult"),
    listing("<Key>other/FFFFFFFA--5.xdr.zst</Key>"), listing("<Key>&#x110000;</Key>"), listing("<Key>&#99999999999;</Key>"),
    listing("<Key>&constructor;</Key>"), listing(`<Key>root/${"x".repeat(5 << 20)}</Key>`), "<Key>".repeat(100_000),
  ]; // prettier-ignore
  for (const body of listings) {
    liar.answer = (path) => ({ body: path.includes("list-type") ? body : JSON.stringify(manifest) });
    assert.equal(await code(latest()), "SOURCE_UNAVAILABLE", body.slice(0, 100));
  }
  const manifests = [
    "", "<html></html>", "{", '"text"', ...HOSTILE.flatMap((value) => Object.keys(manifest).map((name) => JSON.stringify({ ...manifest, [name]: value }))),
  ]; // prettier-ignore
  for (const body of manifests) {
    liar.answer = (path) => ({ body: path.includes("list-type") ? good : body });
    assert.ok(["SOURCE_UNAVAILABLE", "NETWORK_MISMATCH", "none"].includes(await code(latest())), body.slice(0, 100));
  }
});
