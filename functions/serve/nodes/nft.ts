import type { NftRow } from "../queries/nfts.ts";
import type { NFTSource } from "../schema/enums.generated.ts";
import { addressText } from "../values/addresses.ts";

/** An `NFT` on its way to the response. */
export interface NftNode {
  readonly contract: { readonly contractId: string; readonly name: string | null; readonly symbol: string | null };
  readonly tokenId: string;
  readonly owner: string;
  readonly uri: string | null;
  readonly isArchived: boolean;
  readonly liveUntilLedger: number | null;
  readonly source: NFTSource;
  readonly lastModifiedLedger: number;
}

export function nftNode(row: NftRow): NftNode {
  return {
    contract: { contractId: row.contract_id, name: row.name, symbol: row.symbol },
    tokenId: row.token_id,
    owner: addressText(row.owner_id),
    uri: row.uri,
    isArchived: row.is_archived,
    liveUntilLedger: row.live_until_ledger,
    source: row.is_stored ? "STORAGE" : "EVENTS",
    lastModifiedLedger: row.last_modified_ledger,
  };
}
