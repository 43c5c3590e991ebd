import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { askRpc, type AskRpcOptions, type RpcSummary } from "../../functions/ingest/tokens/ask-rpc.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { sharedTest } from "../fixtures/shared.ts";
import {
  addContract,
  addStubs,
  addVerdict,
  contractNamed,
  ContractWorld,
  metadata,
  setCursor,
  text,
} from "../fixtures/stubs/contract-world.ts";
import { startStubRpc, type StubRpc } from "../fixtures/stubs/rpc.ts";

const LEDGER = 1_000;
const TOKEN_CODE = Buffer.from("code of tokens");
const u32 = (value: number): xdr.ScVal => xdr.ScVal.scvU32(value);

/** Contracts by name: the values that their functions return. */
const contracts: Record<string, Record<string, xdr.ScVal>> = {
  good: { name: text("Good token"), symbol: text("GOOD"), decimals: u32(18) },
  nul: { name: text("a\0b"), symbol: text("NUL"), decimals: u32(7) },
  invalid: { name: text(Uint8Array.of(0xff)), symbol: text("X"), decimals: u32(7) },
  huge: { name: text(Buffer.alloc(5 << 20, "x")), symbol: text("X"), decimals: u32(7) },
  overflow: { name: text("N"), symbol: text("X"), decimals: u32(0xffffffff) },
  wrong: { name: xdr.ScVal.scvVoid(), symbol: text("X"), decimals: u32(7) },
  quoted: { name: text(`'; drop table ledgers; --"{}\\`), symbol: text("🪙"), decimals: u32(0) },
};
const world = new ContractWorld(LEDGER);
for (const [name, values] of Object.entries(contracts))
  world.add(
    contractNamed(name),
    { code: TOKEN_CODE },
    Object.fromEntries(Object.entries(values).map(([member, value]) => [member, () => value])),
  );

const rpc = await startStubRpc({ passphrase: PUBNET, ledgers: sandboxLedgers(1), ...world.options });
after(() => rpc.stop());

/** A database with these contracts as tokens in the queue, whose code is known. */
async function queueOf(names: readonly string[]): Promise<Database> {
  const sql = (await testDatabase()).connect();
  await setCursor(sql, LEDGER);
  await addVerdict(sql, TOKEN_CODE, "SEP41");
  await addStubs(sql, names.map(contractNamed));
  for (const name of names) await addContract(sql, contractNamed(name), TOKEN_CODE, 1);
  return sql;
}

function pass(sql: Database, options: Partial<AskRpcOptions> = {}): Promise<RpcSummary> {
  return askRpc(sql, { rpcUrl: rpc.url, networkPassphrase: PUBNET, deadline: Date.now() + 30_000, timeoutMs: 2_000, ...options });
}

/** What it did about names. */
async function names(sql: Database, options: Partial<AskRpcOptions> = {}): Promise<RpcSummary["names"] & Record<string, unknown>> {
  const { names, queues, problem } = await pass(sql, options);
  return { ...names, pending: queues.metadata, problem };
}

async function tokens(sql: Database): Promise<Record<string, unknown>[]> {
  return Array.from(await sql`select type, code, issuer, name, symbol, decimals from contract_tokens order by contract_id`, (row) => ({
    ...row,
  }));
}

async function fault(rpc: StubRpc, chosen: StubRpc["fault"], run: () => Promise<void>): Promise<void> {
  rpc.fault = chosen;
  try {
    await run();
  } finally {
    rpc.fault = () => null;
  }
}

test("a token gets name, symbol and decimals, and leaves the queue", async () => {
  const sql = await queueOf(["good"]);
  assert.deepEqual(await names(sql), { resolved: 1, postponed: 0, givenUp: 0, pending: 0, problem: null });
  assert.deepEqual(await tokens(sql), [{ type: "SEP41", code: null, issuer: null, name: "Good token", symbol: "GOOD", decimals: 18 }]);
});

