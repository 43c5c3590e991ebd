import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { askRpc, type RpcSummary } from "../../functions/ingest/tokens/ask-rpc.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { decodeStrkey } from "../../functions/shared/strkey.ts";
import { nativeAsset } from "../fixtures/call-ledger.ts";
import { contractModule, sep50Functions, SEP41_FUNCTIONS } from "../fixtures/contract-modules.ts";
import { testDatabase } from "../fixtures/database.ts";
import { seeded } from "../fixtures/hostile-ledgers.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import {
  addContract,
  addStubs,
  contractNamed,
  ContractWorld,
  metadata,
  type Runs,
  setCursor,
  sha256,
} from "../fixtures/stubs/contract-world.ts";
import { type StubEntry, startStubRpc, type StubRpc } from "../fixtures/stubs/rpc.ts";

const LEDGER = 1_000;
const TOKEN = contractModule(SEP41_FUNCTIONS);
const CARDS = contractModule(sep50Functions("u32"));
const OTHER = contractModule(["hello(to: Symbol) -> Symbol"]);

/** A world with its server, and a database with these contracts as stubs. */
async function setUp(
  contracts: Record<string, Runs>,
  codes: readonly Uint8Array[],
): Promise<{ sql: Database; world: ContractWorld; rpc: StubRpc }> {
  const world = new ContractWorld(LEDGER + 5);
  for (const [name, runs] of Object.entries(contracts)) world.add(contractNamed(name), runs, metadata(`The ${name}`, "X", 7));
  for (const code of codes) world.addCode(code);
  const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers: sandboxLedgers(1), ...world.options });
  after(() => rpc.stop());
  const sql = (await testDatabase()).connect();
  await setCursor(sql, LEDGER);
  await addStubs(sql, Object.keys(contracts).map(contractNamed));
  return { sql, world, rpc };
}

function pass(sql: Database, rpc: StubRpc): Promise<RpcSummary> {
  return askRpc(sql, { rpcUrl: rpc.url, networkPassphrase: SANDBOX_PASSPHRASE, deadline: Date.now() + 30_000, timeoutMs: 2_000 });
}

async function types(sql: Database): Promise<Record<string, string>> {
  const rows = await sql<{ contract_id: string; type: string; name: string | null }[]>`select contract_id, type, name from contract_tokens`;
  return Object.fromEntries(rows.map(({ contract_id, type, name }) => [contract_id, `${type} ${name ?? ""}`.trim()]));
}

const named = (expected: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(expected).map(([name, value]) => [contractNamed(name), value]));

/** All that is postponed is due at once. */
async function makeDue(sql: Database): Promise<void> {
  await sql`update metadata_queue set next_try = null`;
  await sql`update code_queue set next_try = now()`;
}

test("contracts that are met as tokens become what the code is that they run, and tokens get their names in the same pass", async () => {
  const { sql, world, rpc } = await setUp(
    { coin: { code: TOKEN }, cards: { code: CARDS }, other: { code: OTHER }, fleet: { owner: contractNamed("owner"), tag: "v1" } },
    [TOKEN, CARDS, OTHER],
  );
  world.addTag(contractNamed("owner"), "v1", TOKEN);
  const { instances, code, names, queues, problem } = await pass(sql, rpc);
  assert.deepEqual([instances.resolved, code.resolved, names.resolved, problem], [4, 4, 3, null]);
  assert.deepEqual(await types(sql), named({ coin: "SEP41 The coin", cards: "SEP50 The cards", other: "NONE", fleet: "SEP41 The fleet" }));
  assert.deepEqual([queues.metadata, queues.code], [0, 0]);
  const asked = rpc.calls.filter(({ method }) => method === "simulateTransaction").length;
  // Nobody knows all balances of the two tokens, and nobody holds any.
  assert.equal(asked, 3 + 2 + 3, "a contract that is no token is asked for nothing");
  const rows = await sql`select wasm_hash, kind, functions -> 0 ->> 'name' as first from protocol_wasms order by kind, first`;
  assert.deepEqual(
    rows.map((row) => [Buffer.from(row.wasm_hash as Uint8Array).toString("hex"), row.kind as string, row.first as string]),
    [
      [sha256(OTHER).toString("hex"), "NONE", "hello"],
      [sha256(TOKEN).toString("hex"), "SEP41", "allowance"],
      [sha256(CARDS).toString("hex"), "SEP50", "balance"],
    ],
  );
  const calls = rpc.calls.length;
  assert.equal((await pass(sql, rpc)).problem, null);
  assert.equal(rpc.calls.length, calls, "all is known, so nothing is asked");
});

