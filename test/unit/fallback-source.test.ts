import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { UnopenedLedgerError } from "../../functions/ingest/source/unopened-ledger-error.ts";
import { fallbackSource, type FallbackOptions } from "../../functions/ingest/source/fallback.ts";
import { lakeSource } from "../../functions/ingest/source/lake.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { rpcSource } from "../../functions/ingest/source/rpc.ts";
import { s3Location } from "../../functions/ingest/source/s3-location.ts";
import { s3Store } from "../../functions/ingest/source/s3-store.ts";
import type { SourceReport } from "../../functions/ingest/source/source-report.ts";
import { range, readSource } from "../fixtures/read-source.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { withWrongHash } from "../fixtures/wrong-hash.ts";
import { lakeWriter, type LakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubRpc, type StubRpc, type StubRpcOptions } from "../fixtures/stubs/rpc.ts";
import { startStubS3, type StubS3 } from "../fixtures/stubs/s3.ts";

const ledgers = sandboxLedgers(80); // sequences 1 to 80

interface Setup {
  rpc: StubRpc;
  s3: StubS3;
  lake: LakeWriter;
  source: LedgerSource;
  /** `rpc` or `lake` and the ledger, for every change. */
  switches(): [string, number][];
}

/** RPC with the newest ledgers and a lake, both up to ledger 80 unless told otherwise. */
async function setUp(
  t: TestContext,
  stub: Partial<StubRpcOptions> = {},
  options: Partial<FallbackOptions> = {},
  lakeHas: readonly Uint8Array[] = ledgers,
): Promise<Setup> {
  const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers, ...stub });
  const s3 = await startStubS3();
  t.after(() => Promise.all([rpc.stop(), s3.stop()]));
  const lake = lakeWriter(s3.objects, { passphrase: SANDBOX_PASSPHRASE });
  lake.add(lakeHas);
  const reports: SourceReport[] = [];
  const quick = { timeoutMs: 2000, attempts: 2, pauseMs: 5 };
  const near = rpcSource({ url: rpc.url, passphrase: SANDBOX_PASSPHRASE, pollMilliseconds: 10, ...quick });
  const store = s3Store({ location: s3Location(s3.bucket, "us-east-1", s3.url), ...quick });
  const far = lakeSource(store, { passphrase: SANDBOX_PASSPHRASE, pollMilliseconds: 10 });
  return {
    rpc,
    s3,
    lake,
    source: fallbackSource({ near, far, report: (report) => reports.push(report), ...options }),
    switches: () =>
      reports.flatMap((report) =>
        report.type === "switch" ? [[report.source.slice(0, 3) === "rpc" ? "rpc" : "lake", report.ledger]] : [],
      ),
  };
}

const down = (): { status: number } => ({ status: 503 });

test("within the window of RPC the lake is not asked for a ledger", async (t) => {
  const { source, s3, switches } = await setUp(t, { retention: 40 });
  assert.deepEqual(await readSource(source, 45), { sequences: range(45, 80), error: null });
  assert.deepEqual(switches(), []);
  assert.match(source.inUse!, /^rpc:/);
  assert.ok(s3.requests.every(({ key }) => !key.endsWith(".zst")));
});

test("older ledgers come from the lake, and RPC takes over well within its window", async (t) => {
  const { source, switches } = await setUp(t, { retention: 79 }, { askEvery: 10 }); // RPC has 2 to 80
  assert.deepEqual(await readSource(source, 1), { sequences: range(1, 80), error: null });
  assert.deepEqual(switches(), [
    ["lake", 1],
    ["rpc", 41],
  ]);
  const far = await setUp(t, { retention: 30 }, { askEvery: 10 }); // 51 to 80: the margin is never reached
  assert.deepEqual(await readSource(far.source, 1), { sequences: range(1, 80), error: null });
  assert.deepEqual(far.switches(), [["lake", 1]]);
});

