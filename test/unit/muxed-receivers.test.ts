import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { accountId, muxed, type Party } from "../../bin/simulated-network/keys.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { accountAddress, CALLER, callLedger, event, invoke, nativeAsset, person } from "../fixtures/call-ledger.ts";
import { madeLedger } from "../fixtures/made-ledger.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const LARGEST = 2n ** 64n - 1n;
const receiver = person("receiver");
const issuer = person("issuer");
const indexer = createIndexer(SANDBOX_PASSPHRASE);

function withId({ publicKey }: Party, id: bigint): xdr.MuxedAccount {
  return xdr.MuxedAccount.keyTypeMuxedEd25519(new xdr.MuxedAccountMed25519({ id, ed25519: publicKey }));
}

const asset = xdr.Asset.assetTypeCreditAlphanum4(new xdr.AlphaNum4({ assetCode: Buffer.from("USD\0"), issuer: accountId(issuer) }));
const native = xdr.Asset.assetTypeNative();

/** Kind, account and id of every movement but the fee. */
function movements({ stateChanges }: LedgerRows): [reason: string, account: string, id: string | null][] {
  return stateChanges
    .filter(({ category, operation }) => category === "BALANCE" && operation !== 0)
    .map(({ reason, account, toMuxedId }) => [reason, account.text, toMuxedId]);
}

function movementsOf(source: Party, body: xdr.OperationBody, result: xdr.OperationResultTr): ReturnType<typeof movements> {
  const operations = [new xdr.Operation({ sourceAccount: muxed(source), body })];
  const rest = { cond: xdr.Preconditions.precondNone(), memo: xdr.Memo.memoNone(), ext: xdr.TransactionExt.v0() };
  const tx = new xdr.Transaction({ sourceAccount: muxed(CALLER), fee: 1000, seqNum: 2n, operations, ...rest });
  const envelope = xdr.TransactionEnvelope.envelopeTypeTx(new xdr.TransactionV1Envelope({ tx, signatures: [] }));
  return movements(
    indexBytes(indexer, madeLedger([{ envelope, result: xdr.TransactionResultResult.txSuccess([xdr.OperationResult.opInner(result)]) }])),
  );
}

function payment(source: Party, destination: xdr.MuxedAccount, of: xdr.Asset): ReturnType<typeof movements> {
  const body = xdr.OperationBody.payment(new xdr.PaymentOp({ destination, asset: of, amount: 5n }));
  return movementsOf(source, body, xdr.OperationResultTr.payment(xdr.PaymentResult.paymentSuccess()));
}

test("a payment to a muxed address has its id on the receiver's row alone, one to an account has none", () => {
  assert.deepEqual(payment(CALLER, withId(receiver, LARGEST), native), [
    ["DEBIT", CALLER.address, null],
    ["CREDIT", receiver.address, "18446744073709551615"],
  ]);
  assert.deepEqual(payment(CALLER, withId(receiver, 0n), native)[1], ["CREDIT", receiver.address, "0"]);
  assert.deepEqual(payment(CALLER, muxed(receiver), native)[1], ["CREDIT", receiver.address, null]);
});

test("what an issuer sends or gets back has the id where the receiver is muxed", () => {
  assert.deepEqual(payment(issuer, withId(receiver, 7n), asset), [
    ["MINT", issuer.address, null],
    ["CREDIT", receiver.address, "7"],
  ]);
  assert.deepEqual(payment(CALLER, withId(issuer, 8n), asset), [
    ["BURN", issuer.address, "8"],
    ["DEBIT", CALLER.address, null],
  ]);
});

