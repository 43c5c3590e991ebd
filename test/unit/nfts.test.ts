import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { ledgerToJson } from "../../bin/inspect/ledger-json.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { MAX_RANGE } from "../../functions/ingest/indexer/nft-events.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { contract, created, event, restored, updated } from "../fixtures/call-ledger.ts";
import { removed } from "../fixtures/contract-chain.ts";
import { bodies, type BodyForm, holder, type IdType, ids, minted, moved, nftChain, ownerEntry } from "../fixtures/nft-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { scMap, symbol } from "../fixtures/sc-values.ts";

const indexer = createIndexer(SANDBOX_PASSPHRASE);
const art = contract("art");
const [alice, bob] = [holder("alice"), holder("bob")];
const shop = contract("shop");
const pool = {
  address: encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.liquidityPool), Buffer.alloc(32, 1)])),
  xdr: xdr.ScAddress.scAddressTypeLiquidityPool(new xdr.PoolId(Buffer.alloc(32, 1))),
};

interface Told {
  changes?: xdr.LedgerEntryChange[];
  events?: xdr.ContractEvent[];
}

/** The rows of a ledger with one call, which its own check passes. */
function rowsOf(told: Told, metaVersion: 3 | 4 = 4): LedgerRows {
  const ledger = openLedger(nftChain(1, [told], metaVersion)[0]!);
  try {
    const rows = indexer.index(ledger);
    assert.deepEqual(problemsOf(rows, ledger, SANDBOX_PASSPHRASE), []);
    return rows;
  } finally {
    ledger.close();
  }
}

/** Tokens as `id owner source`. */
function tokens(told: Told, metaVersion: 3 | 4 = 4): string[] {
  return rowsOf(told, metaVersion)
    .nfts.map(({ tokenId, owner, isStored }) => `${tokenId} ${nameOf(owner?.text)} ${isStored ? "stored" : "event"}`)
    .sort();
}

function ranges(told: Told): string[] {
  return rowsOf(told).nftRanges.map(({ firstId, lastId, owner }) => `${firstId}-${lastId} ${nameOf(owner.text)}`);
}

function nameOf(address: string | undefined): string {
  if (address === undefined) return "nobody";
  return new Map([
    [alice.address, "alice"],
    [bob.address, "bob"],
    [shop.address, "shop"],
  ]).get(address)!;
}

test("every number, body and meta version of a movement says whose the token is", () => {
  for (const metaVersion of [3, 4] as const)
    for (const type of Object.keys(ids) as IdType[])
      for (const form of Object.keys(bodies) as BodyForm[]) {
        const of = { type, form };
        const told = (made: xdr.ContractEvent): string[] => tokens({ events: [made] }, metaVersion);
        // A plain i128 is the amount of a fungible token.
        const isAmount = type === "i128" && form === "plain";
        const shape = `${type} ${form} ${metaVersion}`;
        assert.deepEqual(told(moved(art, "mint", [alice], 7n, of)), isAmount ? [] : ["7 alice event"], shape);
        assert.deepEqual(told(moved(art, "transfer", [alice, bob], 7n, of)), isAmount ? [] : ["7 bob event"], shape);
        assert.deepEqual(told(moved(art, "burn", [alice], 7n, of)), isAmount ? [] : ["7 nobody event"], shape);
      }
});

test("numbers have up to 256 bits, and none is negative", () => {
  const told = (id: bigint, type: IdType): string[] => tokens({ events: [moved(art, "mint", [alice], id, { type, form: "map" })] });
  assert.deepEqual(told(0xffffffffn, "u32"), ["4294967295 alice event"]);
  assert.deepEqual(told(2n ** 64n - 1n, "u64"), ["18446744073709551615 alice event"]);
  assert.deepEqual(told(2n ** 127n - 1n, "i128"), [`${2n ** 127n - 1n} alice event`]);
  assert.deepEqual(told(2n ** 128n - 1n, "u128"), [`${2n ** 128n - 1n} alice event`]);
  assert.deepEqual(told(2n ** 256n - 1n, "u256"), [`${2n ** 256n - 1n} alice event`]);
  assert.deepEqual(told(-1n, "i128"), []);
});

