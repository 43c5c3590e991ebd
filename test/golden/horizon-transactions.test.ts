import assert from "node:assert/strict";
import type { TransactionNode } from "../../functions/serve/nodes/transaction.ts";
import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { type HorizonLedger, horizonLedgers, type HorizonObject } from "../fixtures/horizon.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";
import { transactionNodes } from "../fixtures/transaction-nodes.ts";

/** Members of Horizon's transactions that are not compared here, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  id: "the hash again",
  result_xdr: "is not kept: results of operations are codes",
  created_at: "belongs to the ledger",
  signatures: "are in the envelope, which is compared",
  fee_bump_transaction: "its hash is the hash, its signatures are in the envelope",
};

/** The account behind an address, and of a muxed one what Horizon adds to it. */
function withMuxed(name: string, address: string): HorizonObject {
  const bytes = decodeStrkey(address)!;
  const account = encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.account), bytes.subarray(1, 33)]));
  if (bytes[0] === StrkeyVersion.account) return { [name]: account };
  const short = name === "source_account" ? "account" : name;
  return { [name]: account, [`${short}_muxed`]: address, [`${short}_muxed_id`]: String(Buffer.from(bytes).readBigUInt64BE(33)) };
}

/** Absent members are those that Horizon leaves out. */
function preconditions({ preconditions: ours }: TransactionNode): HorizonObject {
  if (ours === null) return {};
  const { timeBounds, ledgerBounds, minAccountSequence, minAccountSequenceAge, minAccountSequenceLedgerGap, extraSigners } = ours;
  const found = {
    ...(timeBounds && {
      timebounds: {
        min_time: timeBounds.minTime ?? "0",
        ...(timeBounds.maxTime !== null && { max_time: timeBounds.maxTime }),
      },
    }),
    ...(ledgerBounds && {
      ledgerbounds: { min_ledger: ledgerBounds.minLedger, ...(ledgerBounds.maxLedger !== null && { max_ledger: ledgerBounds.maxLedger }) },
    }),
    ...(minAccountSequence !== null && { min_account_sequence: minAccountSequence }),
    ...(minAccountSequenceAge !== null && { min_account_sequence_age: minAccountSequenceAge }),
    ...(minAccountSequenceLedgerGap !== null && { min_account_sequence_ledger_gap: minAccountSequenceLedgerGap }),
    ...(extraSigners.length > 0 && { extra_signers: extraSigners }),
  };
  return Object.keys(found).length === 0 ? {} : { preconditions: found };
}

function memo({ memo: { type, text, base64 } }: TransactionNode): HorizonObject {
  const memo_type = type.toLowerCase();
  if (type === "NONE") return { memo_type };
  if (type === "TEXT") return { memo_type, memo: text, memo_bytes: base64 };
  return { memo_type, memo: type === "ID" ? text : base64 };
}

/** Our transaction in Horizon's words. */
function inHorizonsWords(node: TransactionNode): HorizonObject {
  return {
    paging_token: node.id,
    hash: node.hash,
    ledger: node.ledgerNumber,
    successful: node.successful,
    fee_charged: node.feeCharged,
    ...memo(node),
    ...withMuxed("source_account", node.sourceAddress),
    ...withMuxed("fee_account", node.feeAddress),
    source_account_sequence: node.sequence,
    max_fee: node.maxFee,
    operation_count: node.operationCount,
    envelope_xdr: node.envelopeXdr,
    ...preconditions(node),
    ...(node.innerHash !== null && { inner_transaction: node.innerHash }),
  };
}

/** Horizon's transaction without what is left out; of the inner transaction its hash alone, the rest is in the envelope. */
function compared(transaction: HorizonObject): HorizonObject {
  const entries = Object.entries(transaction).filter(([name]) => !Object.hasOwn(LEFT_OUT, name));
  return Object.fromEntries(entries.map(([name, value]) => [name, name === "inner_transaction" ? (value as HorizonObject).hash : value]));
}

/** @returns Horizon's transactions, which ours were equal to */
function compareLedger({ name, transactions }: HorizonLedger): HorizonObject[] {
  const nodes = transactionNodes(PUBNET, readShared(`ledgers/pubnet/${name}.xdr.gz`));
  assert.equal(nodes.length, transactions.length, name);
  return transactions.map((transaction, at) => {
    const expected = compared(transaction);
    assert.deepEqual(inHorizonsWords(nodes[at]!), expected, `${name} transaction ${at + 1}`);
    return expected;
  });
}

sharedTest("every transaction of the public network's ledgers says what Horizon says of it", () => {
  const all = [...horizonLedgers()].flatMap(compareLedger);
  assert.equal(all.length, 1269);
  // What not every transaction has was there.
  for (const member of ["memo_bytes", "account_muxed", "inner_transaction", "preconditions"])
    assert.ok(
      all.some((transaction) => Object.hasOwn(transaction, member)),
      member,
    );
});
