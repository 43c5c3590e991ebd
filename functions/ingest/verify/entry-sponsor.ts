import { accountAt } from "../../shared/xdr/addresses.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { readLedgerEntry, readLedgerEntryExtensionV1 } from "../../shared/xdr/xdr.generated.ts";

/** What stands for an entry whose owner bears its reserve. */
export const NO_SPONSOR = "unsponsored";

/** Who pays for the reserve of the LedgerEntry at `entry`: `G…`, or NO_SPONSOR. */
export function entrySponsor({ x }: Ledger, entry: number): string {
  const { ext } = readLedgerEntry(x, entry);
  if (x[ext] === 0) return NO_SPONSOR;
  // An optional account: is it there, its key's type, its key.
  const { sponsoringId } = readLedgerEntryExtensionV1(x, ext + 1);
  return x[sponsoringId] === 0 ? NO_SPONSOR : accountAt(x, sponsoringId + 2).text;
}
