import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { rpcSource, type RpcSource, type RpcSourceOptions } from "../../functions/ingest/source/rpc.ts";
import type { SourceReport } from "../../functions/ingest/source/source-report.ts";
import { range, readSource } from "../fixtures/read-source.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { startStubRpc, type RpcCall, type RpcFault, type StubRpc, type StubRpcOptions } from "../fixtures/stubs/rpc.ts";
import { until } from "../fixtures/until.ts";

const ledgers = sandboxLedgers(24); // sequences 1 to 24

interface Setup {
  rpc: StubRpc;
  source: RpcSource;
  reports: SourceReport[];
}

async function setUp(t: TestContext, stub: Partial<StubRpcOptions> = {}, options: Partial<RpcSourceOptions> = {}): Promise<Setup> {
  const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers, ...stub });
  t.after(() => rpc.stop());
  const reports: SourceReport[] = [];
  const source = rpcSource({
    url: rpc.url,
    passphrase: SANDBOX_PASSPHRASE,
    pollMilliseconds: 10,
    timeoutMs: 1000,
    pauseMs: 10,
    report: (report) => reports.push(report),
    ...options,
  });
  return { rpc, source, reports };
}

/** Faults for calls of one method alone. */
function when(method: string, fault: (call: RpcCall) => RpcFault | null): (call: RpcCall) => RpcFault | null {
  return (call) => (call.method === method ? fault(call) : null);
}

function pages({ calls }: StubRpc): number[] {
  return calls.filter(({ method }) => method === "getLedgers").map(({ params }) => Number(params.startLedger));
}

/** A page whose ledgers were exchanged. */
function exchange(edit: (ledgers: { sequence: number; metadataXdr: string }[]) => unknown[]): RpcFault {
  return { result: (result) => ({ ...result, ledgers: edit(result.ledgers as { sequence: number; metadataXdr: string }[]) }) };
}

test("ledgers come in order, page by page, and the reading ends at the tip", async (t) => {
  const { rpc, source } = await setUp(t);
  assert.deepEqual(await readSource(source, 3), { sequences: range(3, 24), error: null });
  assert.deepEqual(pages(rpc), [3, 8, 13, 18, 23]);
  assert.equal(rpc.calls.filter(({ method }) => method === "getNetwork").length, 1);
});

test("the next page is fetched while the present one is being used", async (t) => {
  const { rpc, source } = await setUp(t);
  for await (const { ledger } of source.open(1, AbortSignal.timeout(5000), { follow: false })) {
    assert.equal(ledger.sequence, 1);
    await until("the second page is asked for", () => pages(rpc).length > 1);
    assert.deepEqual(pages(rpc), [1, 6]);
    break;
  }
});

test("without a first ledger it begins with the latest", async (t) => {
  const { source } = await setUp(t);
  assert.equal(source.beginsAt, "latest");
  assert.deepEqual((await readSource(source, null)).sequences, [24]);
  assert.equal(await source.latest!(), 24);
});

test("at the tip a new ledger shows soon after it has closed", async (t) => {
  const { rpc, source } = await setUp(t, { ledgers: ledgers.slice(0, 20) }, { pollMilliseconds: 500 });
  const seen: number[] = [];
  let published = { at: 0, polls: 0 };
  const delays: number[] = [];
  /** How often the server was asked from the publication of each ledger until it was seen. */
  const polls: number[] = [];
  const stop = new AbortController();
  const reading = readSource(source, 20, {
    follow: true,
    signal: stop.signal,
    onLedger: (sequence) => {
      seen.push(sequence);
      if (sequence > 20) {
        delays.push(performance.now() - published.at);
        polls.push(pages(rpc).length - published.polls);
      }
      if (sequence === 23) stop.abort();
    },
  });
  for (const ledger of ledgers.slice(20, 23)) {
    // Not in step with the polls; and each after the one before was seen, however busy the machine is.
    await until("the reader waits at the tip", () => seen.length === ledgers.indexOf(ledger) - 19);
    await sleep(230);
    published = { at: performance.now(), polls: pages(rpc).length };
    rpc.publish(ledger);
  }
  assert.deepEqual((await reading).sequences, [20, 21, 22, 23]);
  assert.ok(Math.max(...polls) <= 2, `polls: ${polls.join(" ")}`);
  // A busy machine may delay some of them, but hardly all.
  assert.ok(Math.min(...delays) < 1500, `delays: ${delays.join(" ")}`);
});

