import type { Asset, Line } from "./assets.ts";
import type { AccountState, TrustlineState } from "./entries.ts";
import type { Party } from "./keys.ts";
import type { View } from "./view.ts";

const BASE_RESERVE = 5_000_000n;

export function issued(asset: NonNullable<Asset>): Line {
  return { asset, shares: false };
}

/** Where `owner` keeps `asset`: its account or a trustline; null where it has none, or where it is the issuer. */
function holding(view: View, owner: Party, asset: Asset): AccountState | TrustlineState | null {
  return asset ? view.trustline(owner, issued(asset)) : view.account(owner);
}

function isIssuer(owner: Party, asset: Asset): boolean {
  return asset?.issuer.address === owner.address;
}

/** Can `owner` receive `asset`? */
export function canHold(view: View, owner: Party, asset: Asset): boolean {
  return isIssuer(owner, asset) || holding(view, owner, asset) !== null;
}

/** What `owner` may spend: without reserve and without what its offers have promised. */
export function available(view: View, owner: Party, asset: Asset): bigint {
  if (isIssuer(owner, asset)) return 1n << 62n;
  const held = holding(view, owner, asset);
  if (!held) return 0n;
  const reserve = held.kind === "account" ? BigInt(2 + held.subentries + held.sponsoring - held.sponsored) * BASE_RESERVE : 0n;
  return held.balance - held.selling - reserve;
}

/** Adds to a balance (takes from it where `amount` is negative). Issuers have none: they mint and burn. */
export function move(view: View, owner: Party, asset: Asset, amount: bigint): void {
  if (isIssuer(owner, asset)) return;
  const held = holding(view, owner, asset);
  if (!held) throw new Error(`${owner.address} cannot hold the asset`);
  view.put({ ...held, balance: held.balance + amount });
}

/** Adds to the liabilities of an offer's two sides. */
export function promise(view: View, owner: Party, selling: Asset, sold: bigint, buying: Asset, bought: bigint): void {
  const from = holding(view, owner, selling);
  if (from) view.put({ ...from, selling: from.selling + sold });
  const into = holding(view, owner, buying);
  if (into) view.put({ ...into, buying: into.buying + bought });
}

/** Changes the number of entries that `owner` pays reserve for. */
export function addSubentries(view: View, owner: Party, count: number): void {
  const account = view.account(owner)!;
  view.put({ ...account, subentries: account.subentries + count });
}