test("the lake hands over to RPC at its end when RPC has more", async (t) => {
  const { source, switches } = await setUp(t, { retention: 20 }, {}, ledgers.slice(0, 70));
  assert.deepEqual(await readSource(source, 30), { sequences: range(30, 80), error: null });
  assert.deepEqual(switches(), [
    ["lake", 30],
    ["rpc", 71],
  ]);
});

test("an RPC server that goes down in the middle is stood in for at the very ledger", async (t) => {
  const { source, rpc, switches } = await setUp(t);
  const reading = await readSource(source, 1, { onLedger: (sequence) => (sequence === 12 ? (rpc.fault = down) : null) });
  assert.deepEqual(reading, { sequences: range(1, 80), error: null });
  assert.equal(switches().length, 1);
  assert.match(source.inUse!, /^s3:/);
});

test("an RPC server that is down from the start is stood in for, and left alone for a while", async (t) => {
  const { source, rpc } = await setUp(t, { fault: down });
  assert.deepEqual(await readSource(source, 60), { sequences: range(60, 80), error: null });
  const asked = rpc.calls.length;
  assert.deepEqual(await readSource(source, 60), { sequences: range(60, 80), error: null });
  assert.equal(rpc.calls.length, asked);
});

test("RPC is taken up again when it has recovered and its pause is over, also while the reader waits at the tip", async (t) => {
  const { source, rpc, switches } = await setUp(t, { ledgers: ledgers.slice(0, 70), fault: down }, { pauseMs: 300 }, ledgers.slice(0, 70));
  const seen: string[] = [];
  const reading = readSource(source, 69, {
    follow: true,
    most: 4,
    onLedger: (sequence) => {
      seen.push(source.inUse!.slice(0, 3));
      if (sequence !== 70) return;
      rpc.fault = () => null;
      // Only RPC will have it.
      setTimeout(() => ledgers.slice(70, 72).forEach((ledger) => rpc.publish(ledger)), 100);
    },
  });
  assert.deepEqual(await reading, { sequences: range(69, 72), error: null });
  assert.deepEqual(seen, ["s3:", "s3:", "rpc", "rpc"]);
  assert.deepEqual(switches(), [
    ["lake", 69],
    ["rpc", 71],
  ]);
});

test("an RPC server that falls behind is left for a lake that goes on", async (t) => {
  const { source, switches } = await setUp(t, { ledgers: ledgers.slice(0, 70) }, { stallMs: 100 });
  assert.deepEqual(await readSource(source, 65), { sequences: range(65, 80), error: null });
  const following = await setUp(t, { ledgers: ledgers.slice(0, 70) }, { stallMs: 100 });
  assert.deepEqual(await readSource(following.source, 65, { follow: true, most: 16 }), { sequences: range(65, 80), error: null });
  for (const made of [switches(), following.switches()]) assert.deepEqual(made, [["lake", 71]]);
});

test("a lake that fails is stood in for by RPC", async (t) => {
  const { source, s3, lake, switches } = await setUp(t, { retention: 60 });
  s3.fault = ({ key }) => (key === lake.key(23) ? { status: 503 } : null);
  assert.deepEqual(await readSource(source, 18), { sequences: range(18, 80), error: null });
  assert.deepEqual(switches(), [
    ["lake", 18],
    ["rpc", 23],
  ]);
});

test("a damaged ledger of one is taken from the other", async (t) => {
  const { source, switches } = await setUp(t, {
    fault: ({ method, params }) =>
      method === "getLedgers" && params.startLedger === 11
        ? {
            result: (result) => {
              const page = result.ledgers as { metadataXdr: string }[];
              page[2]!.metadataXdr = page[2]!.metadataXdr.slice(0, -64);
              return result;
            },
          }
        : null,
  });
  assert.deepEqual(await readSource(source, 1), { sequences: range(1, 80), error: null });
  assert.deepEqual(switches()[0], ["lake", 13]);
});