test("a reader that waits at the tip is let go when its time is up", async (t) => {
  const { source } = await setUp(t);
  const started = performance.now();
  assert.deepEqual(await readSource(source, 24, { follow: true, signal: AbortSignal.timeout(200) }), { sequences: [24], error: null });
  assert.ok(performance.now() - started < 5000);
});

test("a reader whose time is up in the middle of an answer is let go", async (t) => {
  const { source } = await setUp(t, { fault: when("getLedgers", () => ({ hang: true })) }, { timeoutMs: 10_000 });
  const started = performance.now();
  assert.deepEqual(await readSource(source, 1, { signal: AbortSignal.timeout(150) }), { sequences: [], error: null });
  assert.ok(performance.now() - started < 5000);
});

test("busy, late, cut and garbled answers are asked for again, and reported", async (t) => {
  const faults: RpcFault[] = [
    { status: 503 },
    { status: 429, headers: { "retry-after": "0" } },
    { cut: 100 },
    { cut: 0 },
    { hang: true },
    { status: 200, body: "<html>" },
    { error: { code: -32603, message: "database is locked" } },
  ];
  const { rpc, source, reports } = await setUp(
    t,
    { fault: when("getLedgers", ({ before }) => (before % 2 === 0 ? (faults[before / 2] ?? null) : null)) },
    { pageSize: 2 },
  );
  assert.deepEqual(await readSource(source, 1), { sequences: range(1, 24), error: null });
  assert.equal(pages(rpc).length, 12 + faults.length);
  assert.deepEqual(
    reports.map((report) => report.type),
    faults.map(() => "retry"),
  );
});

test("a server that stays down is an unavailable source, after a few tries", async (t) => {
  const { rpc, source } = await setUp(t, { fault: when("getLedgers", () => ({ status: 502 })) });
  const { error } = await readSource(source, 1);
  assert.equal(error?.code, "SOURCE_UNAVAILABLE");
  assert.match(error.message, /getLedgers: HTTP status 502\. Check RPC_URL/);
  assert.equal(pages(rpc).length, 4);
});

test("nothing listens at the address", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  const { source } = await setUp(t, {}, { url: `http://127.0.0.1:${port}` });
  assert.match((await readSource(source, 1)).error?.message ?? "", /ECONNREFUSED/);
});

test("a ledger older than the server keeps is an error that says what it keeps", async (t) => {
  const { source } = await setUp(t, { retention: 10 });
  const { error, sequences } = await readSource(source, 5);
  assert.deepEqual([error?.code, sequences], ["SOURCE_UNAVAILABLE", []]);
  assert.match(error!.message, /has ledgers 15 to 24: ledger 5 is older than it keeps/);
});

test("the server's window is asked for when its error does not tell it", async (t) => {
  const { source } = await setUp(t, { retention: 10, fault: when("getLedgers", () => ({ error: { code: -32602, message: "no" } })) });
  assert.deepEqual(await readSource(source, 25), { sequences: [], error: null });
  assert.match((await readSource(source, 5)).error!.message, /has ledgers 15 to 24/);
  assert.match((await readSource(source, 20)).error!.message, /refuses ledger 20: no/);
});

test("a server behind the reader is a tip, not an error", async (t) => {
  const { rpc, source } = await setUp(t, { ledgers: ledgers.slice(0, 10) });
  assert.deepEqual(await readSource(source, 15), { sequences: [], error: null });
  const reading = readSource(source, 12, { follow: true, most: 2 });
  for (const ledger of ledgers.slice(10, 13)) rpc.publish(ledger);
  assert.deepEqual((await reading).sequences, [12, 13]);
});

test("a server of another network is refused before its first ledger", async (t) => {
  const { rpc, source } = await setUp(t, { passphrase: "another" });
  const { error } = await readSource(source, 1);
  assert.equal(error?.code, "NETWORK_MISMATCH");
  assert.deepEqual(pages(rpc), []);
});

