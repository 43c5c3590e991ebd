import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { sha256 } from "../../bin/simulated-network/keys.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { openIngestSession } from "../../functions/ingest/invocation/bounded-session.ts";
import { takeLock } from "../../functions/ingest/invocation/lock.ts";
import { rewindToKnown } from "../../functions/ingest/maintenance/rewind.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { decodeStrkey, encodeStrkey } from "../../functions/shared/strkey.ts";
import { type Call, contract, created, event, updated } from "../fixtures/call-ledger.ts";
import { deployed, instanceEntry, tagged, upgraded } from "../fixtures/code-entries.ts";
import { amount, balanceOf, contractChain, datum, EUR, ISSUER, type Step } from "../fixtures/contract-chain.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { address, type Holder, HOLDERS, MadeToken } from "../fixtures/made-token.ts";
import { UNKNOWN_PROTOCOL, upgradedAt } from "../fixtures/newer-ledgers.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { tokenProblemsOf } from "../fixtures/token-problems.ts";
import { i128, scMap, symbol } from "../fixtures/sc-values.ts";

const [one, two, three, other] = HOLDERS as [Holder, Holder, Holder, Holder];
const code = sha256("code of a token");

/** A database that knows the code to be a SEP-41 token's. */
async function database(...hashes: Uint8Array[]): Promise<{ url: string; sql: Database }> {
  const opened = await testDatabase();
  const sql = opened.connect();
  for (const hash of hashes) await sql`insert into protocol_wasms (wasm_hash, protocol_id, kind) values (${hash}, 'SEP41', 'SEP41')`;
  return { url: opened.url, sql };
}

/** Ingests a chain whose rows are what its ledgers say. */
async function ingest(url: string, steps: readonly Step[]): ReturnType<typeof ingestSandbox> {
  const ledgers = contractChain(1, steps);
  for (const bytes of ledgers) assert.deepEqual(tokenProblemsOf(bytes), []);
  const invocation = await ingestSandbox(url, memorySource(ledgers));
  assert.equal(invocation.error, null);
  return invocation;
}

const deploy = (token: MadeToken, wasm: Uint8Array = code): Call =>
  token.call("__constructor", [], { changes: deployed(token.contract, { wasm }), events: [] });

/** An event of EUR's asset contract, which names the asset. */
function assetEvent(name: string, parties: readonly Holder[], data: xdr.ScVal): xdr.ContractEvent {
  const id = decodeStrkey(EUR.address)!.subarray(1);
  const topics = [symbol(name), ...parties.map(address), xdr.ScVal.scvString(`EUR:${ISSUER.address}`)];
  return event({ ...EUR, id }, topics, { data });
}

function text(bytes: Uint8Array): string {
  return encodeStrkey(bytes);
}

/** Both views of every balance, by holder. */
async function balances(sql: Database, token: MadeToken): Promise<Record<string, [stored: string | null, summed: string]>> {
  const rows = await sql<{ account_id: Uint8Array; stored: string | null; summed: string }[]>`
    select account_id, stored, summed from sep41_balances where contract_id = ${contractUuid(token.contract.address)} order by account_id`;
  return Object.fromEntries(rows.map((row) => [text(row.account_id), [row.stored, row.summed]]));
}

/** What the token's own books say, in the same form. */
function booked(token: MadeToken): Record<string, [string, string]> {
  const held = [...token.balances].filter(([, amount]) => amount !== 0n);
  return Object.fromEntries(held.map(([holder, amount]) => [holder, [String(amount), String(amount)]]));
}

async function tokenRow(sql: Database, token: MadeToken): Promise<Record<string, unknown> | undefined> {
  const [row] = await sql`
    select type, balances_from, events_differ, supply, is_supply_stored from contract_tokens where id = ${contractUuid(token.contract.address)}`;
  return row;
}

