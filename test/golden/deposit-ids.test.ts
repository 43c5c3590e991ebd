import assert from "node:assert/strict";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { isToldByEvents } from "../../functions/shared/columns/history/payload-format.ts";
import type { StateChangeNode } from "../../functions/serve/nodes/state-change.ts";
import { addressText } from "../../functions/serve/values/addresses.ts";
import { coreLedgers, type GoldenLedger, indexedLedgers, multisetDifference } from "../fixtures/golden-ledgers.ts";
import { sharedTest } from "../fixtures/shared.ts";
import { transactionNodes } from "../fixtures/transaction-nodes.ts";
import { depositOf, toldBy } from "./token-event-witness.ts";
import { muxedIdOf, sidesOf } from "./unified-events.ts";

/** The deposit ids of what accounts receive are the `to_muxed_id` that stellar-core's events of the same operations have (CAP-67). */

interface Tally {
  /** Receipts by what their deposit id is. */
  MUXED: number;
  MEMO: number;
  none: number;
}

function compare({ name, bytes, passphrase }: Pick<GoldenLedger, "name" | "bytes" | "passphrase">, tally: Tally): void {
  const nodes = transactionNodes(passphrase, bytes);
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  const { txProcessing } = meta.type === "v2" ? meta.v2 : meta.type === "v1" ? meta.v1 : meta.v0;
  for (const [at, { txApplyProcessing }] of txProcessing.entries()) {
    const node = nodes[at]!;
    const changes = Map.groupBy(node.stateChangeNodes, ({ operationPlace }) => operationPlace);
    for (const change of node.stateChangeNodes)
      if (!isReceipt(change)) assert.equal(change.depositId, null, `${name} transaction ${at + 1}: ${change.reason}`);
    if (txApplyProcessing.type !== "v4") continue;
    for (const [index, { events }] of txApplyProcessing.v4.operations.entries()) {
      const receipts = (changes.get(index + 1) ?? []).filter(
        (change) => change.category === "BALANCE" && isReceipt(change) && change.accountColumn.startsWith("\\x30"),
      );
      const ours = receipts.map(({ accountColumn, amount, depositId }) => [addressText(accountColumn), amount, depositId?.value ?? null]);
      if (events.length === 0) continue;
      const theirs = events.flatMap((event) => {
        const told = toldBy(event);
        if (told !== null)
          return told.sides
            .filter(({ direction, account }) => direction === "in" && account.startsWith("G"))
            .map(({ account, amount }) => [account, amount, depositOf(told)]);
        // Events tell it from no hash.
        const isReturn = node.memo.type === "RETURN" && muxedIdOf(event) === node.memo.text;
        if (isBurn(event)) return [];
        return sidesOf(event, passphrase)
          .filter(({ direction, account }) => direction === "in" && account.startsWith("G"))
          .map(({ account, amount }) => [account, amount, isReturn ? null : muxedIdOf(event)]);
      });
      const { extra, missing } = multisetDifference(ours, theirs);
      assert.deepEqual([extra.slice(0, 3), missing.slice(0, 3)], [[], []], `${name} transaction ${at + 1} operation ${index + 1}`);
      for (const { depositId } of receipts) tally[depositId?.kind ?? "none"]++;
    }
  }
}

/** An asset's mint is the issuer's row; a token's is the holder's. */
function isReceipt(change: StateChangeNode): boolean {
  return change.reason === "CREDIT" || (change.reason === "MINT" && isToldByEvents(change));
}

/** What comes back to the issuer is burnt: its row is no credit. */
function isBurn({ body }: xdr.ContractEvent): boolean {
  const [name] = body.v0.topics;
  return name?.type === "scvSymbol" && (name.value === "burn" || name.value === "clawback");
}

const newTally = (): Tally => ({ MUXED: 0, MEMO: 0, none: 0 });

sharedTest("deposit ids on pubnet and in the synthetic ledgers are those of the events", () => {
  const tally = newTally();
  for (const ledger of indexedLedgers()) compare(ledger, tally);
  assert.ok(tally.MUXED > 0 && tally.MEMO > 80 && tally.none > 800, JSON.stringify(tally));
});

sharedTest("deposit ids in stellar-core's ledgers are those of the events", () => {
  const tally = newTally();
  for (const ledger of coreLedgers()) compare(ledger, tally);
  assert.ok(tally.MUXED + tally.none > 50, JSON.stringify(tally));
});