test("what has another shape is no movement of an NFT", () => {
  const address = (party: { xdr: xdr.ScAddress }): xdr.ScVal => xdr.ScVal.scvAddress(party.xdr);
  const id = ids.u32(7n);
  const shapes: [xdr.ScVal[], xdr.ScVal][] = [
    // A fungible token's, whatever else its map has.
    [[symbol("transfer"), address(alice), address(bob)], scMap({ amount: ids.i128(5n), token_id: id })],
    [[symbol("transfer"), address(alice), address(bob)], scMap({ amount: id, token_id: id })],
    // An asset contract's.
    [[symbol("transfer"), address(alice), address(bob), xdr.ScVal.scvString("native")], id],
    [[symbol("mint"), address(alice), address(bob)], id],
    [[symbol("transfer"), address(alice)], id],
    [[symbol("burn"), id], id],
    [[symbol("burn")], id],
    [[symbol("transfer"), address(alice), address(bob)], xdr.ScVal.scvVec([id, id])],
    [[symbol("transfer"), address(alice), address(bob)], xdr.ScVal.scvVec([])],
    [[symbol("transfer"), address(alice), address(bob)], xdr.ScVal.scvVec(null)],
    [[symbol("transfer"), address(alice), address(bob)], xdr.ScVal.scvMap(null)],
    [[symbol("transfer"), address(alice), address(bob)], scMap({ id })],
    [[symbol("mint"), address(alice)], xdr.ScVal.scvI32(7)],
    [[symbol("mint"), address(alice)], xdr.ScVal.scvI64(7n)],
    [[symbol("mint"), address(alice)], xdr.ScVal.scvString("7")],
    [[symbol("approve"), address(alice), address(bob)], id],
    [[symbol("constructor"), address(alice)], id],
    [[symbol("consecutive_mint"), address(alice)], id],
  ];
  for (const [topics, data] of shapes) assert.deepEqual(tokens({ events: [event(art, topics, { data })] }), []);
});

test("of several movements the last counts, a token by itself and a contract by itself", () => {
  const events = [
    moved(art, "mint", [alice], 1n),
    moved(art, "transfer", [alice, bob], 1n),
    moved(art, "transfer", [bob, shop], 1n, { type: "u64", form: "map" }),
    moved(art, "mint", [alice], 2n),
    moved(art, "burn", [alice], 2n),
    moved(art, "mint", [bob], 2n),
    moved(art, "mint", [bob], 3n),
    moved(art, "burn", [bob], 3n),
  ];
  assert.deepEqual(tokens({ events }), ["1 shop event", "2 bob event", "3 nobody event"]);
  const two = rowsOf({ events: [moved(art, "mint", [alice], 1n), moved(shop, "mint", [bob], 1n)] }).nfts;
  assert.deepEqual(
    two.map(({ contract: { text } }) => text),
    [art.address, shop.address],
  );
});

test("a muxed receiver is its account", () => {
  const to: xdr.ScAddress = xdr.ScAddress.scAddressTypeMuxedAccount(
    new xdr.MuxedEd25519Account({
      id: 9n,
      ed25519: alice.xdr.type === "scAddressTypeAccount" ? alice.xdr.accountId.ed25519 : Buffer.alloc(32),
    }),
  );
  assert.deepEqual(tokens({ events: [moved(art, "transfer", [bob, { address: "", xdr: to }], 4n)] }), ["4 alice event"]);
});

test("the entry of an owner outranks events of its ledger, in any order, with the life of the entry", () => {
  for (const type of Object.keys(ids) as IdType[]) {
    const own = ownerEntry(art, 5n, { type });
    const changes = [...updated(own.entry(alice), own.entry(bob)), ...updated(own.ttl(10), own.ttl(90))];
    const events = [moved(art, "transfer", [bob, shop], 5n)];
    const [row] = rowsOf({ changes, events }).nfts;
    assert.deepEqual([row!.owner!.text, row!.isStored, row!.liveUntilLedger], [bob.address, true, 90]);
    assert.deepEqual(Buffer.from(row!.keyHash!), own.keyHash);
    assert.deepEqual(tokens({ changes: removed(own.entry(bob), own.key), events }), ["5 nobody stored"]);
    assert.deepEqual(tokens({ changes: restored(own.entry(shop)), events: [] }), ["5 shop stored"]);
  }
});

test("an entry that a ledger makes and removes leaves a burnt token, one that it makes again is there", () => {
  const own = ownerEntry(art, 5n);
  const gone = [...created(own.entry(alice)), ...removed(own.entry(alice), own.key)];
  assert.deepEqual(tokens({ changes: gone }), ["5 nobody stored"]);
  assert.deepEqual(tokens({ changes: [...removed(own.entry(alice), own.key), ...created(own.entry(bob))] }), ["5 bob stored"]);
});

test("what is no entry of an owner says nothing", () => {
  const numbered = ownerEntry(art, 5n);
  const changes = [
    ...created(ownerEntry(art, 6n, { durability: xdr.ContractDataDurability.temporary }).entry(alice)),
    ...created(ownerEntry(art, 7n, { name: "OwnerTokensIndex" }).entry(alice)),
    ...created(ownerEntry(art, 8n, { name: "owner" }).entry(alice)),
    ...created(ownerEntry(art, -9n, { type: "i128" }).entry(alice)),
    // Its value is no address; then an event may tell.
    ...updated(numbered.entry(alice), numbered.entryWith(ids.u32(1n))),
    ...removed(ownerEntry(art, 10n).entryWith(ids.u32(1n)), ownerEntry(art, 10n).key),
  ];
  assert.deepEqual(tokens({ changes }), []);
  assert.deepEqual(tokens({ changes, events: [moved(art, "transfer", [alice, bob], 5n)] }), ["5 bob event"]);
});

test("two keys that name one number are one token: the later change counts", () => {
  const [small, large] = [ownerEntry(art, 5n), ownerEntry(art, 5n, { type: "u64" })];
  assert.deepEqual(tokens({ changes: [...created(small.entry(alice)), ...created(large.entry(bob))] }), ["5 bob stored"]);
});

