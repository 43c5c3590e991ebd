import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { sha256 } from "../../bin/simulated-network/keys.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { openIngestSession } from "../../functions/ingest/invocation/bounded-session.ts";
import { takeLock } from "../../functions/ingest/invocation/lock.ts";
import { rewindToKnown } from "../../functions/ingest/maintenance/rewind.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { accountAddress, contract, created, person, updated } from "../fixtures/call-ledger.ts";
import { codeKey, deployed, instanceEntry, restoredCode, tagged, tagKeyOf, upgraded, uploaded } from "../fixtures/code-entries.ts";
import { contractChain, datum, type Step } from "../fixtures/contract-chain.ts";
import { contractModule, SEP41_FUNCTIONS, sep50Functions } from "../fixtures/contract-modules.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { UNKNOWN_PROTOCOL, upgradedAt } from "../fixtures/newer-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";

const direct = contract("direct");
const fleet = contract("fleet");
const owner = contract("owner");
const old = contract("old");
const [one, two] = [sha256("one"), sha256("two")];
const byTag = { owner, tag: "v" };

/** Hashes and subjects by their names. */
const NAMES = new Map([
  ...[direct, fleet, owner, old].map(({ address, id }): [string, string] => [`10${Buffer.from(id).toString("hex")}`, address]),
  [one.toString("hex"), "one"],
  [two.toString("hex"), "two"],
  [tagKeyOf(owner, "v").toString("hex"), "tag"],
]);

function named(rows: readonly Record<string, unknown>[]): unknown[][] {
  return rows.map((row) => Object.values(row).map((value) => (Buffer.isBuffer(value) ? NAMES.get(value.toString("hex")) : value)));
}

async function ingested(steps: readonly Step[]): Promise<Database> {
  const database = await testDatabase();
  await ingest(database, steps);
  return database.connect();
}

/** Ingests what is not there yet of the ledgers, each as `wallet verify` would have it. */
async function ingest(database: TestDatabase, steps: readonly Step[]): Promise<void> {
  const ledgers = contractChain(1, steps);
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  for (const bytes of ledgers) {
    const ledger = openLedger(bytes);
    assert.deepEqual(problemsOf(indexer.index(ledger), ledger, SANDBOX_PASSPHRASE), []);
    ledger.close();
  }
  const { error } = await ingestSandbox(database.url, memorySource(ledgers));
  assert.equal(error, null);
}

test("what contracts ran and tags named before stands with the last ledger that had it", async () => {
  const sql = await ingested([
    {
      changes: [
        ...deployed(direct, { wasm: one }),
        ...deployed(fleet, byTag),
        ...updated(instanceEntry(old, { wasm: one }), instanceEntry(old, { wasm: one })),
      ],
    },
    { changes: tagged(owner, "v", one) },
    { changes: [...upgraded(direct, { wasm: one }, { wasm: two }), ...tagged(owner, "v", two, one)] },
    { changes: upgraded(direct, { wasm: two }, byTag) },
    { changes: upgraded(direct, byTag, { wasm: one }) },
  ]);
  const contracts = await sql`
    select contract_id, token_id, wasm_hash, tag_key, since_ledger, created_ledger from protocol_contracts order by created_ledger nulls last, tag_key`;
  assert.deepEqual(named(contracts), [
    [fleet.address, contractUuid(fleet.address), null, "tag", 1, 1],
    [direct.address, contractUuid(direct.address), "one", null, 5, 1],
    [old.address, contractUuid(old.address), "one", null, 1, null],
  ]);
  assert.deepEqual(named(await sql`select tag_key, owner_id, convert_from(tag, 'utf8'), wasm_hash, since_ledger from executable_tags`), [
    ["tag", owner.address, "v", "two", 3],
  ]);
  const former = await sql`select until_ledger, subject, wasm_hash, tag_key from former_executables order by until_ledger, subject`;
  assert.deepEqual(named(former), [
    [2, direct.address, "one", null],
    [2, "tag", "one", null],
    [3, direct.address, "two", null],
    [4, direct.address, null, "tag"],
  ]);
  const code = await sql`select contract_id, wasm_hash from contract_code`;
  assert.deepEqual(Object.fromEntries(named(code)), { [fleet.address]: "two", [direct.address]: "one", [old.address]: "one" });
  // As the ledgers' own encoder writes addresses.
  for (const { address, id } of [direct, fleet, owner, old])
    assert.deepEqual([...(await sql`select strkey('\\x10'::bytea || ${Buffer.from(id)}::bytea)`)], [{ strkey: address }]);
});