test("hostile answers harm nothing: their tokens stay as they were and are asked again later, the others are resolved", async () => {
  const sql = await queueOf(["nul", "invalid", "huge", "overflow", "wrong", "missing", "quoted", "good"]);
  assert.deepEqual(await names(sql), { resolved: 2, postponed: 6, givenUp: 0, pending: 6, problem: null });
  const named = (await tokens(sql)).filter(({ name }) => name !== null);
  assert.deepEqual(named.map(({ name, symbol }) => `${String(name)} ${String(symbol)}`).sort(), [
    `'; drop table ledgers; --"{}\\ 🪙`,
    "Good token GOOD",
  ]);
  const waiting = await sql`select attempts, status, last_error, next_try > now() as later from metadata_queue`;
  assert.ok(waiting.every((row) => row.attempts === 1 && row.status === "pending" && row.later === true));
  assert.deepEqual([...new Set(waiting.map((row) => String(row.last_error).replace(/:.*/, "")))].sort(), ["decimals", "name"]);
  const calls = rpc.calls.length;
  assert.deepEqual(await names(sql), { resolved: 0, postponed: 0, givenUp: 0, pending: 6, problem: null });
  assert.equal(rpc.calls.length, calls, "nothing is due, so nothing is asked");
});

test("a token is asked a bounded number of times, with growing pauses, and then given up", async () => {
  const sql = await queueOf(["missing"]);
  const pauses: number[] = [];
  for (let attempt = 1; attempt <= 8; attempt++) {
    const { postponed, givenUp } = await names(sql);
    assert.deepEqual([postponed, givenUp], attempt < 8 ? [1, 0] : [0, 1]);
    const [row] = await sql<{ pause: number }[]>`select extract(epoch from next_try - now())::float8 as pause from metadata_queue`;
    pauses.push(row!.pause);
    await sql`update metadata_queue set next_try = now()`;
  }
  assert.ok(pauses[0]! < 61 && pauses[3]! > pauses[1]! && pauses.every((pause) => pause <= 24 * 3600), pauses.join(" "));
  const [row] = await sql`select status, attempts from metadata_queue`;
  assert.deepEqual({ ...row }, { status: "failed", attempts: 8 });
  assert.deepEqual(await names(sql), { resolved: 0, postponed: 0, givenUp: 0, pending: 0, problem: null });
});

test("a server that is down ends the pass with its reason, and no token is given up for it", async () => {
  const sql = await queueOf(["good", "quoted", "missing", "a", "b", "c", "d", "e"]);
  await sql`update metadata_queue set attempts = 20`;
  await fault(
    rpc,
    ({ method }) => (method === "simulateTransaction" ? { status: 503 } : null),
    async () => {
      const { queues, names, problem } = await pass(sql);
      assert.equal(problem?.code, "SOURCE_UNAVAILABLE");
      assert.deepEqual([queues.metadata, names.givenUp], [8, 0]);
      assert.ok(names.postponed >= 5 && names.postponed <= 6, String(names.postponed));
    },
  );
});

test("a server of another network is asked for no token", async () => {
  const sql = await queueOf(["good"]);
  const { problem, queues } = await pass(sql, { networkPassphrase: "another" });
  assert.deepEqual([problem?.code, queues.metadata], ["NETWORK_MISMATCH", 1]);
  const [row] = await sql`select attempts from metadata_queue`;
  assert.equal(row?.attempts, 0);
});

test("without RPC the queue waits, and without time too", async () => {
  const sql = await queueOf(["good"]);
  const calls = rpc.calls.length;
  const nothing = { resolved: 0, postponed: 0, givenUp: 0, pending: 1, problem: null };
  assert.deepEqual(await names(sql, { rpcUrl: undefined }), nothing);
  assert.deepEqual(await names(sql, { deadline: Date.now() + 3_000 }), nothing);
  assert.deepEqual(await names(sql, { signal: AbortSignal.abort() }), nothing);
  assert.equal(rpc.calls.length, calls);
});

test("a pass whose time is up lets go of a server that does not answer, and counts nothing", async () => {
  const sql = await queueOf(["good"]);
  await fault(
    rpc,
    () => ({ hang: true }),
    async () => {
      const started = Date.now();
      assert.partialDeepStrictEqual(await names(sql, { signal: AbortSignal.timeout(300) }), { pending: 1, problem: null });
      assert.ok(Date.now() - started < 2_000);
    },
  );
});

