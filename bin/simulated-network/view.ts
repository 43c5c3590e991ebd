import * as xdr from "@stellar/stellar-sdk/xdr";
import { assetName, type Asset, type Line } from "./assets.ts";
import { entryXdr, keyXdr, type AccountState, type OfferState, type PoolState, type State, type TrustlineState } from "./entries.ts";
import type { Party } from "./keys.ts";

type Unstamped = AccountState | TrustlineState | OfferState | PoolState;

function key(state: Unstamped): string {
  switch (state.kind) {
    case "account":
      return `account ${state.owner.address}`;
    case "trustline":
      return lineKey(state.owner, state.line);
    case "offer":
      return `offer ${state.id}`;
    case "pool":
      return `pool ${assetName(state.asset)}`;
  }
}

function lineKey(owner: Party, { asset, shares }: Line): string {
  return `trustline ${owner.address} ${shares ? "shares " : ""}${assetName(asset)}`;
}

/** The ledger's entries with a layer of changes on top: an operation's over its transaction's over the ledger's. */
export class View {
  readonly ledger: number;
  private readonly below: View | null;
  private readonly changed = new Map<string, State | null>();

  /** @param below the layer underneath; null for the bottom */
  constructor(ledger: number, below: View | null) {
    this.ledger = ledger;
    this.below = below;
  }

  private get(key: string): State | null {
    const own = this.changed.get(key);
    return own !== undefined ? own : (this.below?.get(key) ?? null);
  }

  account(owner: Party): (AccountState & { lastModified: number }) | null {
    const found = this.get(`account ${owner.address}`);
    return found?.kind === "account" ? found : null;
  }

  trustline(owner: Party, line: Line): (TrustlineState & { lastModified: number }) | null {
    const found = this.get(lineKey(owner, line));
    return found?.kind === "trustline" ? found : null;
  }

  offer(id: bigint): (OfferState & { lastModified: number }) | null {
    const found = this.get(`offer ${id}`);
    return found?.kind === "offer" ? found : null;
  }

  pool(asset: Asset): (PoolState & { lastModified: number }) | null {
    const found = this.get(`pool ${assetName(asset)}`);
    return found?.kind === "pool" ? found : null;
  }

  put(state: Unstamped): void {
    this.changed.set(key(state), { ...state, lastModified: this.ledger });
  }

  remove(state: Unstamped): void {
    this.changed.set(key(state), null);
  }

  /** This layer's changes as a ledger shows them: the state before, then what became of it. */
  changes(): xdr.LedgerEntryChange[] {
    const changes: xdr.LedgerEntryChange[] = [];
    for (const [key, after] of this.changed) {
      const before = this.below?.get(key) ?? null;
      if (before) changes.push(xdr.LedgerEntryChange.ledgerEntryState(entryXdr(before)));
      if (before && after) changes.push(xdr.LedgerEntryChange.ledgerEntryUpdated(entryXdr(after)));
      else if (after) changes.push(xdr.LedgerEntryChange.ledgerEntryCreated(entryXdr(after)));
      else if (before) changes.push(xdr.LedgerEntryChange.ledgerEntryRemoved(keyXdr(before)));
    }
    return changes;
  }

  /** Moves this layer's changes into the layer below. */
  commit(): void {
    if (!this.below) return;
    for (const [key, state] of this.changed) {
      // The bottom layer keeps no tombstones.
      if (state === null && this.below.below === null) this.below.changed.delete(key);
      else this.below.changed.set(key, state);
    }
    this.changed.clear();
  }
}