test("balances are what the entries say and what the events sum up to, and the layout is proven by them", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("honest");
  await ingest(url, [
    { calls: [deploy(token)] },
    { calls: [token.mint(one, 100n), token.transfer(one, two, 30n)] },
    { calls: [token.transfer(two, other, 10n), token.burn(one, 70n), token.transfer(other, other, 5n)] },
    { calls: [token.clawback(two, 1n)] },
  ]);
  assert.deepEqual(await balances(sql, token), booked(token));
  assert.deepEqual(Object.keys(booked(token)).length, 2);
  assert.deepEqual(await tokenRow(sql, token), {
    type: "SEP41",
    balances_from: "STORAGE",
    events_differ: false,
    supply: "29",
    is_supply_stored: false,
  });
  const [layout] = await sql`select agreements, differences, contradictions, is_proven, is_applied from token_layouts`;
  assert.deepEqual({ ...layout }, { agreements: "7", differences: "0", contradictions: "0", is_proven: true, is_applied: true });
});

test("a ledger that is written again changes nothing", async () => {
  const { url, sql } = await database(code);
  const stored = new MadeToken("stored");
  const told = new MadeToken("told", { allowance: "none", keepsEmpty: false });
  const steps: Step[] = [
    { calls: [deploy(stored), deploy(told)] },
    { calls: [stored.mint(one, 100n), told.mint(one, 100n), stored.approve(one, two, 50n, 90), told.approve(one, two, 50n, 90)] },
    { calls: [stored.transferFrom(two, one, three, 20n), told.transferFrom(two, one, three, 20n)] },
    { calls: [told.transferFrom(two, one, three, 30n), told.burn(one, 50n), stored.burn(three, 20n)] },
    { calls: [told.burn(three, 50n), stored.approve(two, one, 7n, 90)] },
  ];
  const ledgers = upgradedAt(contractChain(1, steps), 2);
  assert.equal((await ingestSandbox(url, memorySource(ledgers))).error, null);
  assert.deepEqual(await balances(sql, told), {}, "nothing is left");
  const before = await tableHashes(sql);
  const session = openIngestSession(url, "test");
  const lock = await takeLock(session, "sandbox", SANDBOX_PASSPHRASE);
  assert.deepEqual(await rewindToKnown(session, lock!.fence, UNKNOWN_PROTOCOL), { first: 3, last: 5 });
  await session.end();
  const again = await ingestSandbox(url, memorySource(ledgers), { indexer: createIndexer(SANDBOX_PASSPHRASE) });
  assert.deepEqual([again.error, again.summary?.ledgers], [null, 3]);
  assert.deepEqual(await tableHashes(sql), before);
});

test("a token whose storage says something else than its events is marked, and the storage wins", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("fee", { feePercent: 10n });
  const invocation = await ingest(url, [
    { calls: [deploy(token)] },
    { calls: [token.mint(one, 1_000n), token.mint(two, 100n), token.mint(three, 10n)] },
    { calls: [token.transfer(one, two, 200n), token.rebase(three, 3n, 2n)] },
  ]);
  assert.deepEqual(await balances(sql, token), {
    [one.address]: ["800", "800"],
    [two.address]: ["280", "300"],
    [three.address]: ["15", "10"],
  });
  const { balances_from, events_differ } = (await tokenRow(sql, token))!;
  assert.deepEqual([balances_from, events_differ], ["STORAGE", true]);
  assert.deepEqual(
    { ...(await sql`select agreements, differences, contradictions from token_layouts`)[0] },
    { agreements: "4", differences: "2", contradictions: "0" },
  );
  assert.deepEqual(invocation.report.refutedLayouts, []);
});