test("an instance, a tag or code that is not there is asked for as often as it takes, and hidden tokens are shown when it is", async () => {
  const { sql, world, rpc } = await setUp({ coin: { code: TOKEN }, fleet: { owner: contractNamed("owner"), tag: "v1" } }, []);
  await addStubs(sql, [contractNamed("archived")]);
  const first = await pass(sql, rpc);
  assert.deepEqual(
    [first.instances, first.code],
    [
      { resolved: 2, postponed: 1 },
      { resolved: 0, postponed: 2 },
    ],
  );
  await sql`update metadata_queue set attempts = 50`;
  await sql`update code_queue set attempts = 50`;
  await makeDue(sql);
  const second = await pass(sql, rpc);
  assert.deepEqual([second.instances.postponed, second.code.postponed, second.names.givenUp], [1, 2, 0]);
  assert.deepEqual(await types(sql), named({ coin: "UNKNOWN", fleet: "UNKNOWN", archived: "UNKNOWN" }));
  const [waiting] = await sql`
    select (select count(*)::int from metadata_queue where status = 'pending') as tokens, (select min(next_try) > now() + interval '12 hours' from code_queue) as long`;
  assert.deepEqual({ ...waiting }, { tokens: 3, long: true });

  world.addCode(TOKEN);
  world.addTag(contractNamed("owner"), "v1", TOKEN);
  world.add(contractNamed("archived"), { code: TOKEN }, metadata("The archived", "X", 7));
  await makeDue(sql);
  const third = await pass(sql, rpc);
  assert.deepEqual([third.queues.metadata, third.queues.code, third.names.resolved], [0, 0, 3]);
  assert.deepEqual(await types(sql), named({ coin: "SEP41 The coin", fleet: "SEP41 The fleet", archived: "SEP41 The archived" }));
});

test("a server that fails half of the time only slows it", async () => {
  const { sql, world, rpc } = await setUp(
    { coin: { code: TOKEN }, cards: { code: CARDS }, fleet: { owner: contractNamed("owner"), tag: "v1" } },
    [TOKEN, CARDS],
  );
  world.addTag(contractNamed("owner"), "v1", TOKEN);
  const random = seeded(7);
  rpc.fault = () =>
    random() < 0.5 ? [{ status: 503 }, { cut: 0 }, { cut: 30 }, { body: () => Buffer.from("<html>") }][Math.floor(random() * 4)]! : null;
  for (let i = 0; i < 12; i++) {
    await makeDue(sql);
    const { queues, names } = await pass(sql, rpc);
    assert.equal(names.givenUp, 0);
    if (queues.metadata === 0) break;
  }
  assert.deepEqual(await types(sql), named({ coin: "SEP41 The coin", cards: "SEP50 The cards", fleet: "SEP41 The fleet" }));
});

test("code that a ledger has named but not shown is asked for, with all contracts that run it", async () => {
  const { sql, rpc } = await setUp({}, [TOKEN]);
  const contracts = ["a", "b", "c"].map((name) => contractNamed(name));
  await addStubs(sql, contracts);
  for (const contract of contracts) await addContract(sql, contract, TOKEN, null, 900);
  const { code, instances } = await pass(sql, rpc);
  assert.deepEqual([code.resolved, instances.resolved], [1, 0]);
  const rows = await sql`select distinct type, balances_from from contract_tokens`;
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [{ type: "SEP41", balances_from: "PARTIAL" }],
  );
});

