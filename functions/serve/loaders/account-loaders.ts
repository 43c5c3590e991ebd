import { AccountKeyMaker } from "../../shared/columns/account-key.ts";
import { NATIVE_ASSET } from "../../shared/columns/asset.ts";
import type { DamagedBytes } from "../../shared/columns/history/byte-reader.ts";
import { shortHash, shortHashOfClaimableBalance } from "../../shared/columns/history/link-refs.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AllowanceCursor, BalanceCursor, ClaimableCursor, NftCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import { accountKeySecret } from "../queries/account-key-secret.ts";
import { lastInspected, linksOfAccounts, type LinkRange, type LinkRow, type LinkStart } from "../queries/account-links.ts";
import {
  type BalanceKeys,
  type BalanceRow,
  balancesByKey,
  balanceSources,
  balancesOfAccounts,
  type StoppedRow,
} from "../queries/balances/page.ts";
import { frozenAccounts } from "../queries/frozen-keys.ts";
import { claimableBalancesOf, type ClaimantRow, type ClaimantStart } from "../queries/claimable-balances.ts";
import type { HistoryKey } from "../queries/days.ts";
import { ROWS_A_STOP } from "../queries/inspected.ts";
import { type NftRow, nftsOfOwners } from "../queries/nfts.ts";
import { type OfferRow, offersOfSellers } from "../queries/offers.ts";
import { type AllowanceRow, type AllowanceSide, allowancesOf } from "../queries/sep41-allowances.ts";
import type { AccountKey } from "../values/addresses.ts";
import { assetContract, nativeTokenId } from "../values/asset-contract.ts";
import { type HistoryPage, type HistoryQuery, readHistory } from "./account-history.ts";
import { Batchers, group } from "./batcher.ts";
import { bytesOfText, type Loaders, type LoadersOptions } from "./loaders.ts";

interface KeyedAccount {
  id: string;
  account: AccountKey;
}

interface StartOfAccount extends KeyedAccount {
  /** Close time to begin at; null: the end of history. */
  from: string | null;
}

type AccountLoadersOptions = Pick<LoadersOptions, "budget" | "historyBounds" | "reportUnreadable">;

/** What a statement that looks for links of certain kinds costs, in rows: it may pass by thousands, and nobody knows beforehand. */
const ROWS_A_FILTER = 25;

/** Claimable balances of one statement: they are in memory before they can be charged. */
const MOST_CLAIMABLE = 12_000;

/**
 * Pages of accounts. Connections below a list of accounts, or of aliased accounts, ask with equal arguments: they load
 * together, in one statement a shape.
 */
export class AccountLoaders {
  readonly #snapshot: Snapshot;
  readonly #loaders: Pick<Loaders, "transactions" | "networkPassphrase">;
  readonly #options: AccountLoadersOptions;
  readonly #shapes = new Batchers();

  constructor(snapshot: Snapshot, loaders: Pick<Loaders, "transactions" | "networkPassphrase">, options: AccountLoadersOptions) {
    this.#snapshot = snapshot;
    this.#loaders = loaders;
    this.#options = options;
  }

  /** A page of an account's history. */
  history<Item>(account: AccountKey, query: HistoryQuery<Item>): Promise<HistoryPage<Item>> {
    const source = {
      links: (from: string | null, range: LinkRange) => this.#links(account, from, range),
      lastInspected: (from: string | null, range: LinkRange) => this.#lastInspected(account, from, range),
      transactions: (keys: readonly HistoryKey[]) => this.#loaders.transactions.loadAll(keys),
      reportDamagedLink: (ledger: number, error: DamagedBytes) => this.#options.reportUnreadable({ ledger }, error),
    };
    return readHistory(source, query, this.#options.historyBounds);
  }

  /** The hashes that stand for these addresses in links. */
  async shortHashes(addresses: readonly AccountKey[]): Promise<number[]> {
    const keys = await this.#keys();
    return addresses.map(({ bytes }) =>
      bytes[0] === StrkeyVersion.claimableBalance ? shortHashOfClaimableBalance(bytes) : shortHash(keys.halves(bytes)),
    );
  }

  /** A page of an account's holdings. */
  balances(account: AccountKey, page: Page<BalanceCursor>): Promise<(BalanceRow | StoppedRow)[]> {
    return this.#perAccount(`balances ${account.isContract} ${JSON.stringify(page)}`, account, async (accounts) => {
      this.#options.budget.read(accounts.length * balanceSources(account).length);
      const nativeToken = account.isContract ? await this.#nativeToken() : null;
      const rows = await balancesOfAccounts(this.#snapshot, accounts, page, nativeToken);
      this.#chargeStops(rows, (row) => "isStop" in row);
      return rows;
    });
  }