test("no sum of events is believed that has been seen to differ, whatever speaks for the layout", async () => {
  const { url, sql } = await database(code);
  const [token, sibling] = [new MadeToken("with a collector"), new MadeToken("honest sibling")];
  /** The fee goes to somebody's entry without an event: two differences for one agreement. */
  const transfer = (amount: bigint): Call => {
    const changes = [...token.transfer(one, three, amount / 10n).changes!, ...token.transfer(one, two, amount - amount / 10n).changes!];
    const told = token.event([symbol("transfer"), address(one), address(two)], i128(amount));
    return token.call("transfer", [], { changes, events: [told] });
  };
  const steps: Step[] = [
    { calls: [deploy(token), deploy(sibling)] },
    { calls: [token.mint(one, 1_000n), sibling.mint(one, 5n)] },
    { calls: [transfer(100n), transfer(100n)] },
  ];
  const from = async (of: MadeToken): Promise<unknown> => (await tokenRow(sql, of))!.balances_from;
  await ingest(url, steps);
  assert.deepEqual([await from(token), await from(sibling)], ["PARTIAL", "EVENTS"]);
  assert.deepEqual(await balances(sql, token), {
    [one.address]: ["800", "800"],
    [two.address]: ["180", "200"],
    [three.address]: ["20", "0"],
  });
  // Proven in the end, by others of the code.
  steps.push({ calls: [sibling.mint(two, 5n), sibling.mint(three, 5n)] });
  await ingest(url, steps);
  assert.deepEqual([await from(token), await from(sibling)], ["STORAGE", "STORAGE"]);
  steps.push({ calls: [transfer(100n), transfer(100n)] });
  await ingest(url, steps);
  assert.deepEqual([await from(token), await from(sibling)], ["PARTIAL", "EVENTS"]);
});

test("one contradiction puts a code's tokens back to events, loudly", async () => {
  const { url, sql } = await database(code, sha256("elsewhere"));
  const [token, sibling] = [new MadeToken("liar"), new MadeToken("sibling")];
  const elsewhere = new MadeToken("elsewhere", { isElsewhere: true });
  const steps: Step[] = [
    { calls: [deploy(token), deploy(sibling), deploy(elsewhere, sha256("elsewhere"))] },
    { calls: [token.mint(one, 5n), sibling.mint(one, 5n), sibling.mint(two, 5n), elsewhere.mint(one, 5n)] },
  ];
  await ingest(url, steps);
  assert.deepEqual([(await tokenRow(sql, token))!.balances_from, (await tokenRow(sql, elsewhere))!.balances_from], ["STORAGE", "EVENTS"]);
  const lie = token.event([symbol("transfer"), address(one), address(two)], i128(3n));
  const { report } = await ingest(url, [...steps, { calls: [token.call("lie", [], { changes: [], events: [lie] })] }]);
  for (const { contract: of } of [token, sibling])
    assert.deepEqual(
      [...(await sql`select balances_from, events_differ from contract_tokens where contract_id = ${of.address}`)],
      [{ balances_from: "EVENTS", events_differ: false }],
    );
  assert.deepEqual(report.refutedLayouts, [
    {
      wasmHash: code.toString("hex"),
      ledger: 3,
      contradiction: `${token.contract.address}: events move -3 of ${one.address}, whose entry stays as it was`,
    },
  ]);
  // What RPC says outranks it.
  await sql`update token_layouts set confirmed = true where wasm_hash = ${code}`;
  await ingest(url, [...steps, { calls: [token.call("lie", [], { changes: [], events: [lie] })] }, { calls: [sibling.mint(three, 1n)] }]);
  assert.equal((await tokenRow(sql, token))!.balances_from, "STORAGE");
});