const wrongPages: [string, RpcFault, string, RegExp][] = [
  ["a page without its first ledger", exchange((page) => page.slice(1)), "LEDGER_GAP", /gives ledger 7 where 6 belongs/],
  ["a page with a ledger twice", exchange((page) => [page[0], page[0], ...page.slice(1)]), "LEDGER_GAP", /gives ledger 6 where 7 belongs/],
  ["a page in the wrong order", exchange((page) => [page[0], page[2], page[1]]), "LEDGER_GAP", /gives ledger 8 where 7 belongs/],
  [
    "a ledger under another's number",
    exchange((page) => [{ ...page[0], metadataXdr: page[1]!.metadataXdr }]),
    "LEDGER_GAP",
    /gives ledger 7 where 6 belongs/,
  ],
  [
    "a ledger that is cut short in its header",
    exchange((page) => [{ ...page[0], metadataXdr: page[0]!.metadataXdr.slice(0, 80) }]),
    "LEDGER_CORRUPT",
    /ledger 6: .*invalid XDR/,
  ],
  ["a ledger without bytes", exchange((page) => [{ ...page[0], metadataXdr: "" }]), "LEDGER_CORRUPT", /ledger 6: .*invalid XDR/],
  ["a page in another form", { result: () => ({ rows: [] }) }, "SOURCE_UNAVAILABLE", /not Stellar RPC's/],
  ["no page at all", { result: () => null }, "SOURCE_UNAVAILABLE", /not Stellar RPC's/],
  ["a page without ledgers, again and again", exchange(() => []), "SOURCE_UNAVAILABLE", /gives no ledger 6/],
];
for (const [name, fault, code, message] of wrongPages) {
  test(`${name} ends the reading with ${code}, after the ledgers before it`, async (t) => {
    const { source } = await setUp(t, { fault: when("getLedgers", ({ before }) => (before >= 1 ? fault : null)) });
    const { sequences, error } = await readSource(source, 1);
    const before = name.includes("twice") || name.includes("order") ? range(1, 6) : range(1, 5);
    assert.deepEqual([sequences, error?.code], [before, code]);
    assert.match(error!.message, message);
  });
}

test("a short page is followed by one that begins where it ended", async (t) => {
  const { source } = await setUp(t, {
    fault: when("getLedgers", ({ before }) => (before === 1 ? exchange((page) => page.slice(0, 2)) : null)),
  });
  assert.deepEqual((await readSource(source, 1)).sequences, range(1, 24));
});

test("an empty page from a server that lags is asked for again", async (t) => {
  const { source } = await setUp(t, {
    fault: when("getLedgers", ({ before }) => (before === 1 || before === 2 ? exchange(() => []) : null)),
  });
  assert.deepEqual(await readSource(source, 1), { sequences: range(1, 24), error: null });
});

test("pages shrink to the server's limit", async (t) => {
  const { source } = await setUp(t, { maxLimit: 3 });
  assert.deepEqual(await readSource(source, 1), { sequences: range(1, 24), error: null });
});

test("the rest of a URL may be a key: it is sent, but never told", async (t) => {
  const { rpc } = await setUp(t, { fault: () => ({ status: 401 }) });
  const seen: { authorization: string | undefined; url: string | undefined }[] = [];
  const proxy = createServer((request, response) => {
    seen.push({ authorization: request.headers.authorization, url: request.url });
    response.writeHead(401).end();
  }).listen(0, "127.0.0.1");
  t.after(() => proxy.close());
  await new Promise((listening) => proxy.once("listening", listening));
  const host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const source = rpcSource({ url: `http://user:hidden@${host}/secret-key?token=secret-key`, passphrase: SANDBOX_PASSPHRASE });
  const { error } = await readSource(source, 1);
  assert.equal(error?.code, "SOURCE_UNAVAILABLE");
  assert.match(error.message, /is its key right/);
  assert.deepEqual(seen[0], { authorization: "Basic dXNlcjpoaWRkZW4=", url: "/secret-key?token=secret-key" });
  assert.doesNotMatch(JSON.stringify([error.message, error.details, source.name]), /secret|hidden|user/);
  assert.equal(source.name, `rpc:http://${host}`);
  assert.deepEqual(rpc.calls, []);
});

test("what is no URL is a wrong setting", () => {
  for (const url of ["localhost:8000", "ftp://host", ""]) {
    assert.throws(() => rpcSource({ url, passphrase: "x" }), { code: "CONFIG_INVALID" });
  }
});
