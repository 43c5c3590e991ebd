import type { Snapshot } from "../database/snapshot.ts";
import { type NftRow, nftsById } from "../queries/nfts.ts";
import { type PoolRow, poolsById, type TokenRow, tokensByContract } from "../queries/tokens.ts";
import type { AccountKey } from "../values/addresses.ts";
import { Batcher } from "./batcher.ts";
import type { Budget } from "./budget.ts";

/** What is known of tokens, whoever holds them. */
export class TokenLoaders {
  /** By contract and number. */
  readonly nfts: Batcher<{ id: string; contract: string; tokenId: string }, NftRow>;
  /** By the contract's strkey. */
  readonly contracts: Batcher<{ id: string; contract: AccountKey }, TokenRow>;
  /** By the pool's id in hex. */
  readonly pools: Batcher<{ id: string }, PoolRow>;

  constructor(snapshot: Snapshot, budget: Budget) {
    this.nfts = new Batcher(async (keys) => {
      budget.read(2 * keys.length);
      return new Map((await nftsById(snapshot, keys)).map((row) => [keys[row.ordinal - 1]!.id, row]));
    });
    this.contracts = new Batcher(async (keys) => {
      budget.read(2 * keys.length);
      const rows = await tokensByContract(
        snapshot,
        keys.map(({ contract }) => contract),
      );
      return new Map(rows.map((row) => [keys[row.ordinal - 1]!.id, row]));
    });
    this.pools = new Batcher(async (keys) => {
      budget.read(keys.length);
      const rows = await poolsById(
        snapshot,
        keys.map(({ id }) => id),
      );
      return new Map(rows.map((row) => [row.pool_id, row]));
    });
  }
}