test("a ledger whose hash is wrong at one is taken from the other, whichever it is", async (t) => {
  const damaged = (sequence: number): Uint8Array[] => ledgers.map((bytes, i) => (i === sequence - 1 ? withWrongHash(bytes) : bytes));
  const fromRpc = await setUp(t, { ledgers: damaged(13) });
  assert.deepEqual(await readSource(fromRpc.source, 1), { sequences: range(1, 80), error: null });
  assert.deepEqual(fromRpc.switches()[0], ["lake", 13]);
  const fromLake = await setUp(t, { retention: 60 }, {}, damaged(23));
  assert.deepEqual(await readSource(fromLake.source, 18), { sequences: range(18, 80), error: null });
  assert.deepEqual(fromLake.switches(), [
    ["lake", 18],
    ["rpc", 23],
  ]);
  const both = await setUp(t, { ledgers: damaged(50) }, {}, damaged(50));
  const { sequences, error } = await readSource(both.source, 49);
  assert.deepEqual([sequences, error?.code], [[49], "LEDGER_CORRUPT"]);
  assert.match(
    error!.message,
    /No source gives ledger 50\. rpc:.*, ledger 50: .*hash of its header.* s3:.*, ledger 50: .*hash of its header/,
  );
});

test("a ledger that neither has ends the reading with both reasons, and nothing is jumped over", async (t) => {
  const { source, s3, lake } = await setUp(t, { retention: 20 });
  s3.objects.delete(lake.key(40));
  const { sequences, error } = await readSource(source, 35);
  assert.deepEqual([sequences, error?.code], [range(35, 39), "SOURCE_UNAVAILABLE"]);
  assert.match(error!.message, /No source gives ledger 40\. .*no ledger 40.*ledger 40 is older than it keeps/);
});

test("a ledger that both give damaged is damaged", async (t) => {
  const { source, s3, lake } = await setUp(t, {
    fault: ({ method }) =>
      method === "getLedgers"
        ? { result: (result) => ({ ...result, ledgers: (result.ledgers as object[]).map((one) => ({ ...one, metadataXdr: "AAAA" })) }) }
        : null,
  });
  s3.objects.set(lake.key(50), s3.objects.get(lake.key(51))!);
  const { sequences, error } = await readSource(source, 50);
  assert.deepEqual([sequences, error?.code], [[], "LEDGER_CORRUPT"]);
  // The lake gave another ledger; what RPC gave is the damaged one.
  assert.ok(error instanceof UnopenedLedgerError);
  assert.deepEqual([error.sequence, Buffer.from(error.bytes).toString("base64")], [50, "AAAA"]);
});

test("both down is an unavailable source with both reasons, and the next reading tries both again", async (t) => {
  const { source, rpc, s3 } = await setUp(t, { fault: down });
  s3.fault = down;
  const { sequences, error } = await readSource(source, 50);
  assert.deepEqual([sequences, error?.code], [[], "SOURCE_UNAVAILABLE"]);
  assert.match(error!.message, /No source gives ledger 50\. .*s3:.*503.*rpc?.*503|No source gives ledger 50\. .*503.*503/);
  rpc.fault = () => null;
  assert.deepEqual(await readSource(source, 79), { sequences: [79, 80], error: null });
});

test("a wrong network of either is a wrong setting, not a failure to be healed", async (t) => {
  const { source } = await setUp(t, { passphrase: "another" });
  assert.equal((await readSource(source, 50)).error?.code, "NETWORK_MISMATCH");
});

test("without a first ledger it begins with the latest of RPC, or of the lake when RPC is down", async (t) => {
  const { source, rpc } = await setUp(t, {}, { pauseMs: 0 }, ledgers.slice(0, 78));
  assert.deepEqual((await readSource(source, null)).sequences, [80]);
  rpc.fault = down;
  assert.deepEqual((await readSource(source, null)).sequences, [78]);
});