test("what a ledger has said of a contract, a tag or code is not replaced by what the server says", async () => {
  const { sql, world, rpc } = await setUp({ coin: { code: TOKEN } }, [TOKEN, OTHER]);
  // An upgrade that the ledger has shown and the server does not know.
  await addContract(sql, contractNamed("coin"), OTHER, null, LEDGER);
  await sql`insert into protocol_wasms (wasm_hash, kind, functions) values (${sha256(TOKEN)}, 'NONE', '[]')`;
  await pass(sql, rpc);
  const [row] = await sql`select wasm_hash, since_ledger from protocol_contracts`;
  assert.deepEqual([Buffer.from(row!.wasm_hash as Uint8Array).equals(sha256(OTHER)), row!.since_ledger], [true, LEDGER]);
  const [verdict] = await sql`select kind from protocol_wasms where wasm_hash = ${sha256(TOKEN)}`;
  assert.equal(verdict!.kind, "NONE");
  // An instance that changed behind our newest ledger: the ledgers to come show what it was and is.
  const late = contractNamed("late");
  await addStubs(sql, [late]);
  world.add(late, { code: TOKEN }, {}, LEDGER + 1);
  await pass(sql, rpc);
  assert.equal((await sql`select from protocol_contracts where token_id = ${contractUuid(late)}::uuid`).length, 0);
  await setCursor(sql, LEDGER + 1);
  await makeDue(sql);
  await pass(sql, rpc);
  const [told] = await sql`select since_ledger, created_ledger from protocol_contracts where token_id = ${contractUuid(late)}::uuid`;
  assert.deepEqual({ ...told }, { since_ledger: LEDGER + 1, created_ledger: null });
});

/** What a server may answer in the place of the entries. */
const wrongAnswers: [string, (entries: (StubEntry & { key: string })[], other: ContractWorld) => unknown][] = [
  ["the entry of another key", (entries, other) => entries.map(({ key, ...entry }) => ({ ...entry, key, xdr: anotherEntry(other) }))],
  ["no XDR", (entries) => entries.map((entry) => ({ ...entry, xdr: "AAAABw==" }))],
  ["no base64", (entries) => entries.map((entry) => ({ ...entry, xdr: "\0???" }))],
  [
    "trailing bytes",
    (entries) =>
      entries.map((entry) => ({ ...entry, xdr: Buffer.concat([Buffer.from(entry.xdr, "base64"), Buffer.alloc(4)]).toString("base64") })),
  ],
  ["a number for XDR", (entries) => entries.map((entry) => ({ ...entry, xdr: 7 }))],
  ["no ledger of the entry", (entries) => entries.map((entry) => ({ ...entry, lastModifiedLedgerSeq: undefined }))],
  ["null entries", () => [null]],
];

function anotherEntry(world: ContractWorld): string {
  const key = xdr.LedgerKey.contractCode(new xdr.LedgerKeyContractCode({ hash: sha256(OTHER) }));
  return world.options.entry!(Buffer.from(key.toXdr()).toString("base64"))!.xdr;
}

for (const [what, answer] of wrongAnswers) {
  test(`${what} in the place of entries lands nowhere, and is asked for again`, async () => {
    const { sql, world, rpc } = await setUp({ coin: { code: TOKEN } }, [TOKEN, OTHER]);
    await addStubs(sql, [contractNamed("known")]);
    await addContract(sql, contractNamed("known"), TOKEN);
    rpc.fault = ({ method }) =>
      method === "getLedgerEntries"
        ? { result: (result) => ({ ...result, entries: answer(result.entries as (StubEntry & { key: string })[], world) }) }
        : null;
    const { instances, code, problem } = await pass(sql, rpc);
    assert.deepEqual([instances, code, problem], [{ resolved: 0, postponed: 1 }, { resolved: 0, postponed: 1 }, null]);
    assert.deepEqual(await types(sql), named({ coin: "UNKNOWN", known: "UNKNOWN" }));
    rpc.fault = () => null;
    await makeDue(sql);
    await pass(sql, rpc);
    assert.deepEqual(
      Object.values(await types(sql)).map((type) => type.split(" ")[0]),
      ["SEP41", "SEP41"],
    );
  });
}

