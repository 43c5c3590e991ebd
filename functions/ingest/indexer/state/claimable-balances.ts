import { ClaimableBalanceEntryFlag } from "../../../shared/columns/flags.ts";
import type { Address } from "../../../shared/xdr/address.ts";
import { accountAt, claimableBalanceAt } from "../../../shared/xdr/addresses.ts";
import { elements, int64, type Words } from "../../../shared/xdr/words.ts";
import { readClaimableBalanceEntry, readClaimableBalanceEntryExtensionV1, skipClaimant } from "../../../shared/xdr/xdr.generated.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { bytesAt, type Ledger } from "../../ledger/ledger.ts";
import { sponsorOf } from "../../ledger/sponsor.ts";
import type { LedgerOperation } from "../operation.ts";
import type { ClaimableBalanceRow } from "../rows.ts";
import { FoldTable } from "./fold.ts";
import type { PromisedAssets } from "./promised-assets.ts";

/** Claimable balances of a ledger, folded. */
export class ClaimableBalances {
  readonly #folds = new FoldTable<Address>();
  /** How each was met first. */
  readonly #met = new Map<Address, { madeBy: LedgerOperation | null; before: number }>();

  /** @param op null for a change of no operation */
  add(x: Words, change: Change, order: number | null, op: LedgerOperation | null): void {
    const balance = claimableBalanceAt(x, change.keyStart);
    if (!this.#met.has(balance)) this.#met.set(balance, { madeBy: change.pre === 0 ? op : null, before: change.pre });
    this.#folds.add(balance, null, change, order);
  }

  rows(ledger: Ledger, assets: PromisedAssets): ClaimableBalanceRow[] {
    const { x } = ledger;
    return Array.from(this.#folds.rows(), ({ first, op, pre, post, order }) => {
      const { claimants, asset, amount, ext } = readClaimableBalanceEntry(x, entryData(post || pre));
      const { madeBy, before } = this.#met.get(first)!;
      return {
        balance: first,
        op,
        order,
        asset: post === 0 ? null : assets.at(x, asset),
        amount: int64(x, amount),
        // The account of a Claimant lies behind its own type and that of its key.
        claimants: elements(x, claimants, skipClaimant).map((p) => accountAt(x, p + 2)),
        claimantsXdr: bytesAt(ledger.bytes, claimants, asset - claimants),
        sponsor: sponsorOf(x, post || pre),
        isClawbackEnabled:
          x[ext] === 1 && (readClaimableBalanceEntryExtensionV1(x, ext + 1).flags & ClaimableBalanceEntryFlag.CLAWBACK_ENABLED) !== 0,
        madeBy: madeBy ? { operation: madeBy.toid, operations: madeBy.tx.envelope.operations.length } : null,
        // An entry begins with the ledger that last modified it.
        sinceLedger: before === 0 ? ledger.sequence : x[before]!,
      };
    });
  }
}