const token = contractModule(SEP41_FUNCTIONS);
const token2 = contractModule([...SEP41_FUNCTIONS, "second()"]);
const collection = contractModule(sep50Functions("u32"));
const other = contractModule(["f(a: u32)"]);
const [tokenHash, token2Hash, collectionHash, otherHash] = [token, token2, collection, other].map((code) => sha256(code)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

/** Type of each token, by its contract, and where its balances come from. */
async function tokens(sql: Database): Promise<Record<string, string>> {
  const rows = await sql<{ contract: string; told: string }[]>`
    select contract_id as contract, type || ' ' || balances_from as told from contract_tokens`;
  return Object.fromEntries(rows.map(({ contract: address, told }) => [address, told]));
}

async function queued(sql: Database): Promise<string[]> {
  return (await sql<{ contract: string }[]>`select contract_id as contract from metadata_queue where status = 'pending' order by 1`).map(
    (row) => row.contract,
  );
}

/** As a run over the queue that answers every question. */
async function answer(sql: Database): Promise<void> {
  await sql`update contract_tokens set name = 'named' where id in (select token_id from metadata_queue)`;
  await sql`delete from metadata_queue`;
}

test("a contract is a token from the ledger on that uploads its code and deploys it", async () => {
  const sql = await ingested([
    {
      changes: [
        ...deployed(direct, { wasm: tokenHash }),
        ...deployed(fleet, { wasm: collectionHash }),
        ...deployed(owner, { wasm: otherHash }),
        ...updated(instanceEntry(old, { wasm: tokenHash }), instanceEntry(old, { wasm: tokenHash })),
        ...[token, collection, other].flatMap(uploaded),
      ],
    },
  ]);
  assert.deepEqual(await tokens(sql), {
    [direct.address]: "SEP41 EVENTS",
    [fleet.address]: "SEP50 EVENTS",
    [old.address]: "SEP41 PARTIAL",
  });
  assert.deepEqual(await queued(sql), [direct, fleet, old].map(({ address }) => address).sort());
  const wasms =
    await sql`select encode(wasm_hash, 'hex') as hash, kind, protocol_id, functions from protocol_wasms where wasm_hash = ${otherHash}`;
  const functions = [{ name: "f", inputs: [{ name: "a", type: "u32" }], outputs: [] }];
  assert.deepEqual([...wasms], [{ hash: otherHash.toString("hex"), kind: "NONE", protocol_id: null, functions }]);
  const [row] = await sql`select t.key_hash = p.key_hash as same, t.live_until_ledger as until, t.id from contract_tokens t
    join protocol_contracts p on p.token_id = t.id where t.contract_id = ${direct.address}`;
  assert.deepEqual({ ...row }, { same: true, until: 1_000, id: contractUuid(direct.address) });
});

test("code whose bytes come after its contracts makes them tokens then, and stays known when it is archived", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  const steps: Step[] = [
    { changes: [...deployed(direct, { wasm: tokenHash }), ...deployed(fleet, byTag), ...tagged(owner, "v", tokenHash)] },
    { changes: restoredCode(token) },
    { evicted: [codeKey(token)] },
    {},
  ];
  await ingest(database, steps.slice(0, 1));
  assert.deepEqual(await tokens(sql), {});
  await ingest(database, steps);
  assert.deepEqual(await tokens(sql), { [direct.address]: "SEP41 EVENTS", [fleet.address]: "SEP41 EVENTS" });
  assert.deepEqual(await queued(sql), [direct, fleet].map(({ address }) => address).sort());
  const [known] = await sql`select kind from protocol_wasms`;
  assert.equal(known!.kind, "SEP41");
});

test("a contract that is upgraded becomes a token, stops being one, becomes one again, and is asked for its name each time", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  const steps: Step[] = [
    { changes: [...[token, token2, other].flatMap(uploaded), ...deployed(direct, { wasm: otherHash })] },
    { changes: upgraded(direct, { wasm: otherHash }, { wasm: tokenHash }) },
    { changes: upgraded(direct, { wasm: tokenHash }, { wasm: token2Hash }) },
    // Written, but not upgraded.
    { changes: upgraded(direct, { wasm: token2Hash }, { wasm: token2Hash }) },
    { changes: upgraded(direct, { wasm: token2Hash }, { wasm: otherHash }) },
    { changes: upgraded(direct, { wasm: otherHash }, { wasm: tokenHash }) },
  ];
  const expected: [type: string | undefined, isQueued: boolean][] = [
    [undefined, false],
    ["SEP41 EVENTS", true],
    ["SEP41 EVENTS", true],
    ["SEP41 EVENTS", false],
    ["NONE EVENTS", false],
    ["SEP41 EVENTS", true],
  ];
  for (const [i, [type, isQueued]] of expected.entries()) {
    await ingest(database, steps.slice(0, i + 1));
    assert.deepEqual([(await tokens(sql))[direct.address], (await queued(sql)).length > 0], [type, isQueued], `ledger ${i + 1}`);
    await answer(sql);
  }
  const former = await sql`select until_ledger, wasm_hash from former_executables order by 1`;
  const names = new Map([tokenHash, token2Hash, otherHash].map((hash, i) => [hash.toString("hex"), ["token", "token2", "other"][i]]));
  assert.deepEqual(
    former.map((row) => [row.until_ledger, names.get((row.wasm_hash as Buffer).toString("hex"))]),
    [
      [1, "other"],
      [2, "token"],
      [4, "token2"],
      [5, "other"],
    ],
  );
});