test("code whose hash is another than its own is not believed", async () => {
  const { sql, world, rpc } = await setUp({ coin: { code: TOKEN } }, []);
  world.addCode(OTHER, sha256(TOKEN));
  const { code } = await pass(sql, rpc);
  assert.deepEqual(code, { resolved: 0, postponed: 1 });
  assert.equal((await sql`select from protocol_wasms where kind is not null`).length, 0);
});

test("results in no form of Stellar RPC's end nothing but the pass", async () => {
  for (const result of [
    null,
    [],
    {},
    { latestLedger: -1, entries: [] },
    { latestLedger: 2 ** 40, entries: [] },
    { latestLedger: 5, entries: {} },
  ]) {
    const { sql, rpc } = await setUp({ coin: { code: TOKEN } }, [TOKEN]);
    rpc.fault = ({ method }) => (method === "getLedgerEntries" ? { result: () => result } : null);
    const { instances } = await pass(sql, rpc);
    assert.deepEqual(instances, { resolved: 0, postponed: 1 });
  }
});

test("more contracts than one call takes, and more bytes than one response may have, are asked for in parts", async () => {
  const { sql, world, rpc } = await setUp({}, []);
  const contracts = Array.from({ length: 230 }, (_, i) => contractNamed(`n ${i}`));
  await addStubs(sql, contracts);
  const codes = contracts.map((_, i) => Buffer.concat([OTHER, sectionOf(i)]));
  for (const [i, contract] of contracts.entries()) {
    world.add(contract, { code: codes[i % 12]! });
    if (i < 12) world.addCode(codes[i]!);
  }
  const { code, instances, problem } = await pass(sql, rpc);
  assert.deepEqual([code, instances, problem], [{ resolved: 12, postponed: 0 }, { resolved: 230, postponed: 0 }, null]);
  assert.deepEqual(new Set(Object.values(await types(sql))), new Set(["NONE"]));
});

/** A custom section of half a megabyte. */
function sectionOf(i: number): Buffer {
  const size = 500_000;
  const length = Buffer.from([(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14]);
  const contents = Buffer.alloc(size, i);
  contents.write("\u0001x", "latin1");
  return Buffer.concat([Buffer.of(0), length, contents]);
}

test("a stranger's contract that says it is an asset's is no asset's", async () => {
  const issuer = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";
  const { sql, rpc } = await setUp({ fake: { asset: `USD:${issuer}` } }, []);
  const { instances } = await pass(sql, rpc);
  assert.deepEqual(instances, { resolved: 0, postponed: 1 });
  const [row] = await sql`select type, code, name from contract_tokens`;
  assert.deepEqual({ ...row }, { type: "UNKNOWN", code: null, name: null });
  assert.ok(decodeStrkey(contractNamed("fake")));
});

test("the contract of XLM, met by an allowance, is an asset's without an issuer, and is asked for once", async () => {
  const { sql, world, rpc } = await setUp({}, []);
  const { address: native } = nativeAsset();
  world.add(native, { asset: "native" });
  await addStubs(sql, [native]);
  const { instances, queues } = await pass(sql, rpc);
  assert.deepEqual([instances, queues.metadata], [{ resolved: 1, postponed: 0 }, 0]);
  const [row] = await sql`select type, code, issuer, name, symbol, decimals from contract_tokens where contract_id = ${native}`;
  assert.deepEqual({ ...row }, { type: "SAC", code: "XLM", issuer: "", name: "native", symbol: "XLM", decimals: 7 });
  const asked = rpc.calls.length;
  await pass(sql, rpc);
  assert.equal(rpc.calls.length, asked);
});