test("what a contract does in a ledger that gives it other code speaks of no code", async () => {
  const { url, sql } = await database(code, sha256("new code"));
  const [direct, fleet] = [new MadeToken("direct"), new MadeToken("of a fleet")];
  const owner = contract("owner of tags");
  const lies = (token: MadeToken): Call =>
    token.call("lie", [], { changes: [], events: [token.event([symbol("mint"), address(one)], i128(1n))] });
  const change = (changes: Call["changes"]): Call => direct.call("change", [], { changes: changes ?? [], events: [] });
  await ingest(url, [
    { calls: [deploy(direct), change(tagged(owner, "v", code)), change(deployed(fleet.contract, { owner, tag: "v" }))] },
    { calls: [direct.mint(one, 1n), fleet.mint(one, 1n)] },
    // There and back: at the ledger's end both run what they ran before it.
    {
      calls: [
        change(upgraded(direct.contract, { wasm: code }, { wasm: sha256("new code") })),
        change(tagged(owner, "v", sha256("new code"), code)),
        lies(direct),
        lies(fleet),
        change(upgraded(direct.contract, { wasm: sha256("new code") }, { wasm: code })),
        change(tagged(owner, "v", code, sha256("new code"))),
      ],
    },
    { calls: [direct.mint(two, 1n)] },
  ]);
  const layouts = await sql`select wasm_hash, agreements, contradictions from token_layouts`;
  assert.deepEqual([...layouts], [{ wasm_hash: code, agreements: "3", contradictions: "0" }]);
});

test("balances are archived and come back, temporary ones are gone", async () => {
  const { url, sql } = await database(code);
  const kept = new MadeToken("kept");
  const lost = new MadeToken("lost", { isTemporary: true });
  const steps: Step[] = [{ calls: [deploy(kept), deploy(lost)] }, { calls: [kept.mint(one, 5n), lost.mint(one, 6n)] }];
  steps.push({ calls: [], evicted: [kept.evict(one), lost.evict(one)] });
  const rows = (): Promise<unknown[]> =>
    sql`select t.contract_id, b.stored::text, b.is_temporary, b.live_until_ledger, b.evicted_ledger, b.key_hash is null as "isGone"
      from sep41_balances b join contract_tokens t on t.id = b.contract_id order by b.is_temporary`.then((found) =>
      found.map((row) => Object.values(row)),
    );
  await ingest(url, steps);
  assert.deepEqual(await rows(), [
    [kept.contract.address, "5", false, 700, 3, false],
    // Its events still say that there was something.
    [lost.contract.address, null, true, null, null, true],
  ]);
  steps.push({ calls: [kept.restore(one), lost.mint(one, 1n)] });
  await ingest(url, steps);
  assert.deepEqual(await rows(), [
    [kept.contract.address, "5", false, 900, null, false],
    [lost.contract.address, "1", true, 700, null, false],
  ]);
  // Somebody pays for a longer life.
  const { ttl } = kept.balanceDatum(one);
  steps.push({ changes: updated(ttl(900), ttl(950)) });
  await ingest(url, steps);
  assert.deepEqual((await rows())[0], [kept.contract.address, "5", false, 950, null, false]);
  // Of the same ledger: archived, and brought back by the call that needs it.
  steps.push({ calls: [], evicted: [kept.evict(one)] }, { calls: [kept.transfer(one, two, 2n)] });
  await ingest(url, steps);
  assert.deepEqual((await rows())[0], [kept.contract.address, "3", false, 800, null, false]);
  assert.equal((await sql`select contradictions, differences from token_layouts`)[0]!.contradictions, "0");
});

/** Every allowance: parties, what is left, until when, and whether an entry says so. */
async function allowances(sql: Database, token: MadeToken): Promise<unknown[][]> {
  const rows = await sql<{ owner_id: Uint8Array; spender_id: Uint8Array; amount: string; expiration_ledger: string; is_stored: boolean }[]>`
    select owner_id, spender_id, amount, expiration_ledger, is_stored from sep41_allowances
    where contract_id = ${contractUuid(token.contract.address)} order by owner_id, spender_id`;
  return rows.map((row) => [text(row.owner_id), text(row.spender_id), row.amount, Number(row.expiration_ledger), row.is_stored]);
}