test("a tag that names other code changes all contracts that run it, none of which is written", async () => {
  const fleetOf = Array.from({ length: 20 }, (_, i) => contract(`fleet ${i}`));
  const stranger = contract("stranger");
  const database = await testDatabase();
  const sql = database.connect();
  const steps: Step[] = [
    {
      changes: [
        ...[token, collection, other].flatMap(uploaded),
        ...tagged(owner, "v", otherHash),
        ...fleetOf.flatMap((of) => deployed(of, byTag)),
        // The same tag of another owner, and another tag of this one.
        ...deployed(stranger, { owner: stranger, tag: "v" }),
        ...tagged(stranger, "v", otherHash),
        ...tagged(owner, "w", otherHash),
      ],
    },
    { changes: tagged(owner, "v", tokenHash, otherHash) },
    { changes: [...tagged(owner, "v", collectionHash, tokenHash), ...upgraded(fleetOf[0]!, byTag, { wasm: tokenHash })] },
    { changes: [...tagged(owner, "v", otherHash, collectionHash), ...tagged(stranger, "v", tokenHash, otherHash)] },
  ];
  const all = (type: string): Record<string, string> => Object.fromEntries(fleetOf.map(({ address }) => [address, type]));
  const left = { [fleetOf[0]!.address]: "SEP41 EVENTS" };
  for (const [i, expected] of [
    {},
    all("SEP41 EVENTS"),
    { ...all("SEP50 EVENTS"), ...left },
    { ...all("NONE EVENTS"), ...left, [stranger.address]: "SEP41 EVENTS" },
  ].entries()) {
    await ingest(database, steps.slice(0, i + 1));
    assert.deepEqual(await tokens(sql), expected, `ledger ${i + 1}`);
  }
  // What is no token any more has left the queue.
  assert.deepEqual(await queued(sql), [fleetOf[0]!, stranger].map(({ address }) => address).sort());
});

test("what speaks for the layout of its code decides where a token's balances are read from", async () => {
  const sql = await ingested([{ changes: [...uploaded(token), ...deployed(direct, { wasm: tokenHash })] }]);
  const from = async (change: string): Promise<string | undefined> => {
    await sql.unsafe(change);
    await sql`select refresh_contract_tokens(array(select tokens_of_code(array[${tokenHash}::bytea])))`;
    return (await tokens(sql))[direct.address];
  };
  await answer(sql);
  assert.equal(await from(`insert into token_layouts (wasm_hash, agreements) select wasm_hash, 2 from protocol_wasms`), "SEP41 EVENTS");
  assert.equal(await from("update token_layouts set agreements = 3"), "SEP41 STORAGE");
  assert.equal(await from("update token_layouts set differences = 3"), "SEP41 EVENTS");
  assert.equal(await from("update token_layouts set agreements = 4"), "SEP41 STORAGE");
  assert.equal(await from("update token_layouts set contradictions = 1"), "SEP41 EVENTS");
  assert.equal(await from("update token_layouts set confirmed = true"), "SEP41 STORAGE");
  assert.equal(await from("update token_layouts set confirmed = false, contradictions = 0"), "SEP41 EVENTS");
  assert.equal(await from("update protocol_contracts set created_ledger = null"), "SEP41 PARTIAL");
  assert.deepEqual(await queued(sql), [], "its name is known");
  assert.equal(await from("update contract_tokens set type = 'SAC'"), "SAC PARTIAL", "proven by its id");
});

