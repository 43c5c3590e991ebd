import assert from "node:assert/strict";
import { test } from "node:test";
import { Asset } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { entryXdr } from "../../bin/simulated-network/entries.ts";
import type { Party } from "../../bin/simulated-network/keys.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import {
  accountAddress,
  CALLER,
  callLedger,
  contract,
  created,
  event,
  invoke,
  nativeAsset,
  person,
  updated,
} from "../fixtures/call-ledger.ts";
import { decodeStrkey } from "../../functions/shared/strkey.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

/** Accounts and trustlines that contract calls make (CAP-73). */

const indexer = createIndexer(SANDBOX_PASSPHRASE);
const called = contract("called");
const hostFunction = xdr.HostFunction.hostFunctionTypeInvokeContract(invoke(called));
const issuer = person("issuer");
const usd = new Asset("USD", issuer.address);
const [first, second] = [person("alice"), person("bob")].sort((a, b) => Buffer.compare(a.publicKey, b.publicKey)) as [Party, Party];

const NONE = { buying: 0n, selling: 0n, lastModified: 1 };

function accountOf(owner: Party, balance: bigint): xdr.LedgerEntry {
  const counts = { sequence: 1n, subentries: 0, sponsored: 0, sponsoring: 0, sponsor: null, homeDomain: "" };
  return entryXdr({ kind: "account", owner, balance, ...counts, ...NONE });
}

/** @param flags of the entry: 1 authorised, 4 clawback enabled */
function trustlineOf(owner: Party, flags: number): xdr.LedgerEntry {
  const line = { asset: { code: "USD", issuer }, shares: false };
  const entry = entryXdr({ kind: "trustline", owner, line, balance: 0n, limit: 2n ** 63n - 1n, ...NONE });
  const bytes = Buffer.from(entry.toXdr());
  // Flags stand behind the limit.
  const at = bytes.indexOf("7fffffffffffffff", "hex") + 8;
  bytes.writeUInt32BE(flags, at);
  return xdr.LedgerEntry.fromXdr(bytes);
}

function transfer(from: xdr.ScAddress, to: Party, amount: bigint): xdr.ContractEvent {
  const topics = [
    xdr.ScVal.scvSymbol("transfer"),
    xdr.ScVal.scvAddress(from),
    xdr.ScVal.scvAddress(accountAddress(to)),
    xdr.ScVal.scvString("native"),
  ];
  return event(nativeAsset(), topics, { data: xdr.ScVal.scvI128(new xdr.Int128Parts({ hi: 0n, lo: amount })) });
}

/** Rows of the call, without the fee: id, kind, account, and what else they have. */
function rowsOf({ stateChanges }: LedgerRows): unknown[][] {
  return stateChanges
    .filter(({ operation }) => operation !== 0)
    .map(({ stateChangeId, category, reason, account, ...rest }) => [
      stateChangeId,
      `${category}/${reason}`,
      account.text,
      Object.fromEntries(
        Object.entries(rest)
          .filter(([name, value]) => value !== null && name !== "transaction" && name !== "operation")
          .map(([name, value]) => [name, value !== null && typeof value === "object" && "text" in value ? value.text : value]),
      ),
    ]);
}

const XLM = Asset.native().contractId(SANDBOX_PASSPHRASE);
const EFFECTS = 2 ** 28;

test("an account that a contract creates by sending lumens has the rows of CREATE_ACCOUNT, created by who sent them", () => {
  for (const [sender, address] of [
    [accountAddress(CALLER), CALLER.address],
    [called.xdr, called.address],
  ] as const) {
    const rows = indexBytes(
      indexer,
      callLedger({
        hostFunction,
        // The second transfer finds the account there.
        events: [transfer(sender, first, 10_000_000n), transfer(sender, first, 5n)],
        changes: created(accountOf(first, 10_000_005n)),
      }),
    );
    const moved = (amount: string) => ({ tokenId: XLM, amount });
    assert.deepEqual(rowsOf(rows), [
      [1, "ACCOUNT/CREATE", first.address, { creator: address }],
      [2, "BALANCE/DEBIT", address, { ...moved("10000000"), counterparty: first.address }],
      [3, "BALANCE/CREDIT", first.address, { ...moved("10000000"), counterparty: address }],
      [4, "BALANCE/DEBIT", address, { ...moved("5"), counterparty: first.address }],
      [5, "BALANCE/CREDIT", first.address, { ...moved("5"), counterparty: address }],
      [EFFECTS + 1, "SIGNER/ADD", first.address, { signer: first.address, signerWeightNew: 1 }],
    ]);
    for (const { accounts } of [rows.operations[0]!, rows.transactions[0]!]) assert.ok(accounts.some(({ text }) => text === first.address));
  }
});