for (const allowance of ["owner", "from", "none"] as const)
  test(`allowances are reduced by what is spent (${allowance})`, async () => {
    const { url, sql } = await database(code);
    const token = new MadeToken(`allowances ${allowance}`, { allowance, hasMapBodies: allowance !== "from" });
    const isStored = allowance !== "none";
    const steps: Step[] = [
      { calls: [deploy(token)] },
      {
        calls: [
          token.mint(one, 100n),
          token.approve(one, two, 50n, 90),
          token.approve(one, two, 60n, 80),
          token.approve(other, one, 5n, 90),
        ],
      },
      { calls: [token.transferFrom(two, one, three, 20n)] },
    ];
    await ingest(url, steps);
    assert.deepEqual(
      await allowances(sql, token),
      [
        [one.address, two.address, "40", 80, isStored],
        [other.address, one.address, "5", 90, isStored],
      ].sort(([a], [b]) => Buffer.compare(decodeStrkey(a as string)!, decodeStrkey(b as string)!)),
    );
    // Spent, approved anew and spent again in one ledger; and one that is taken back.
    steps.push({
      calls: [
        token.burnFrom(two, one, 10n),
        token.approve(one, two, 9n, 4_294_967_295),
        token.burnFrom(two, one, 2n),
        token.approve(other, one, 0n, 0),
      ],
    });
    await ingest(url, steps);
    assert.deepEqual(await allowances(sql, token), [[one.address, two.address, "7", 4_294_967_295, isStored]]);
    steps.push({ calls: [token.transferFrom(two, one, one, 7n)] });
    await ingest(url, steps);
    assert.deepEqual(await allowances(sql, token), [], "used up");
  });

test("what was spent in a call that names more than was approved leaves nothing, not less", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("overspent", { allowance: "none" });
  await ingest(url, [{ calls: [token.approve(one, two, 5n, 90)] }, { calls: [token.transferFrom(two, one, three, 8n)] }]);
  assert.deepEqual(await allowances(sql, token), []);
});

test("expired allowances are swept after the last ledger, a thousand at a time", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("expiring");
  await sql`insert into sep41_allowances (owner_id, spender_id, contract_id, amount, expiration_ledger, last_modified_ledger)
    select ('\\x30' || lpad(to_hex(n), 64, '0'))::bytea, '\\x30'::bytea, ${contractUuid(token.contract.address)}::uuid, 1, 1, 1 from generate_series(1, 1001) n`;
  const { report } = await ingest(url, [
    { calls: [deploy(token)] },
    { calls: [token.approve(one, two, 5n, 2), token.approve(two, one, 5n, 1)] },
  ]);
  assert.equal(report.expiredAllowances, 1_000);
  const next = await ingestSandbox(url, memorySource([]));
  assert.equal(next.report.expiredAllowances, 2);
  assert.deepEqual(
    (await allowances(sql, token)).map(([, , , until]) => until),
    [2],
    "one that ends with the newest ledger can still be used",
  );
});

test("allowances of asset contracts are those of their entries", async () => {
  const { url, sql } = await database();
  const shaped = new MadeToken("unused", { allowance: "from" });
  const key = xdr.ScVal.scvVec([symbol("Allowance"), scMap({ from: address(one), spender: address(other) })]);
  const entry = datum(EUR, key, xdr.ContractDataDurability.temporary).entry(
    scMap({ amount: i128(12n), live_until_ledger: xdr.ScVal.scvU32(50) }),
  );
  const approve = assetEvent("approve", [one, other], xdr.ScVal.scvVec([i128(12n), xdr.ScVal.scvU32(50)]));
  await ingest(url, [{ calls: [shaped.call("approve", [], { changes: created(entry), events: [approve] })] }]);
  assert.deepEqual(
    [...(await sql`select t.type, t.code, a.amount, a.is_stored from sep41_allowances a join contract_tokens t on t.id = a.contract_id`)],
    [{ type: "SAC", code: "EUR", amount: "12", is_stored: true }],
  );
});

