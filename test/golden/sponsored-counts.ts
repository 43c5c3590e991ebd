import type * as xdr from "@stellar/stellar-sdk/xdr";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";

function countOf({ ext }: xdr.AccountEntry): number {
  return ext.type === "v1" && ext.v1.ext.type === "v2" ? ext.v1.ext.v2.numSponsoring : 0;
}

function addressOf(key: { toXdr(): Uint8Array }): string {
  return encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.account), key.toXdr().subarray(-32)]));
}

/**
 * Whose reserves an operation's changes take or give back, by the SDK's decoding: accounts whose count of sponsored reserves changes, and, since
 * hand-made ledgers have no such account, the sponsors of removed entries.
 */
export function changedSponsors(changes: readonly xdr.LedgerEntryChange[]): string[] {
  const before = new Map<string, number>();
  const changed = new Set<string>();
  let sponsor: string | null = null;
  for (const change of changes) {
    if (change.type === "ledgerEntryRemoved") {
      if (sponsor !== null) changed.add(sponsor);
      continue;
    }
    const { data, ext } = change.value;
    sponsor = ext.type === "v1" && ext.v1.sponsoringId !== null ? addressOf(ext.v1.sponsoringId) : null;
    if (data.type !== "account") continue;
    const address = addressOf(data.account.accountId);
    const count = countOf(data.account);
    if (change.type === "ledgerEntryState") before.set(address, count);
    else if (before.has(address) && before.get(address) !== count) changed.add(address);
  }
  return [...changed];
}