  /** What an account holds of these keys, ascending. */
  balancesByKey(account: AccountKey, keys: BalanceKeys): Promise<BalanceRow[]> {
    const count = Object.values(keys).reduce((sum, some) => sum + some.length, 0);
    if (count === 0) return Promise.resolve([]);
    return this.#perAccount(`balances by key ${account.isContract} ${JSON.stringify(keys)}`, account, async (accounts) => {
      this.#options.budget.read(accounts.length * count);
      const nativeToken = account.isContract ? await this.#nativeToken() : null;
      return balancesByKey(this.#snapshot, accounts, keys, nativeToken);
    });
  }

  /** The id of XLM's token, where contracts hold it. */
  async #nativeToken(): Promise<string> {
    return nativeTokenId(await this.#loaders.networkPassphrase());
  }

  /** A page of the live approvals that an account gave or received. */
  allowances(side: AllowanceSide, account: AccountKey, page: Page<AllowanceCursor>): Promise<AllowanceRow[]> {
    return this.#perAccount(`allowances ${side} ${JSON.stringify(page)}`, account, async (accounts) => {
      this.#options.budget.read(accounts.length);
      const native = assetContract(await this.#loaders.networkPassphrase(), NATIVE_ASSET);
      const rows = await allowancesOf(this.#snapshot, side, accounts, native, page);
      this.#chargeStops(rows, ({ amount }) => amount === null);
      return rows;
    });
  }

  /** Charges what a statement passed by where it gave up. */
  #chargeStops<Row>(rows: readonly Row[], isStop: (row: Row) => boolean): void {
    this.#options.budget.read(ROWS_A_STOP * rows.filter(isStop).length);
  }

  /** Has the network frozen the account? */
  async isFrozen(account: AccountKey): Promise<boolean> {
    const rows = await this.#perAccount("frozen", account, (accounts) => {
      this.#options.budget.read(accounts.length);
      return frozenAccounts(this.#snapshot, accounts);
    });
    return rows.length > 0;
  }

  /** An account's claimable balances behind a place, in the direction of travel. Accounts that begin at different places load together. */
  async claimableBalances(claimant: AccountKey, from: ClaimableCursor | null, backward: boolean, limit: number): Promise<ClaimantRow[]> {
    const { budget } = this.#options;
    const shape = `claimable ${from !== null} ${backward} ${limit}`;
    const batcher = this.#shapes.of<ClaimantStart & { id: string }, ClaimantRow[]>(shape, async (starts) => {
      budget.read(starts.length);
      const rows: ClaimantRow[] = [];
      const atOnce = Math.ceil(MOST_CLAIMABLE / limit);
      for (let at = 0; at < starts.length; at += atOnce) {
        const some = await claimableBalancesOf(this.#snapshot, starts.slice(at, at + atOnce), { backward, limit });
        budget.read(some.length);
        budget.readBytes(some.reduce((sum, { claimants }) => sum + bytesOfText(claimants), 0));
        for (const row of some) rows.push(at === 0 ? row : { ...row, ordinal: row.ordinal + at });
      }
      return group(
        rows,
        (row) => starts[row.ordinal - 1]!.id,
        (row) => row,
      );
    });
    return (await batcher.load({ id: `${claimant.column} ${from?.ledger} ${from?.id}`, claimant, from })) ?? [];
  }

  /** A page of an account's offers. */
  offers(seller: AccountKey, page: Page<string>): Promise<OfferRow[]> {
    return this.#perAccount(`offers ${JSON.stringify(page)}`, seller, async (sellers) => {
      this.#options.budget.read(sellers.length);
      const rows = await offersOfSellers(this.#snapshot, sellers, page);
      this.#options.budget.read(rows.length);
      return rows;
    });
  }

  /** A page of an account's NFTs. */
  nfts(owner: AccountKey, page: Page<NftCursor>): Promise<NftRow[]> {
    return this.#perAccount(`nfts ${JSON.stringify(page)}`, owner, async (owners) => {
      // They are in two tables.
      this.#options.budget.read(2 * owners.length);
      const rows = await nftsOfOwners(this.#snapshot, owners, page);
      this.#options.budget.read(rows.length);
      this.#chargeStops(rows, ({ is_stored }) => is_stored === null);
      return rows;
    });
  }

  /** Links of an account, in the direction of travel. Accounts that begin at different times load together. */
  #links(account: AccountKey, from: string | null, range: LinkRange): Promise<LinkRow[]> {
    const { budget } = this.#options;
    return this.#perStart("links", account, from, range, async (starts) => {
      budget.read(starts.length * (range.kinds === null ? 1 : ROWS_A_FILTER));
      const rows = await linksOfAccounts(this.#snapshot, starts, range);
      budget.readBytes(rows.reduce((sum, { refs }) => sum + bytesOfText(refs), 0));
      return rows;
    });
  }

  async #lastInspected(account: AccountKey, from: string | null, range: LinkRange): Promise<string | null> {
    const [last] = await this.#perStart("last", account, from, range, (starts) => lastInspected(this.#snapshot, starts, range));
    return last?.time ?? null;
  }

  async #perStart<Row extends { ordinal: number }>(
    name: string,
    account: AccountKey,
    from: string | null,
    range: LinkRange,
    load: (starts: LinkStart[]) => Promise<Row[]>,
  ): Promise<Row[]> {
    const batcher = this.#shapes.of<StartOfAccount, Row[]>(`${name} ${from !== null} ${JSON.stringify(range)}`, async (asked) => {
      const keys = await this.#keys();
      const rows = await load(asked.map((start) => ({ key: keys.text(start.account.bytes), from: start.from })));
      return group(
        rows,
        (row) => asked[row.ordinal - 1]!.id,
        (row) => row,
      );
    });
    return (await batcher.load({ id: `${account.column} ${from}`, account, from })) ?? [];
  }

  async #keys(): Promise<AccountKeyMaker> {
    return new AccountKeyMaker(await accountKeySecret(this.#snapshot));
  }

  async #perAccount<Row extends { ordinal: number }>(
    shape: string,
    account: AccountKey,
    load: (accounts: AccountKey[]) => Promise<Row[]>,
  ): Promise<Row[]> {
    const batcher = this.#shapes.of<KeyedAccount, Row[]>(shape, async (keys) =>
      group(
        await load(keys.map((key) => key.account)),
        (row) => keys[row.ordinal - 1]!.id,
        (row) => row,
      ),
    );
    return (await batcher.load({ id: account.column, account })) ?? [];
  }
}