test("trustlines that a call makes have the rows of CHANGE_TRUST, and all made entries stand in the order of their keys", () => {
  const rows = indexBytes(
    indexer,
    callLedger({
      hostFunction,
      events: [transfer(called.xdr, second, 20_000_000n)],
      changes: [
        ...created(trustlineOf(second, 4)),
        ...created(trustlineOf(first, 0)),
        ...created(accountOf(second, 20_000_000n)),
        ...updated(accountOf(first, 7n), accountOf(first, 7n)),
      ],
    }),
  );
  const line = { tokenId: usd.contractId(SANDBOX_PASSPHRASE), trustlineLimitNew: "922337203685.4775807" };
  assert.deepEqual(rowsOf(rows).slice(3), [
    [EFFECTS + 1, "SIGNER/ADD", second.address, { signer: second.address, signerWeightNew: 1 }],
    [EFFECTS + 2, "TRUSTLINE/ADD", first.address, line],
    [EFFECTS + 3, "BALANCE_AUTHORIZATION/SET", first.address, line],
    [EFFECTS + 4, "TRUSTLINE/ADD", second.address, line],
    [EFFECTS + 5, "BALANCE_AUTHORIZATION/SET", second.address, { ...line, flags: 32 }],
  ]);
  const participants = rows.operations[0]!.accounts.map(({ text }) => text);
  for (const { address } of [first, second]) assert.ok(participants.includes(address));
});

test("entries that were there before, and those of a failed call, have no rows", () => {
  const changes = [...updated(accountOf(first, 1n), accountOf(first, 2n)), ...updated(trustlineOf(first, 1), trustlineOf(first, 1))];
  const there = indexBytes(indexer, callLedger({ hostFunction, changes, events: [transfer(called.xdr, first, 1n)] }));
  assert.deepEqual(
    rowsOf(there).map(([, kind]) => kind),
    ["BALANCE/DEBIT", "BALANCE/CREDIT"],
  );
  const failed = indexBytes(indexer, callLedger({ hostFunction, failed: true, changes: created(accountOf(first, 1n)) }));
  assert.deepEqual(rowsOf(failed), []);
});

test("a transfer of another token to a new account is not what created it", () => {
  const topics = transfer(called.xdr, first, 3n).body.v0.topics.slice(0, 3);
  const asset = xdr.ScVal.scvString(`USD:${issuer.address}`);
  const usdContract = { ...nativeAsset(), id: decodeStrkey(usd.contractId(SANDBOX_PASSPHRASE))!.subarray(1) };
  const other = event(usdContract, [...topics, asset], { data: xdr.ScVal.scvI128(new xdr.Int128Parts({ hi: 0n, lo: 3n })) });
  const rows = indexBytes(
    indexer,
    callLedger({
      hostFunction,
      events: [other, transfer(called.xdr, first, 10_000_000n)],
      changes: [...created(accountOf(first, 10_000_000n)), ...created(trustlineOf(first, 1))],
    }),
  );
  assert.deepEqual(
    rowsOf(rows).map(([id, kind]) => [id, kind]),
    [
      [1, "BALANCE/DEBIT"],
      [2, "BALANCE/CREDIT"],
      [3, "ACCOUNT/CREATE"],
      [4, "BALANCE/DEBIT"],
      [5, "BALANCE/CREDIT"],
      [EFFECTS + 1, "SIGNER/ADD"],
      [EFFECTS + 2, "TRUSTLINE/ADD"],
      [EFFECTS + 3, "BALANCE_AUTHORIZATION/SET"],
    ],
  );
});

sharedTest("trust() of an asset contract: the fee, the trustline and its authorisation", () => {
  const passphrase = "Bug Reports ; 2026";
  const { stateChanges, operations } = indexBytes(createIndexer(passphrase), readShared("ledgers/reports/sac-trust/100.xdr"));
  const a = "GBDPZ4M5HCYFYC4XYIYY64OAHPDLZTQZ3ZURE3QDVHQPW3MWNABJNJUL";
  assert.deepEqual(
    stateChanges.map(({ category, reason, account, amount, trustlineLimitNew, flags }) => [
      `${category}/${reason}`,
      account.text,
      amount ?? trustlineLimitNew,
      flags,
    ]),
    [
      ["BALANCE/DEBIT", a, "1100", null],
      ["TRUSTLINE/ADD", a, "922337203685.4775807", null],
      ["BALANCE_AUTHORIZATION/SET", a, "922337203685.4775807", 1],
    ],
  );
  assert.ok(operations[0]!.accounts.some(({ text }) => text === a));
});
