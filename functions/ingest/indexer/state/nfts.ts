import type { Address } from "../../../shared/xdr/address.ts";
import { contractUuid } from "../../../shared/columns/uuid5.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import { addressAt, scAddressAt } from "../../../shared/xdr/addresses.ts";
import type { Words } from "../../../shared/xdr/words.ts";
import { ContractDataDurability, ScAddressType, ScValType } from "../../../shared/xdr/xdr.generated.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { dataKeyHash } from "../../ledger/key-hash.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { toAccount } from "../contract-events.ts";
import { type NftEvent, tokenIdAt } from "../nft-events.ts";
import type { NftRangeRow, NftRow } from "../rows.ts";

/** `Owner` as the words of a symbol: its length, its letters. */
const OWNER = [5, 0x4f776e65, 0x72000000] as const;

/** Whose an NFT is; null: it was burnt; undefined: nothing is told. */
type Owner = Address | null | undefined;

/** What a ledger tells of one NFT: by its owner's entry, which outranks all events of the ledger, and by the last event. */
interface Told {
  stored: Owner;
  /** The LedgerEntry that says so; 0: it is gone, or there was none. */
  entry: number;
  event: Owner;
}

/**
 * The owners of NFTs that a ledger tells of, by entries of storage or events in the shape of SEP-50, whatever the contract is
 * (docs/indexing.md, N1 to N10).
 */
export class Nfts {
  /** By contract and token id. */
  readonly #told = new Map<Address, Map<bigint, Told>>();
  readonly #ranges = new Map<Address, { firstId: bigint; lastId: bigint; owner: Address }[]>();

  /** A change of contract data. */
  add(x: Words, change: Change): void {
    const id = ownerKey(x, change);
    if (id === 0) return;
    const tokenId = tokenIdAt(x, id);
    if (tokenId === null) return;
    const told = this.#at(addressAt(x, change.keyStart + 1, StrkeyVersion.contract), tokenId);
    const owner = ownerOf(x, change);
    told.stored = owner === null ? undefined : change.post === 0 ? null : owner;
    told.entry = owner === null ? 0 : change.post;
  }

  addEvent(event: NftEvent): void {
    const { contract } = event;
    if (event.kind === "movement") {
      this.#at(contract, event.tokenId).event = event.to;
      return;
    }
    const range = { firstId: event.firstId, lastId: event.lastId, owner: event.to };
    const ranges = this.#ranges.get(contract);
    if (ranges) ranges.push(range);
    else this.#ranges.set(contract, [range]);
  }

  #at(contract: Address, tokenId: bigint): Told {
    let tokens = this.#told.get(contract);
    if (!tokens) this.#told.set(contract, (tokens = new Map()));
    let told = tokens.get(tokenId);
    if (!told) tokens.set(tokenId, (told = { stored: undefined, entry: 0, event: undefined }));
    return told;
  }

  /** @param liveUntil the last ledger in which an entry is live, by its key hash; null: as it was */
  rows(ledger: Ledger, liveUntil: (keyHash: Uint8Array) => number | null): NftRow[] {
    const rows: NftRow[] = [];
    for (const [contract, tokens] of this.#told) {
      const contractId = contractUuid(contract.text);
      for (const [tokenId, { stored, entry, event }] of tokens) {
        const isStored = stored !== undefined;
        const owner = isStored ? stored : event;
        if (owner === undefined) continue;
        const keyHash = entry === 0 ? null : dataKeyHash(ledger, entry);
        const liveUntilLedger = keyHash === null ? null : liveUntil(keyHash);
        rows.push({ contract, contractId, tokenId, owner, isStored, keyHash, liveUntilLedger });
      }
    }
    return rows;
  }

  /** Of ranges that overlap, the one that begins first is kept. */
  ranges(): NftRangeRow[] {
    const rows: NftRangeRow[] = [];
    for (const [contract, ranges] of this.#ranges) {
      const contractId = contractUuid(contract.text);
      let end = -1n;
      // Sorting is stable: of those that begin together it is the earliest.
      for (const range of ranges.sort((a, b) => (a.firstId < b.firstId ? -1 : Number(a.firstId > b.firstId)))) {
        if (range.firstId <= end) continue;
        end = range.lastId;
        rows.push({ contract, contractId, ...range });
      }
    }
    return rows;
  }
}

/** The offset of the token id in the key of a changed entry when that is `vec[symbol Owner, id]`, persistent, of a contract; else 0. */
function ownerKey(x: Words, { keyStart, keyEnd }: Change): number {
  // A contract's address has 9 words.
  const p = keyStart + 9;
  const isKey =
    x[p] === ScValType.scvVec &&
    x[p + 1] === 1 &&
    x[p + 2] === 2 &&
    x[p + 3] === ScValType.scvSymbol &&
    x[p + 4] === OWNER[0] &&
    x[p + 5] === OWNER[1] &&
    x[p + 6] === OWNER[2];
  return isKey && x[keyStart] === ScAddressType.scAddressTypeContract && x[keyEnd - 1] === ContractDataDurability.persistent ? p + 7 : 0;
}

/** The owner that the entry names, or named before it was removed; null when its value is no address. */
function ownerOf(x: Words, { pre, post, keyStart, keyEnd }: Change): Address | null {
  // The value stands behind an extension point and the fields of the key.
  const value = entryData(post || pre) + 1 + (keyEnd - keyStart);
  return x[value] === ScValType.scvAddress ? toAccount(x, scAddressAt(x, value + 1)) : null;
}