test("ledgers that are written again leave contracts, tags and what both were before as they are", async () => {
  const steps: Step[] = [
    { changes: [...[token, other].flatMap(uploaded), ...deployed(direct, { wasm: otherHash }), ...deployed(fleet, byTag)] },
    { changes: tagged(owner, "v", otherHash) },
    { changes: [...upgraded(direct, { wasm: otherHash }, { wasm: tokenHash }), ...tagged(owner, "v", tokenHash, otherHash)] },
    { changes: upgraded(direct, { wasm: tokenHash }, byTag) },
    { changes: [...upgraded(direct, byTag, { wasm: otherHash }), ...tagged(owner, "v", otherHash, tokenHash)] },
    { changes: deployed(old, { wasm: tokenHash }) },
  ];
  for (const first of [1, 3, 5]) {
    const database = await testDatabase();
    const ledgers = upgradedAt(contractChain(1, steps), first);
    const run = async (indexer = createIndexer(SANDBOX_PASSPHRASE)): Promise<Record<string, string>> => {
      assert.equal((await ingestSandbox(database.url, memorySource(ledgers), { indexer })).summary?.to, ledgers.length);
      const { cursors: _cursors, ledgers: _ledgers, account_key_secret: _secret, ...hashes } = await tableHashes(database.connect());
      return hashes;
    };
    const before = await run();
    const session = openIngestSession(database.url, "test");
    const lock = (await takeLock(session, "sandbox", SANDBOX_PASSPHRASE))!;
    assert.deepEqual(await rewindToKnown(session, lock.fence, UNKNOWN_PROTOCOL), { first: first + 1, last: ledgers.length });
    await session.end();
    assert.deepEqual(await run(createIndexer(SANDBOX_PASSPHRASE, UNKNOWN_PROTOCOL)), before, `from ledger ${first + 1} on`);
  }
});

test("an entry that names no code is no tag, and whoever a contract names as a tag's owner is written", async () => {
  const value = (of: xdr.ScVal, durability: xdr.ContractDataDurability): xdr.LedgerEntryChange[] =>
    created(datum(owner, xdr.ScVal.scvExecutableTag("v"), durability).entry(of));
  const account = accountAddress(person("owner of a tag"));
  const sql = await ingested([
    {
      changes: [
        ...value(xdr.ScVal.scvBytes(tokenHash.subarray(1)), xdr.ContractDataDurability.persistent),
        ...value(xdr.ScVal.scvBytes(tokenHash), xdr.ContractDataDurability.temporary),
        ...deployed(fleet, byTag),
        ...deployed(direct, { owner: { address: "G", xdr: account }, tag: "\0\uFFFF" }),
      ],
    },
  ]);
  const tags = await sql`select length(owner_id) as bytes, tag, wasm_hash from executable_tags order by tag`;
  assert.deepEqual(
    tags.map((row) => ({ ...row })),
    [
      { bytes: 33, tag: Buffer.from("\0\uFFFF"), wasm_hash: null },
      { bytes: 33, tag: Buffer.from("v"), wasm_hash: null },
    ],
  );
});

test("a wrong row of code, of a contract or of a tag does not pass its check", () => {
  const [bytes] = contractChain(1, [
    {
      changes: [...uploaded(token), ...deployed(direct, { wasm: tokenHash }), ...deployed(fleet, byTag), ...tagged(owner, "w", tokenHash)],
    },
  ]);
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const failing = (damage: (rows: LedgerRows) => unknown): string[] => {
    const ledger = openLedger(bytes!);
    const rows = indexer.index(ledger);
    damage(rows);
    const checks = problemsOf(rows, ledger, SANDBOX_PASSPHRASE).map(({ check }) => check);
    ledger.close();
    return [...new Set(checks)];
  };
  assert.deepEqual(
    failing(() => null),
    [],
  );
  assert.deepEqual(
    failing((rows) => (rows.protocolWasms[0]!.kind = "NONE")),
    ["protocol_wasms"],
  );
  assert.deepEqual(
    failing((rows) => (rows.protocolWasms[0]!.protocolId = "SEP41")),
    ["protocol_wasms"],
  );
  assert.deepEqual(
    failing((rows) => (rows.protocolWasms[0]!.functions = "[]")),
    ["protocol_wasms"],
  );
  assert.deepEqual(
    failing((rows) => rows.protocolWasms.pop()),
    ["protocol_wasms"],
  );
  for (const row of [0, 1]) {
    assert.deepEqual(
      failing((rows) => (rows.protocolContracts[row]!.isCreated = false)),
      ["protocol_contracts"],
    );
    assert.deepEqual(
      failing((rows) => (rows.protocolContracts[row]!.wasmHash = Buffer.alloc(32))),
      ["protocol_contracts"],
    );
  }
  assert.deepEqual(
    failing((rows) => (rows.protocolContracts[1]!.tagKey = Buffer.alloc(32))),
    ["protocol_contracts"],
  );
  for (const row of [0, 1])
    assert.deepEqual(
      failing((rows) => (rows.executableTags[row]!.owner = rows.protocolContracts[0]!.contract)),
      ["executable_tags"],
    );
  assert.deepEqual(
    failing((rows) => rows.executableTags.pop()),
    ["executable_tags"],
  );
  assert.deepEqual(
    failing((rows) => (rows.executableTags[0]!.wasmHash = null)),
    ["executable_tags"],
  );
});
