import type { Snapshot } from "../database/snapshot.ts";
import type { TokenPlace } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import { type ContractRow, contractsByAddress, functionsOfCode } from "../queries/contracts.ts";
import { PASSED_BY_A_ROW, ROWS_A_STOP } from "../queries/inspected.ts";
import { type NftRow, nftsById } from "../queries/nfts.ts";
import { type HeldToken, type HolderKind, type HolderRow, holdersOfTokens } from "../queries/token-holders.ts";
import { type FoundToken, MOST_NAMED, searchTokens } from "../queries/token-search.ts";
import { type PoolRow, poolsById, type TokenRow, tokensByContract } from "../queries/tokens.ts";
import type { AccountKey } from "../values/addresses.ts";
import { Batcher, Batchers, group } from "./batcher.ts";
import type { Budget } from "./budget.ts";

interface KeyedContract {
  id: string;
  contract: AccountKey;
}

/** Index look-ups of a contract: its token, asset, executable, tag and code. */
const ROWS_A_CONTRACT = 5;
/** Lists that a search merges. */
const LISTS_A_SEARCH = 5;
/** What the place is charged at which a search gave up. */
const ROWS_A_NAMED_STOP = MOST_NAMED / PASSED_BY_A_ROW;

/** What is known of tokens and contracts, whoever holds them: one statement a shape. */
export class TokenLoaders {
  readonly #snapshot: Snapshot;
  readonly #budget: Budget;
  readonly #shapes = new Batchers();
  /** NFTs by contract and number. */
  readonly nfts: Batcher<{ id: string; contract: string; tokenId: string }, NftRow>;
  /** What balances need of a token, by the contract's strkey. */
  readonly contracts: Batcher<KeyedContract, TokenRow>;
  /** All that is known of a contract, by its strkey. */
  readonly #facts: Batcher<KeyedContract, ContractRow>;
  /** The functions of a code as JSON text, by its hash (text of bytea); null: its bytes have not been seen. */
  readonly functions: Batcher<{ id: string }, string | null>;
  /** By the pool's id in hex. */
  readonly pools: Batcher<{ id: string }, PoolRow>;

  constructor(snapshot: Snapshot, budget: Budget) {
    this.#snapshot = snapshot;
    this.#budget = budget;
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
    this.#facts = new Batcher(async (keys) => {
      budget.read(ROWS_A_CONTRACT * keys.length);
      const rows = await contractsByAddress(
        snapshot,
        keys.map(({ contract }) => contract),
      );
      return new Map(rows.map((row) => [keys[row.ordinal - 1]!.id, row]));
    });
    this.functions = new Batcher(async (keys) => {
      budget.read(keys.length);
      const rows = await functionsOfCode(
        snapshot,
        keys.map(({ id }) => id),
      );
      budget.readBytes(rows.reduce((sum, { functions }) => sum + (functions?.length ?? 0), 0));
      return new Map(rows.map(({ wasm_hash, functions }) => [wasm_hash, functions]));
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

  /** All that is known of a contract. */
  async facts(contract: AccountKey): Promise<ContractRow> {
    return (await this.#facts.load({ id: contract.text, contract }))!;
  }

  /** A page of a token's holders. */
  async holders(token: HeldToken & { kind: HolderKind }, page: Page<string>): Promise<HolderRow[]> {
    const { kind, contract } = token;
    const batcher = this.#shapes.of<HeldToken & { id: string }, HolderRow[]>(`holders ${kind} ${JSON.stringify(page)}`, async (tokens) => {
      this.#budget.read(2 * tokens.length);
      const rows = await holdersOfTokens(this.#snapshot, kind, tokens, page);
      this.#budget.read(rows.length + ROWS_A_STOP * rows.filter(({ balance }) => balance === null).length);
      return group(
        rows,
        (row) => tokens[row.ordinal - 1]!.id,
        (row) => row,
      );
    });
    return (await batcher.load({ id: contract, ...token })) ?? [];
  }

  /** A page of the tokens that a text finds. @param text without capitals A to Z */
  async search(text: string, page: Page<TokenPlace>): Promise<FoundToken[]> {
    const batcher = this.#shapes.of<{ id: string }, FoundToken[]>(`search ${JSON.stringify(page)}`, async (keys) => {
      this.#budget.read(LISTS_A_SEARCH * keys.length);
      const rows = await searchTokens(
        this.#snapshot,
        keys.map(({ id }) => id),
        page,
      );
      this.#budget.read(rows.length + ROWS_A_NAMED_STOP * rows.filter((row) => row.kind === "STOP").length);
      return group(
        rows,
        (row) => keys[row.ordinal - 1]!.id,
        (row) => row,
      );
    });
    return (await batcher.load({ id: text })) ?? [];
  }
}
