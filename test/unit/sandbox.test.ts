import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import type * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { simulatedNetworkSource } from "../../bin/simulated-network/network-source.ts";
import { encodeStrkey } from "../../functions/shared/strkey.ts";
import { applyChanges, decodeV2, ledgerChanges, type Entries } from "../fixtures/ledger-entries.ts";
import { indexBytes, openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

const ledgers = sandboxLedgers(150);
const TOTAL_COINS = 1_000_000_000_000_000_000n;

function address(id: xdr.PublicKey): string {
  return encodeStrkey(Buffer.concat([Buffer.of(6 << 3), id.ed25519.toBytes()]));
}

function entriesAfter(count: number): Entries {
  const entries: Entries = new Map();
  for (const bytes of ledgers.slice(0, count)) applyChanges(entries, ledgerChanges(decodeV2(bytes)));
  return entries;
}

test("the same options give the same ledgers, another seed gives others", () => {
  assert.deepEqual(sandboxLedgers(20), ledgers.slice(0, 20));
  assert.notDeepEqual(sandboxLedgers(20, "another")[19], ledgers[19]);
});

test("every ledger has the hash of its header and names the one before", () => {
  let previous: Uint8Array = Buffer.alloc(32);
  for (const [i, bytes] of ledgers.entries()) {
    const ledger = openLedger(bytes);
    assert.equal(ledger.sequence, i + 1);
    assert.deepEqual(Buffer.from(ledger.previousHash), Buffer.from(previous));
    previous = Buffer.from(ledger.hash);
  }
});

test("the entry changes of all ledgers fit each other", () => {
  assert.ok(entriesAfter(ledgers.length).size > 30);
});

test("no lumen is lost: accounts, pools and fees add up to all that there are", () => {
  let sum = decodeV2(ledgers.at(-1)!).ledgerHeader.header.feePool;
  for (const { data } of entriesAfter(ledgers.length).values()) {
    if (data.type === "account") sum += data.account.balance;
    if (data.type === "liquidityPool" && data.liquidityPool.body.type === "liquidityPoolConstantProduct") {
      sum += data.liquidityPool.body.constantProduct.reserveA;
    }
  }
  assert.equal(sum, TOTAL_COINS);
});

test("subentries, sponsorships and liabilities equal what the entries say", () => {
  const subentries = new Map<string, number>();
  const selling = new Map<string, bigint>();
  const sponsoring = new Map<string, number>();
  const add = (map: Map<string, number>, id: xdr.PublicKey, count: number): void => {
    map.set(address(id), (map.get(address(id)) ?? 0) + count);
  };
  const entries = entriesAfter(ledgers.length);
  for (const { data, ext } of entries.values()) {
    if (data.type === "trustline") add(subentries, data.trustLine.accountId, data.trustLine.asset.type === "assetTypePoolShare" ? 2 : 1);
    if (data.type === "offer") {
      const seller = address(data.offer.sellerId);
      add(subentries, data.offer.sellerId, 1);
      selling.set(seller, (selling.get(seller) ?? 0n) + data.offer.amount);
    }
    if (ext.type === "v1" && ext.v1.sponsoringId) add(sponsoring, ext.v1.sponsoringId, 2);
  }
  let offers = 0n;
  for (const { data } of entries.values()) {
    if (data.type === "account") {
      const { account } = data;
      assert.equal(account.numSubEntries, subentries.get(address(account.accountId)) ?? 0);
      assert.ok(account.ext.type === "v1" && account.ext.v1.ext.type === "v2");
      assert.equal(account.ext.v1.ext.v2.numSponsoring, sponsoring.get(address(account.accountId)) ?? 0);
    }
    // Every offer of the sandbox sells USDC.
    if (data.type === "trustline" && data.trustLine.ext.type === "v1" && data.trustLine.ext.v1.liabilities.selling > 0n) {
      assert.equal(data.trustLine.ext.v1.liabilities.selling, selling.get(address(data.trustLine.accountId)));
      offers++;
    }
  }
  assert.ok(offers > 0n && sponsoring.size > 0);
});

test("the signatures are real", () => {
  const [entry] = decodeV2(ledgers[0]!).txSet.v1TxSet.phases.flatMap((phase) =>
    phase.type === "v0Components" ? phase.v0Components.flatMap((component) => component.txsMaybeDiscountedFee.txs) : [],
  );
  assert.ok(entry?.type === "envelopeTypeTx");
  const { tx, signatures } = entry.v1;
  assert.ok(tx.sourceAccount.type === "keyTypeEd25519");
  const x = Buffer.from(tx.sourceAccount.ed25519.toBytes()).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const hash = decodeV2(ledgers[0]!).txProcessing[0]!.result.transactionHash.toBytes();
  assert.ok(verify(null, hash, key, signatures[0]!.signature.toBytes()));
});

test("all ledgers index, and their operations succeed and fail in many ways", () => {
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const seen = new Set<string>();
  for (const bytes of ledgers) {
    const rows = indexBytes(indexer, bytes);
    for (const tx of rows.transactions) seen.add(`${tx.resultCode}${tx.isFeeBump ? " fee bump" : ""}`);
    for (const op of rows.operations) seen.add(`${op.operationType} ${op.resultCode}`);
  }
  for (const expected of [
    "TransactionResultCodeTxSuccess",
    "TransactionResultCodeTxFailed",
    "TransactionResultCodeTxFeeBumpInnerSuccess fee bump",
    "TransactionResultCodeTxFeeBumpInnerFailed fee bump",
    "CREATE_ACCOUNT op_success",
    "PAYMENT op_success",
    "PAYMENT op_underfunded",
    "PAYMENT op_no_trust",
    "CHANGE_TRUST op_success",
    "MANAGE_SELL_OFFER op_success",
    "PATH_PAYMENT_STRICT_SEND op_success",
    "LIQUIDITY_POOL_DEPOSIT op_success",
    "SET_OPTIONS op_success",
    "BEGIN_SPONSORING_FUTURE_RESERVES op_success",
    "END_SPONSORING_FUTURE_RESERVES op_success",
  ]) {
    assert.ok(seen.has(expected), `${expected} is missing in ${[...seen].sort().join(", ")}`);
  }
});

test("the indexer's balances after each ledger equal the ledger's entries", () => {
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const native = new Map<string, string>();
  const lines = new Map<string, string>();
  for (const bytes of ledgers) {
    const rows = indexBytes(indexer, bytes);
    for (const row of rows.accounts) {
      native.set(
        row.account.text,
        [row.balance, row.buyingLiabilities, row.sellingLiabilities, row.numSubentries, row.numSponsoring, row.numSponsored].join(),
      );
    }
    for (const row of rows.trustlineBalances) {
      lines.set(
        `${row.account.text} ${row.asset.code}`,
        [row.balance, row.trustLimit, row.buyingLiabilities, row.sellingLiabilities, row.flags].join(),
      );
    }
  }
  let compared = 0;
  for (const { data } of entriesAfter(ledgers.length).values()) {
    if (data.type === "account") {
      const { account } = data;
      assert.ok(account.ext.type === "v1" && account.ext.v1.ext.type === "v2");
      const { liabilities, ext } = account.ext.v1;
      const expected = [
        account.balance,
        liabilities.buying,
        liabilities.selling,
        account.numSubEntries,
        ext.v2.numSponsoring,
        ext.v2.numSponsored,
      ].join();
      assert.equal(native.get(address(account.accountId)), expected);
      compared++;
    }
    if (data.type === "trustline" && data.trustLine.asset.type === "assetTypeCreditAlphanum4") {
      const { accountId, asset, balance, limit, flags, ext } = data.trustLine;
      assert.ok(ext.type === "v1");
      const code = Buffer.from(asset.alphaNum4.assetCode.toBytes()).toString().replace(/\0+$/, "");
      const expected = [balance, limit, ext.v1.liabilities.buying, ext.v1.liabilities.selling, flags].join();
      assert.equal(lines.get(`${address(accountId)} ${code}`), expected);
      compared++;
    }
  }
  assert.ok(compared > 25);
});

test("the source gives what has closed by now, goes on where it is told to and refuses what it never had", async () => {
  const startedAt = Math.floor(Date.now() / 1000) - 50;
  const options = { passphrase: "p", startedAt, startLedger: 100, closeSeconds: 10 };
  const read = async (from: number | null): Promise<number[]> => {
    const seen: number[] = [];
    for await (const { ledger } of simulatedNetworkSource(options).open(from, new AbortController().signal, { follow: false }))
      seen.push(ledger.sequence);
    return seen;
  };
  assert.deepEqual(await read(null), [100, 101, 102, 103, 104, 105]);
  assert.deepEqual(await read(104), [104, 105]);
  assert.equal(await simulatedNetworkSource(options).latest!(), 105);
  await assert.rejects(read(99), { code: "LEDGER_GAP" });
});

test("the source waits for the next ledger to close", async () => {
  const source = simulatedNetworkSource({ passphrase: "p", startedAt: Date.now() / 1000, closeSeconds: 0.05, startLedger: 1 });
  const seen: number[] = [];
  const stop = new AbortController();
  for await (const { ledger } of source.open(null, stop.signal)) {
    seen.push(ledger.sequence);
    if (ledger.sequence === 4) stop.abort();
  }
  assert.deepEqual(seen, [1, 2, 3, 4]);
});