test("tokens that are minted together are one range, in every number and body", () => {
  for (const type of Object.keys(ids) as IdType[])
    for (const form of ["vector", "map"] as const)
      assert.deepEqual(ranges({ events: [minted(art, alice, 0n, 31_999n, { type, form })] }), ["0-31999 alice"]);
  const huge = 2n ** 200n;
  assert.deepEqual(ranges({ events: [minted(art, bob, huge, huge + MAX_RANGE - 1n, { type: "u256" })] }), [
    `${huge}-${huge + MAX_RANGE - 1n} bob`,
  ]);
});

test("a range that is empty or too large says nothing, and of ranges that overlap the first remains", () => {
  assert.deepEqual(
    ranges({ events: [minted(art, alice, 5n, 4n), minted(art, alice, 0n, MAX_RANGE), minted(art, alice, 0n, 0xffffffffn)] }),
    [],
  );
  const events = [
    minted(art, alice, 10n, 19n),
    minted(art, bob, 19n, 30n),
    minted(art, bob, 20n, 20n),
    minted(art, bob, 0n, 9n),
    minted(art, shop, 0n, 3n),
  ];
  assert.deepEqual(ranges({ events }), ["0-9 bob", "10-19 alice", "20-20 bob"]);
});

test("neither a diagnostic nor a system event moves a token", () => {
  const movement = (type: xdr.ContractEventType): xdr.ContractEvent =>
    event(art, [symbol("mint"), xdr.ScVal.scvAddress(alice.xdr)], { type, data: ids.u32(1n) });
  const { system, diagnostic } = xdr.ContractEventType;
  assert.deepEqual(tokens({ events: [movement(system), movement(diagnostic)] }), []);
});

test("inspect shows tokens and ranges", () => {
  const own = ownerEntry(art, 5n);
  const json = ledgerToJson(
    rowsOf({
      changes: [...created(own.entry(alice)), ...created(own.ttl(90))],
      events: [moved(art, "burn", [bob], 6n), minted(art, bob, 7n, 9n)],
    }),
  );
  assert.deepEqual(json.nfts, [
    { contract: art.address, is_stored: false, token_id: "6" },
    { contract: art.address, is_stored: true, live_until_ledger: 90, owner_id: alice.address, token_id: "5" },
  ]);
  assert.deepEqual(json.nft_ranges, [{ contract: art.address, first_id: "7", last_id: "9", owner_id: bob.address }]);
});

test("the check finds a token, a range or a life that the rows have otherwise, and rows that the ledger does not tell of", () => {
  const own = ownerEntry(art, 5n);
  const told = {
    changes: [...created(own.entry(alice)), ...created(own.ttl(90))],
    events: [moved(art, "mint", [bob], 6n), minted(art, bob, 7n, 9n)],
  };
  const ledger = openLedger(nftChain(1, [told])[0]!);
  const problems = (change: (rows: LedgerRows) => void): string[] => {
    const rows = indexer.index(ledger);
    change(rows);
    return problemsOf(rows, ledger, SANDBOX_PASSPHRASE).map(({ check }) => check);
  };
  assert.deepEqual(
    problems(() => {}),
    [],
  );
  const stored = (rows: LedgerRows): LedgerRows["nfts"][number] => rows.nfts.find(({ isStored }) => isStored)!;
  assert.deepEqual(
    problems((rows) => void (stored(rows).owner = null)),
    ["nfts"],
  );
  assert.deepEqual(
    problems((rows) => void (stored(rows).liveUntilLedger = 91)),
    ["nfts"],
  );
  assert.deepEqual(
    problems((rows) => void rows.nfts.pop()),
    ["nfts"],
  );
  assert.deepEqual(
    problems((rows) => void rows.nfts.push({ ...rows.nfts[0]!, tokenId: 8n })),
    ["nfts"],
  );
  assert.deepEqual(
    problems((rows) => void (rows.nftRanges[0]!.lastId = 8n)),
    ["nft_ranges"],
  );
  ledger.close();
});

test("who had or got a token takes part in the operation and the transaction, without a state change", () => {
  const events = [
    moved(art, "transfer", [alice, bob], 1n),
    moved(art, "mint", [shop], 2n),
    minted(art, holder("carol"), 3n, 9n),
    moved(art, "burn", [holder("dave")], 2n),
    moved(art, "transfer", [pool, alice], 10n),
    minted(art, pool, 11n, 12n),
  ];
  const rows = rowsOf({ events });
  const parties = [alice, bob, shop, holder("carol"), holder("dave")].map(({ address }) => address);
  for (const accounts of [rows.operations[0]!.accounts, rows.transactions[0]!.accounts]) {
    const texts = accounts.map(({ text }) => text);
    assert.deepEqual(
      parties.filter((party) => !texts.includes(party)),
      [],
    );
    assert.ok(!texts.includes(pool.address), "a pool is nobody's account");
  }
  assert.deepEqual(
    rows.stateChanges.filter(({ account }) => parties.includes(account.text)),
    [],
  );
});
