import assert from "node:assert/strict";
import { after, test } from "node:test";
import type * as xdr from "@stellar/stellar-sdk/xdr";
import { askRpc, type RpcSummary } from "../../functions/ingest/tokens/ask-rpc.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { decodeStrkey } from "../../functions/shared/strkey.ts";
import { testDatabase } from "../fixtures/database.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import {
  addContract,
  addStubs,
  addVerdict,
  contractNamed,
  ContractWorld,
  holderNamed,
  metadata,
  setCursor,
  text,
} from "../fixtures/stubs/contract-world.ts";
import { startStubRpc, type StubRpc } from "../fixtures/stubs/rpc.ts";

const FIRST = 1_000;
const owner = decodeStrkey(holderNamed("owner"))!;

/** Ids that a test's contract describes, by their type and digits. */
type Describe = (id: string) => xdr.ScVal | string;

const numberOf = (value: xdr.ScVal): string => {
  switch (value.type) {
    case "scvU32":
      return `u32 ${value.u32}`;
    case "scvU64":
      return `u64 ${value.u64}`;
    case "scvU128":
      return `u128 ${(value.u128.hi << 64n) | value.u128.lo}`;
    default:
      return value.type;
  }
};

async function setUp(): Promise<{
  sql: Database;
  rpc: StubRpc;
  world: ContractWorld;
  add: (name: string, idType: string, ids: readonly string[], describe: Describe) => Promise<string>;
}> {
  const world = new ContractWorld(FIRST + 1);
  const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers: sandboxLedgers(1), ...world.options });
  after(() => rpc.stop());
  const sql = (await testDatabase()).connect();
  await setCursor(sql, FIRST);
  const add = async (name: string, idType: string, ids: readonly string[], describe: Describe): Promise<string> => {
    const contract = contractNamed(name);
    const code = Buffer.from(`code with ${idType}`);
    world.add(contract, { code }, { ...metadata(name, "NFT", 0), token_uri: ([id]) => describe(numberOf(id!)) });
    const functions = JSON.stringify([{ name: "token_uri", inputs: [{ name: "token_id", type: idType }], outputs: ["String"] }]);
    const known = await sql`select from protocol_wasms where wasm_hash = sha256(${code})`;
    if (known.length === 0) await addVerdict(sql, code, "SEP50", functions);
    await addStubs(sql, [contract]);
    await addContract(sql, contract, code, 900);
    for (const id of ids)
      await sql`
        insert into nfts (contract_id, token_id, owner_id, is_stored, last_modified_ledger)
        values (${contractUuid(contract)}::uuid, ${id}::numeric, ${owner}, true, 950)`;
    return contract;
  };
  return { sql, rpc, world, add };
}

async function pass(sql: Database, rpc: StubRpc): Promise<RpcSummary["uris"]> {
  const { uris } = await askRpc(sql, {
    rpcUrl: rpc.url,
    networkPassphrase: SANDBOX_PASSPHRASE,
    deadline: Date.now() + 20_000,
    timeoutMs: 2_000,
  });
  return uris;
}

async function uris(sql: Database, contract: string): Promise<Record<string, string | null>> {
  const rows = await sql<{ token_id: string; uri: string | null }[]>`
    select token_id, uri from nfts where contract_id = ${contractUuid(contract)}::uuid order by token_id`;
  return Object.fromEntries(rows.map(({ token_id, uri }) => [token_id, uri]));
}

test("NFTs get their URIs, asked for by ids of the type that the contract declares", async () => {
  const { sql, rpc, add } = await setUp();
  const describe: Describe = (id) => text(`ipfs://${id.replace(" ", "/")}`);
  const small = await add("small", "u32", ["0", "1", "2", "3", "4", "5", "4294967295"], describe);
  const middle = await add("middle", "u64", ["7", "18446744073709551615"], describe);
  const wide = await add("wide", "u128", [`${2n ** 100n + 1n}`], describe);
  assert.deepEqual(await pass(sql, rpc), { resolved: 10, postponed: 0 });
  assert.deepEqual(
    await uris(sql, small),
    Object.fromEntries([0, 1, 2, 3, 4, 5, 4294967295].map((id) => [String(id), `ipfs://u32/${id}`])),
  );
  assert.deepEqual(await uris(sql, middle), { "7": "ipfs://u64/7", "18446744073709551615": "ipfs://u64/18446744073709551615" });
  assert.deepEqual(await uris(sql, wide), { [`${2n ** 100n + 1n}`]: `ipfs://u128/${2n ** 100n + 1n}` });
});

