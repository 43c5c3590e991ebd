import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { accountId, muxed, type Party } from "../../bin/simulated-network/keys.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { addressText } from "../../functions/serve/values/addresses.ts";
import { accountAddress, CALLER, callLedger, contract, event, invoke, nativeAsset, person } from "../fixtures/call-ledger.ts";
import { madeLedger } from "../fixtures/made-ledger.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";
import { transactionNodesOf } from "../fixtures/transaction-nodes.ts";

const [receiver, issuer, seller] = [person("receiver"), person("issuer"), person("seller")];
const indexer = createIndexer(SANDBOX_PASSPHRASE);
const native = xdr.Asset.assetTypeNative();
const asset = xdr.Asset.assetTypeCreditAlphanum4(new xdr.AlphaNum4({ assetCode: Buffer.from("USD\0"), issuer: accountId(issuer) }));
const HASH = Buffer.alloc(32, 0xab);
const text = (bytes: Uint8Array): xdr.Memo => xdr.Memo.memoText(bytes);

function withId({ publicKey }: Party, id: bigint): xdr.MuxedAccount {
  return xdr.MuxedAccount.keyTypeMuxedEd25519(new xdr.MuxedAccountMed25519({ id, ed25519: publicKey }));
}

type Deposit = [reason: string, account: string, depositId: string | null];

/** Kind, account and deposit id of every movement of a ledger but the fees. */
function deposits(bytes: Uint8Array, passphrase = SANDBOX_PASSPHRASE): Deposit[] {
  const rows = indexBytes(passphrase === SANDBOX_PASSPHRASE ? indexer : createIndexer(passphrase), bytes);
  return transactionNodesOf(passphrase, rows)
    .flatMap(({ stateChangeNodes }) => stateChangeNodes)
    .filter(({ category, operationId }) => category === "BALANCE" && operationId !== null)
    .map(({ reason, accountColumn, depositId }) => [
      reason,
      addressText(accountColumn),
      depositId && `${depositId.kind} ${depositId.value}`,
    ]);
}

interface Made {
  memo: xdr.Memo;
  body: xdr.OperationBody;
  result: xdr.OperationResultTr;
  feeBump?: boolean;
}

function depositsOf({ memo, body, result, feeBump = false }: Made): Deposit[] {
  const rest = { cond: xdr.Preconditions.precondNone(), ext: xdr.TransactionExt.v0(), fee: 1000, seqNum: 2n };
  const operations = [new xdr.Operation({ sourceAccount: null, body })];
  const tx = new xdr.Transaction({ sourceAccount: muxed(CALLER), memo, operations, ...rest });
  const v1 = new xdr.TransactionV1Envelope({ tx, signatures: [] });
  const results = [xdr.OperationResult.opInner(result)];
  if (!feeBump)
    return deposits(
      madeLedger([{ envelope: xdr.TransactionEnvelope.envelopeTypeTx(v1), result: xdr.TransactionResultResult.txSuccess(results) }]),
    );
  const bump = new xdr.FeeBumpTransaction({
    feeSource: muxed(CALLER),
    fee: 2000n,
    innerTx: xdr.FeeBumpTransactionInnerTx.envelopeTypeTx(v1),
    ext: xdr.FeeBumpTransactionExt.v0(),
  });
  const envelope = xdr.TransactionEnvelope.envelopeTypeTxFeeBump(new xdr.FeeBumpTransactionEnvelope({ tx: bump, signatures: [] }));
  const inner = new xdr.InnerTransactionResult({
    feeCharged: 100n,
    result: xdr.InnerTransactionResultResult.txSuccess(results),
    ext: xdr.InnerTransactionResultExt.v0(),
  });
  const pair = new xdr.InnerTransactionResultPair({ transactionHash: Buffer.alloc(32), result: inner });
  return deposits(madeLedger([{ envelope, result: xdr.TransactionResultResult.txFeeBumpInnerSuccess(pair) }]));
}

function payment(memo: xdr.Memo, destination: xdr.MuxedAccount, feeBump = false): Deposit[] {
  const body = xdr.OperationBody.payment(new xdr.PaymentOp({ destination, asset: native, amount: 5n }));
  return depositsOf({ memo, body, result: xdr.OperationResultTr.payment(xdr.PaymentResult.paymentSuccess()), feeBump });
}

test("what an account receives has the muxed id, or else the memo; the sender's row has neither", () => {
  const cases: [memo: xdr.Memo, destination: xdr.MuxedAccount, depositId: string | null][] = [
    [xdr.Memo.memoNone(), muxed(receiver), null],
    [xdr.Memo.memoNone(), withId(receiver, 2n ** 64n - 1n), "MUXED 18446744073709551615"],
    [text(Buffer.from("for Ann")), withId(receiver, 0n), "MUXED 0"],
    [text(Buffer.from("für Ann 🚀")), muxed(receiver), "MEMO für Ann 🚀"],
    [text(Buffer.of(0xff, 0x41)), muxed(receiver), null],
    [text(Buffer.alloc(0)), muxed(receiver), null],
    [xdr.Memo.memoId(2n ** 64n - 1n), muxed(receiver), "MEMO 18446744073709551615"],
    [xdr.Memo.memoId(0n), muxed(receiver), "MEMO 0"],
    [xdr.Memo.memoHash(HASH), muxed(receiver), `MEMO ${HASH.toString("hex")}`],
    [xdr.Memo.memoReturn(HASH), muxed(receiver), null],
  ];
  for (const [memo, destination, depositId] of cases)
    for (const feeBump of [false, true])
      assert.deepEqual(
        payment(memo, destination, feeBump),
        [
          ["DEBIT", CALLER.address, null],
          ["CREDIT", receiver.address, depositId],
        ],
        `${memo.type} ${depositId}`,
      );
});