test("an entry in the shape of an asset contract's goes to both tables unless the ledger proves what it is", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("shaped", { value: "asset" });
  const sac = balanceOf(EUR, other);
  const unproven = token.call("f", [], { changes: created(sac.entry(amount(3n))), events: [] });
  await ingest(url, [{ calls: [deploy(token)] }, { calls: [token.mint(other, 7n), token.mint(one, 8n), unproven] }]);
  const tables = async (): Promise<unknown[]> => [
    ...(await sql`select t.type, b.account_id = ${decodeStrkey(one.address)} as "isOne", b.stored::int as both, (s.balance * 10000000)::int as sac from sep41_balances b
      join contract_tokens t on t.id = b.contract_id left join sac_balances s on s.account_id = b.account_id and s.contract_id = b.contract_id order by 3`),
  ];
  assert.deepEqual(await tables(), [
    { type: "UNKNOWN", isOne: false, both: 3, sac: 3 },
    { type: "SEP41", isOne: false, both: 7, sac: 7 },
    { type: "SEP41", isOne: true, both: 8, sac: null },
  ]);
  const moved = assetEvent("transfer", [one, other], i128(1n));
  const proven = token.call("f", [], { changes: updated(sac.entry(amount(3n)), sac.entry(amount(4n))), events: [moved] });
  await ingest(url, [{ calls: [deploy(token)] }, { calls: [token.mint(other, 7n), token.mint(one, 8n), unproven] }, { calls: [proven] }]);
  // The asset contract's row goes on, the other is shown no more: its token is an asset's.
  assert.deepEqual((await tables())[0], { type: "SAC", isOne: false, both: 3, sac: 4 });
});

test("the supply is what the instance says, else the sum of a token whose whole life is here", async () => {
  const { url, sql } = await database(code);
  const [stored, summed, older] = [new MadeToken("says"), new MadeToken("summed"), new MadeToken("older")];
  const instance = datum(stored.contract, xdr.ScVal.scvLedgerKeyContractInstance(), xdr.ContractDataDurability.persistent);
  const supplies = (value: bigint): xdr.LedgerEntry => {
    const storage = [new xdr.ScMapEntry({ key: xdr.ScVal.scvVec([symbol("TotalSupply")]), val: i128(value) })];
    const executable = xdr.ContractExecutable.contractExecutableWasm(code);
    return instance.entry(xdr.ScVal.scvContractInstance(new xdr.ScContractInstance({ executable, storage })));
  };
  const minted = stored.mint(one, 40n);
  minted.changes!.push(...updated(supplies(960n), supplies(1_000n)));
  await ingest(url, [
    { calls: [deploy(summed)] },
    { calls: [minted, summed.mint(one, 10n), summed.clawback(one, 1n), older.mint(one, 10n)] },
    { calls: [summed.burn(one, 4n)] },
  ]);
  const supply = async (token: MadeToken): Promise<unknown> => (await tokenRow(sql, token))!.supply;
  assert.deepEqual([await supply(stored), await supply(summed), await supply(older)], ["1000", "5", null]);
});

test("events that a simulation has included are not added, and its balance stays when it is nothing", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("simulated", { isElsewhere: true });
  const id = contractUuid(token.contract.address);
  const steps: Step[] = [{ calls: [token.mint(one, 10n)] }];
  await ingest(url, steps);
  await sql`update sep41_balances set summed = 0, summed_ledger = 2, simulated_ledger = 2, last_modified_ledger = 2 where contract_id = ${id}`;
  steps.push({ calls: [token.burn(one, 10n)] }, { calls: [token.mint(one, 4n)] }, { calls: [token.burn(one, 4n)] });
  await ingest(url, steps.slice(0, 2));
  const row = async (): Promise<unknown[]> => [...(await sql`select summed, summed_ledger, simulated_ledger from sep41_balances`)];
  assert.deepEqual(await row(), [{ summed: "0", summed_ledger: 2, simulated_ledger: 2 }]);
  await ingest(url, steps.slice(0, 3));
  assert.deepEqual(await row(), [{ summed: "4", summed_ledger: 3, simulated_ledger: 2 }]);
  await ingest(url, steps);
  assert.deepEqual(await row(), [{ summed: "0", summed_ledger: 4, simulated_ledger: 2 }]);
});