test("new code of a contract that was given up, or has its name, is asked again", async () => {
  const sql = await queueOf(["good", "late"]);
  await sql`update metadata_queue set attempts = 7 where contract_id = ${contractNamed("late")}`;
  assert.partialDeepStrictEqual(await names(sql), { resolved: 1, givenUp: 1, pending: 0 });
  const good = world.contracts.get(contractNamed("good"))!;
  world.add(contractNamed("late"), { code: TOKEN_CODE }, metadata("Late token", "LATE", 2));
  world.add(contractNamed("good"), { code: TOKEN_CODE }, metadata("Better token", "BETTER", 6));
  try {
    await sql`update protocol_contracts set since_ledger = ${LEDGER + 1}`;
    await sql`select refresh_contract_tokens(array(select id from contract_tokens), true)`;
    // As of a ledger before the code, the server tells what the code before said.
    assert.partialDeepStrictEqual(await names(sql), { resolved: 0, postponed: 2, givenUp: 0, pending: 2 });
    world.ledger = LEDGER + 1;
    await sql`update metadata_queue set next_try = now()`;
    assert.partialDeepStrictEqual(await names(sql), { resolved: 2, pending: 0 });
    assert.deepEqual((await tokens(sql)).map(({ name, decimals }) => `${String(name)} ${String(decimals)}`).sort(), [
      "Better token 6",
      "Late token 2",
    ]);
  } finally {
    world.ledger = LEDGER;
    world.contracts.set(contractNamed("good"), good);
  }
});

test("a contract that is no token is asked for nothing", async () => {
  const sql = await queueOf(["good"]);
  await sql`update protocol_wasms set kind = 'NONE'`;
  await sql`select refresh_contract_tokens(array(select id from contract_tokens))`;
  const calls = rpc.calls.length;
  assert.deepEqual(await names(sql), { resolved: 0, postponed: 0, givenUp: 0, pending: 0, problem: null });
  assert.equal(rpc.calls.length, calls);
});

test("NFTs are asked for no decimals", async () => {
  const sql = await queueOf(["cards"]);
  await sql`update protocol_wasms set kind = 'SEP50'`;
  await sql`select refresh_contract_tokens(array(select id from contract_tokens))`;
  world.add(contractNamed("cards"), { code: TOKEN_CODE }, { name: () => text("Cards"), symbol: () => text("CARD") });
  assert.partialDeepStrictEqual(await names(sql), { resolved: 1, pending: 0 });
  assert.deepEqual(await tokens(sql), [{ type: "SEP50", code: null, issuer: null, name: "Cards", symbol: "CARD", decimals: null }]);
});

test("what a ledger has proven in the meantime stands", async () => {
  const sql = await queueOf(["good"]);
  await sql`update contract_tokens set type = 'SAC', code = 'REAL', issuer = 'G', name = 'REAL:G', symbol = 'REAL', decimals = 7`;
  assert.deepEqual(await names(sql), { resolved: 0, postponed: 0, givenUp: 0, pending: 0, problem: null });
  assert.deepEqual(await tokens(sql), [{ type: "SAC", code: "REAL", issuer: "G", name: "REAL:G", symbol: "REAL", decimals: 7 }]);
});

sharedTest("tokens that only a balance names are queued with the ledger; asked for they become what a ledger proves", async () => {
  const proving = await testDatabase("chain");
  const known = await tokens(proving.connect());
  const [proven] = await proving.connect()<{ queued: number }[]>`select count(*)::int as queued from metadata_queue`;
  assert.equal(proven!.queued, known.filter(({ type }) => type === "UNKNOWN").length);

  // The same chain, had its ledgers proven no token.
  const database = await testDatabase();
  const indexer = createIndexer(PUBNET);
  const named = new Map<string, string>();
  const blind: Indexer = {
    newestProtocol: indexer.newestProtocol,
    index(ledger) {
      const rows = indexer.index(ledger);
      for (const { contract, name } of [...rows.contractTokens, ...rows.provenTokens]) named.set(contract.text, name!);
      return { ...rows, contractTokens: [], provenTokens: [] };
    },
  };
  await ingestChain(database.url, { indexer: blind });
  const sql = database.connect();
  const [counts] = await sql<{ unknown: number; queued: number }[]>`
    select (select count(*)::int from contract_tokens where type = 'UNKNOWN') as unknown,
      (select count(*)::int from metadata_queue q join contract_tokens t on t.id = q.token_id and t.contract_id = q.contract_id where q.next_try is null) as queued`;
  assert.ok(counts!.unknown > 0);
  assert.equal(counts!.queued, counts!.unknown);
  for (const [contract, name] of named) world.add(contract, { asset: name });
  const { instances, queues, problem } = await pass(sql);
  assert.deepEqual([instances, queues.metadata, problem], [{ resolved: counts!.unknown, postponed: 0 }, 0, null]);
  const resolved = await tokens(sql);
  assert.ok(resolved.every((token) => token.type === "SAC"));
  const rows = new Set(known.map((token) => JSON.stringify(token)));
  assert.deepEqual(
    resolved.filter((token) => !rows.has(JSON.stringify(token))),
    [],
  );
});