test("an id that the declared type does not hold, and unusable texts, are passed over without harm to others", async () => {
  const { sql, rpc, add } = await setUp();
  const bad: Record<string, xdr.ScVal | string> = {
    "u32 1": text("a\0b"),
    "u32 2": text(Uint8Array.of(0xff, 0xfe)),
    "u32 3": text("x".repeat(2_049)),
    "u32 4": text(Buffer.alloc(1 << 20, "x")),
    "u32 5": "HostError: no such token",
  };
  const contract = await add("hostile", "u32", ["1", "2", "3", "4", "5", "6", "4294967296"], (id) => bad[id] ?? text("x".repeat(2_048)));
  assert.deepEqual(await pass(sql, rpc), { resolved: 1, postponed: 6 });
  const told = await uris(sql, contract);
  assert.equal(told["6"]?.length, 2_048);
  assert.deepEqual(Object.values(told).filter((uri) => uri !== null).length, 1);
});

test("what told nothing is asked for again with growing pauses, in the end no more, and again with new code", async () => {
  const { sql, rpc, world, add } = await setUp();
  let isReady = false;
  const describe: Describe = () => (isReady ? text("at last") : "HostError: not yet");
  const contract = await add("late", "u32", ["1"], describe);
  assert.deepEqual(await pass(sql, rpc), { resolved: 0, postponed: 1 });
  const pauses: number[] = [];
  for (let i = 1; i <= 8; i++) {
    await setCursor(sql, FIRST + i);
    assert.deepEqual(await pass(sql, rpc), { resolved: 0, postponed: 1 }, `attempt ${i}`);
    assert.deepEqual(await pass(sql, rpc), { resolved: 0, postponed: 0 }, "not due");
    const [row] = await sql<
      { pause: number }[]
    >`select case when next_try < 'infinity' then extract(epoch from next_try - now())::float8 else -1 end as pause from repair_queue`;
    pauses.push(row!.pause);
    if (row!.pause > 0) await sql`update repair_queue set next_try = now()`;
  }
  assert.ok(pauses[0]! > 30 && pauses[0]! < 61 && pauses[2]! > 4 * pauses[0]! && pauses[7] === -1, pauses.join(" "));
  isReady = true;
  await setCursor(sql, FIRST + 20);
  world.ledger = FIRST + 20;
  assert.deepEqual(await pass(sql, rpc), { resolved: 0, postponed: 0 });
  await sql`select refresh_contract_tokens(array(select id from contract_tokens), true)`;
  await pass(sql, rpc);
  await pass(sql, rpc);
  assert.deepEqual(await uris(sql, contract), { "1": "at last" });
  await pass(sql, rpc);
  assert.equal((await sql`select from repair_queue`).length, 0);
});

test("NFTs that were minted together get theirs one after the other, whatever the server does in between", async () => {
  const { sql, rpc, add } = await setUp();
  const contract = await add("range", "u32", [], (id) => text(id));
  await sql`
    insert into nft_ranges (contract_id, first_id, last_id, owner_id, minted_ledger, next_id)
    values (${contractUuid(contract)}::uuid, 10, 29, ${owner}, 950, 10)`;
  let calls = 0;
  rpc.fault = ({ method }) => (method === "simulateTransaction" && calls++ % 5 < 2 ? { status: 503 } : null);
  for (let i = 0; i < 15 && Object.keys(await uris(sql, contract)).length < 20; i++) await pass(sql, rpc);
  assert.deepEqual(await uris(sql, contract), Object.fromEntries(Array.from({ length: 20 }, (_, i) => [String(i + 10), `u32 ${i + 10}`])));
});

test("a contract with thousands of NFTs does not keep the others waiting", async () => {
  const { sql, rpc, add } = await setUp();
  const large = await add("large", "u32", [], () => text("large"));
  await sql`
    insert into nfts (contract_id, token_id, owner_id, is_stored, last_modified_ledger)
    select ${contractUuid(large)}::uuid, id, ${owner}, true, 950 from generate_series(1, 3000) id`;
  const small = await add("small", "u32", ["1"], () => text("small"));
  const controller = new AbortController();
  rpc.fault = () => {
    if (rpc.calls.length > 60) controller.abort();
    return null;
  };
  await askRpc(sql, {
    rpcUrl: rpc.url,
    networkPassphrase: SANDBOX_PASSPHRASE,
    deadline: Date.now() + 20_000,
    signal: controller.signal,
  });
  assert.deepEqual(await uris(sql, small), { "1": "small" });
});