test("a path payment has the id on what the receiver gets, not on what was traded for it", () => {
  const seller = person("seller");
  const claimed = xdr.ClaimAtom.claimAtomTypeOrderBook(
    new xdr.ClaimOfferAtom({
      sellerId: accountId(seller),
      offerId: 1n,
      assetSold: asset,
      amountSold: 5n,
      assetBought: native,
      amountBought: 6n,
    }),
  );
  const last = new xdr.SimplePaymentResult({ destination: accountId(receiver), asset, amount: 5n });
  const destination = withId(receiver, 9n);
  const path = { destination, sendAsset: native, destAsset: asset, path: [] };
  const send = movementsOf(
    CALLER,
    xdr.OperationBody.pathPaymentStrictSend(new xdr.PathPaymentStrictSendOp({ ...path, sendAmount: 6n, destMin: 1n })),
    xdr.OperationResultTr.pathPaymentStrictSend(
      xdr.PathPaymentStrictSendResult.pathPaymentStrictSendSuccess(new xdr.PathPaymentStrictSendResultSuccess({ offers: [claimed], last })),
    ),
  );
  const receive = movementsOf(
    CALLER,
    xdr.OperationBody.pathPaymentStrictReceive(new xdr.PathPaymentStrictReceiveOp({ ...path, sendMax: 9n, destAmount: 5n })),
    xdr.OperationResultTr.pathPaymentStrictReceive(
      xdr.PathPaymentStrictReceiveResult.pathPaymentStrictReceiveSuccess(
        new xdr.PathPaymentStrictReceiveResultSuccess({ offers: [claimed], last }),
      ),
    ),
  );
  for (const found of [send, receive])
    assert.deepEqual(
      found.filter(([, , id]) => id !== null),
      [["CREDIT", receiver.address, "9"]],
    );
  assert.equal(send.length, 6);
});

test("a merge into a muxed address has its id", () => {
  const found = movementsOf(
    CALLER,
    xdr.OperationBody.accountMerge(withId(receiver, 3n)),
    xdr.OperationResultTr.accountMerge(xdr.AccountMergeResult.accountMergeSuccess(12n)),
  );
  assert.deepEqual(found, [
    ["DEBIT", CALLER.address, null],
    ["CREDIT", receiver.address, "3"],
  ]);
});

test("an asset contract's event gives the id where it is one of a muxed address (CAP-67)", () => {
  const symbol = (text: string): xdr.ScVal => xdr.ScVal.scvSymbol(text);
  const address = (of: Party): xdr.ScVal => xdr.ScVal.scvAddress(accountAddress(of));
  const amount = xdr.ScVal.scvI128(new xdr.Int128Parts({ hi: 0n, lo: 5n }));
  const dataWith = (id: xdr.ScVal): xdr.ScVal =>
    xdr.ScVal.scvMap([
      new xdr.ScMapEntry({ key: symbol("amount"), val: amount }),
      new xdr.ScMapEntry({ key: symbol("to_muxed_id"), val: id }),
    ]);
  const hostFunction = xdr.HostFunction.hostFunctionTypeInvokeContract(invoke(nativeAsset()));
  const transfer = (data: xdr.ScVal): ReturnType<typeof movements> => {
    const topics = [symbol("transfer"), address(CALLER), address(receiver), xdr.ScVal.scvString("native")];
    return movements(indexBytes(indexer, callLedger({ hostFunction, events: [event(nativeAsset(), topics, { data })] })));
  };
  const found = (id: string | null): ReturnType<typeof movements> => [
    ["DEBIT", CALLER.address, null],
    ["CREDIT", receiver.address, id],
  ];
  assert.deepEqual(transfer(dataWith(xdr.ScVal.scvU64(LARGEST))), found("18446744073709551615"));
  for (const data of [amount, ...[xdr.ScVal.scvString("memo"), xdr.ScVal.scvBytes(Buffer.alloc(32)), xdr.ScVal.scvVoid()].map(dataWith)])
    assert.deepEqual(transfer(data), found(null));
});

sharedTest("the reported payment and contract transfer to muxed addresses have the id on both credits", () => {
  const b = "GD3SAW7KPJVDPOE7UOBUIWPLNMB6R4FUO4DUQN3I3NDVJDFZXKC4MNWK";
  const rows = indexBytes(createIndexer("Bug Reports ; 2026"), readShared("ledgers/reports/muxed-receivers/100.xdr"));
  assert.deepEqual(
    movements(rows).filter(([, account]) => account === b),
    [
      ["CREDIT", b, "18446744073709551615"],
      ["CREDIT", b, "18446744073709551615"],
    ],
  );
});