test("of a path payment only the receiver's row has it: neither what the source traded, nor the owner of an offer, even where that is the receiver", () => {
  for (const owner of [seller, receiver]) {
    const claimed = xdr.ClaimAtom.claimAtomTypeOrderBook(
      new xdr.ClaimOfferAtom({
        sellerId: accountId(owner),
        offerId: 1n,
        assetSold: asset,
        amountSold: 5n,
        assetBought: native,
        amountBought: 6n,
      }),
    );
    const last = new xdr.SimplePaymentResult({ destination: accountId(receiver), asset, amount: 5n });
    const path = { destination: muxed(receiver), sendAsset: native, destAsset: asset, path: [], sendAmount: 6n, destMin: 1n };
    const success = new xdr.PathPaymentStrictSendResultSuccess({ offers: [claimed], last });
    const found = depositsOf({
      memo: xdr.Memo.memoId(7n),
      body: xdr.OperationBody.pathPaymentStrictSend(new xdr.PathPaymentStrictSendOp(path)),
      result: xdr.OperationResultTr.pathPaymentStrictSend(xdr.PathPaymentStrictSendResult.pathPaymentStrictSendSuccess(success)),
    });
    assert.deepEqual(found, [
      ["DEBIT", owner.address, null],
      ["CREDIT", CALLER.address, null],
      ["DEBIT", CALLER.address, null],
      ["CREDIT", owner.address, null],
      ["DEBIT", CALLER.address, null],
      ["CREDIT", receiver.address, "MEMO 7"],
    ]);
  }
});

test("an offer's trades have no memo, whoever wrote it", () => {
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
  const price = new xdr.Price({ n: 1, d: 1 });
  const found = depositsOf({
    memo: xdr.Memo.memoId(7n),
    body: xdr.OperationBody.manageSellOffer(new xdr.ManageSellOfferOp({ selling: native, buying: asset, amount: 5n, price, offerId: 0n })),
    result: xdr.OperationResultTr.manageSellOffer(
      xdr.ManageSellOfferResult.manageSellOfferSuccess(
        new xdr.ManageOfferSuccessResult({ offersClaimed: [claimed], offer: xdr.ManageOfferSuccessResultOffer.manageOfferDeleted() }),
      ),
    ),
  });
  assert.deepEqual(
    found.map(([reason, , depositId]) => [reason, depositId]),
    [
      ["DEBIT", null],
      ["CREDIT", null],
      ["DEBIT", null],
      ["CREDIT", null],
    ],
  );
});

test("a new account and who gets a merged one have it", () => {
  const memo = xdr.Memo.memoId(7n);
  const create = new xdr.CreateAccountOp({ destination: accountId(receiver), startingBalance: 5n });
  const created = {
    body: xdr.OperationBody.createAccount(create),
    result: xdr.OperationResultTr.createAccount(xdr.CreateAccountResult.createAccountSuccess()),
  };
  const merged = {
    body: xdr.OperationBody.accountMerge(muxed(receiver)),
    result: xdr.OperationResultTr.accountMerge(xdr.AccountMergeResult.accountMergeSuccess(12n)),
  };
  for (const made of [created, merged]) assert.deepEqual(depositsOf({ memo, ...made }).at(-1), ["CREDIT", receiver.address, "MEMO 7"]);
});

test("contracts have no deposit ids, and contract calls no memo", () => {
  const symbol = (name: string): xdr.ScVal => xdr.ScVal.scvSymbol(name);
  const amount = xdr.ScVal.scvI128(new xdr.Int128Parts({ hi: 0n, lo: 5n }));
  const data = xdr.ScVal.scvMap([
    new xdr.ScMapEntry({ key: symbol("amount"), val: amount }),
    new xdr.ScMapEntry({ key: symbol("to_muxed_id"), val: xdr.ScVal.scvU64(3n) }),
  ]);
  const hostFunction = xdr.HostFunction.hostFunctionTypeInvokeContract(invoke(nativeAsset()));
  const transfer = (to: xdr.ScAddress): Deposit[] => {
    const topics = [
      symbol("transfer"),
      xdr.ScVal.scvAddress(accountAddress(CALLER)),
      xdr.ScVal.scvAddress(to),
      xdr.ScVal.scvString("native"),
    ];
    return deposits(callLedger({ hostFunction, events: [event(nativeAsset(), topics, { data })] }));
  };
  assert.deepEqual(transfer(accountAddress(receiver))[1], ["CREDIT", receiver.address, "MUXED 3"]);
  const other = contract("other");
  assert.deepEqual(transfer(other.xdr)[1], ["CREDIT", other.address, null]);
});

sharedTest("the reported payment and contract transfer to muxed addresses have the id on both credits", () => {
  const b = "GD3SAW7KPJVDPOE7UOBUIWPLNMB6R4FUO4DUQN3I3NDVJDFZXKC4MNWK";
  const found = deposits(readShared("ledgers/reports/muxed-receivers/100.xdr"), "Bug Reports ; 2026");
  assert.deepEqual(
    found.filter(([, account]) => account === b),
    [
      ["CREDIT", b, "MUXED 18446744073709551615"],
      ["CREDIT", b, "MUXED 18446744073709551615"],
    ],
  );
});