test("a token that is older than the database is partial until its storage is proven", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("from before");
  token.balances.set(one.address, 50n);
  const steps: Step[] = [
    { calls: [token.transfer(one, two, 5n)] },
    {
      calls: [
        token.call("touch", [], {
          changes: updated(instanceEntry(token.contract, { wasm: code }), instanceEntry(token.contract, { wasm: code })),
          events: [],
        }),
      ],
    },
  ];
  await ingest(url, steps);
  assert.deepEqual(await balances(sql, token), { [one.address]: ["45", "-5"], [two.address]: ["5", "5"] });
  assert.equal((await tokenRow(sql, token))!.balances_from, "PARTIAL");
  await ingest(url, [...steps, { calls: [token.transfer(one, two, 1n), token.transfer(one, three, 1n)] }]);
  assert.equal((await tokenRow(sql, token))!.balances_from, "STORAGE");
});

test("sums beyond an i128, and entries at its ends, are kept as they are", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("extremes");
  const most = (1n << 127n) - 1n;
  const mint = token.event([symbol("mint"), address(one)], i128(most));
  const burn = token.event([symbol("burn"), address(two)], i128(most));
  const lowest = created(token.balanceDatum(three).entry(i128(-most - 1n)));
  await ingest(url, [
    { calls: [deploy(token)] },
    { calls: [token.call("f", [], { changes: lowest, events: [mint, mint, burn] })] },
    { calls: [token.call("f", [], { changes: [], events: [mint, burn, burn] })] },
  ]);
  assert.deepEqual(await balances(sql, token), {
    [one.address]: [null, String(3n * most)],
    [two.address]: [null, String(-3n * most)],
    [three.address]: [String(-most - 1n), "0"],
  });
  assert.deepEqual([(await tokenRow(sql, token))!.supply, (await tokenRow(sql, token))!.balances_from], ["0", "PARTIAL"]);
});

test("a contract that no ledger has shown stays a stub, queued once, whatever is told of it later", async () => {
  const { url, sql } = await database(code);
  const token = new MadeToken("never shown");
  token.balances.set(one.address, 50n);
  const stub = () => sql`
    select t.type, t.balances_from, q.status, q.attempts, q.next_try, q.updated_at, t.updated_at as told_at
    from contract_tokens t join metadata_queue q on q.token_id = t.id where t.id = ${contractUuid(token.contract.address)}`;
  const steps: Step[] = [{ calls: [token.transfer(one, two, 5n)] }];
  await ingest(url, steps);
  const first = await stub();
  assert.deepEqual([first[0]!.type, first[0]!.balances_from, first[0]!.status], ["UNKNOWN", "PARTIAL", "pending"]);
  await ingest(url, [...steps, { calls: [token.transfer(one, two, 5n)] }, { calls: [token.approve(one, two, 5n, 90)] }]);
  assert.deepEqual([...(await stub())], [...first]);
  assert.deepEqual([...(await sql`select count(*)::integer as stubs from contract_tokens`)], [{ stubs: 1 }]);
  assert.deepEqual([...(await sql`select count(*)::integer as layouts from token_layouts`)], [{ layouts: 0 }]);
});

test("a token that is met after its contract was made has the TTL of its instance", async () => {
  const { url, sql } = await database();
  const token = new MadeToken("met later");
  const steps: Step[] = [{ calls: [deploy(token)] }, { calls: [token.mint(one, 5n)] }];
  await ingest(url, steps);
  const [row] = await sql`
    select t.type, p.live_until_ledger as of_contract, t.live_until_ledger as of_token from contract_tokens t join protocol_contracts p on p.token_id = t.id`;
  assert.deepEqual({ ...row }, { type: "UNKNOWN", of_contract: 1_000, of_token: 1_000 });
});
