import type { Address } from "../../shared/xdr/address.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import type { Words } from "../../shared/xdr/words.ts";
import { readLedgerEntry } from "../../shared/xdr/xdr.generated.ts";

/** The account that pays for the reserve of the LedgerEntry at `entry` (CAP-33); null: its owner does. */
export function sponsorOf(x: Words, entry: number): Address | null {
  const { ext } = readLedgerEntry(x, entry);
  // LedgerEntryExtensionV1 begins with an optional account; an entry whose sponsorship was revoked may keep the extension without one.
  return x[ext] === 1 && x[ext + 1] === 1 ? accountAt(x, ext + 3) : null;
}
