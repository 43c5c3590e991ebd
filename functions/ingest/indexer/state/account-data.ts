import type { Address } from "../../../shared/xdr/address.ts";
import { accountAt } from "../../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { opaqueAt, type Ledger } from "../../ledger/ledger.ts";
import { sponsorOf } from "../../ledger/sponsor.ts";
import { readDataEntry } from "../../../shared/xdr/xdr.generated.ts";
import type { AccountDataRow } from "../rows.ts";
import { FoldTable } from "./fold.ts";

/** Data entries of a ledger (MANAGE_DATA), folded. */
export class AccountData {
  /** By account and name, its bytes as latin1. */
  readonly #folds = new FoldTable<Address, string>();

  add({ x, bytes }: Ledger, change: Change, order: number | null): void {
    const { accountId, dataName } = readDataEntry(x, entryData(change.post || change.pre));
    this.#folds.add(accountAt(x, accountId + 1), Buffer.from(opaqueAt(x, bytes, dataName)).toString("latin1"), change, order);
  }

  rows({ x, bytes }: Ledger): AccountDataRow[] {
    return Array.from(this.#folds.rows(), ({ first, op, pre, post, order }) => {
      const entry = readDataEntry(x, entryData(post || pre));
      return {
        account: first,
        op,
        order,
        name: opaqueAt(x, bytes, entry.dataName),
        value: opaqueAt(x, bytes, entry.dataValue),
        sponsor: sponsorOf(x, post || pre),
      };
    });
  }
}
