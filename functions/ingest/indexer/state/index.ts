import type { Address } from "../../../shared/xdr/address.ts";
import { appendChanges, pairChanges, type Change } from "../../ledger/changes.ts";
import { elements } from "../../../shared/xdr/words.ts";
import { ConfigSettingId, LedgerEntryType, readUpgradeEntryMeta, skipUpgradeEntryMeta } from "../../../shared/xdr/xdr.generated.ts";
import { provenAssetText } from "../contract-events.ts";
import { nftEvents } from "../nft-events.ts";
import type { LedgerContext, LedgerOperation } from "../operation.ts";
import type { ContractTokenRow, LedgerRows } from "../rows.ts";
import { AccountData } from "./account-data.ts";
import { Accounts } from "./accounts.ts";
import { ClaimableBalances } from "./claimable-balances.ts";
import { ContractTokens } from "./contract-tokens.ts";
import { Contracts, sacToken } from "./contracts.ts";
import { evictedKeyHashes } from "./evictions.ts";
import { ApplyPhase, changeOrder } from "./fold.ts";
import { frozenKeys } from "./frozen-keys.ts";
import { LiquidityPools } from "./liquidity-pools.ts";
import { Nfts } from "./nfts.ts";
import { Offers } from "./offers.ts";
import { PromisedAssets } from "./promised-assets.ts";
import { SacBalances } from "./sac-balances.ts";
import { TrustlineBalances } from "./trustline-balances.ts";
import { Ttls } from "./ttls.ts";

/**
 * The current state that a ledger leaves: every entry change in the order in which it happened, the last one of each key
 * wins. Call in this order: the fees of all transactions, then each transaction's own changes, then all refunds, then the upgrades.
 * The state is the true one also where the reference implementation's is not (GAP-11, 12, 15, 17, 18, 25).
 */
export class LedgerState {
  readonly #context: LedgerContext;
  readonly #accounts = new Accounts();
  readonly #data = new AccountData();
  readonly #trustlines = new TrustlineBalances();
  readonly #pools = new LiquidityPools();
  readonly #sac = new SacBalances();
  readonly #claimable = new ClaimableBalances();
  readonly #offers = new Offers();
  readonly #nfts = new Nfts();
  readonly #contracts = new Contracts();
  readonly #tokens: ContractTokens;
  readonly #ttls = new Ttls();
  /** The LedgerEntry of the setting that lists the frozen keys, as the ledger leaves it; 0: as it was. */
  #frozenKeys = 0;
  /** Contracts that an event of the ledger proves to be an asset's: their code and issuer. */
  readonly #proven = new Map<Address, { code: string; issuer: string }>();

  constructor(context: LedgerContext) {
    this.#context = context;
    this.#tokens = new ContractTokens(context);
  }

  /** Fee changes of a transaction, taken before any is applied, or its refund, given after all of them. */
  addFees(changes: readonly Change[], phase: typeof ApplyPhase.fee | typeof ApplyPhase.refund, transaction: number): void {
    this.#addAll(changes, changeOrder(phase, transaction, 0));
  }

  /** The changes of a transaction as a whole, before or after its operations; `p` is the offset of the LedgerEntryChange[], 0 if absent. */
  addTransactionLevel(p: number): void {
    if (p === 0) return;
    const changes: Change[] = [];
    appendChanges(this.#context.x, p, changes);
    for (const change of changes) {
      if (change.type === LedgerEntryType.account) this.#accounts.addTransactionLevel(this.#context.x, change);
      else this.#add(change, null);
    }
  }

  addOperation(op: LedgerOperation): void {
    this.#tokens.beginOperation();
    this.#addAll(op.changes, changeOrder(ApplyPhase.operation, op.tx.index, op.index), op);
  }

  /**
   * What the ledger's upgrades changed, each after the one before it. A raised base reserve releases the liabilities of offers that
   * their owner's balance no longer bears, and deletes the offers (stellar-core, `prepareLiabilities`).
   */
  addUpgrades(): void {
    const { ledger, x } = this.#context;
    const order = changeOrder(ApplyPhase.upgrade, 0, 0);
    for (const p of elements(x, ledger.upgradesProcessing, skipUpgradeEntryMeta))
      this.#addAll(pairChanges(x, readUpgradeEntryMeta(x, p).changes), order);
  }

  /** The events of a contract call: which contracts they prove to be Stellar Asset Contracts, what they say of tokens and of NFTs. */
  addEvents(op: LedgerOperation): void {
    const { x, ids } = this.#context;
    for (const event of nftEvents(this.#context, op)) this.#nfts.addEvent(event);
    for (const event of op.contractEvents) {
      if (event.topics.length < 2 || this.#proven.has(event.contract)) continue;
      const asset = provenAssetText(x, ids, event.contract, event.topics.at(-1)!);
      if (asset) this.#proven.set(event.contract, asset);
    }
    this.#tokens.addCall(op, (contract) => this.#proven.has(contract));
  }

  #addAll(changes: readonly Change[], order: number, op: LedgerOperation | null = null): void {
    for (const change of changes) {
      if (change.type === LedgerEntryType.account) this.#accounts.add(this.#context.x, change, order);
      else this.#add(change, order, op);
    }
  }

  /** @param op whose change it is; null: of no operation */
  #add(change: Change, order: number | null, op: LedgerOperation | null = null): void {
    const { ledger, x, ids } = this.#context;
    switch (change.type) {
      case LedgerEntryType.trustline:
        this.#trustlines.add(x, ids, change, order);
        return;
      case LedgerEntryType.data:
        this.#data.add(ledger, change, order);
        return;
      case LedgerEntryType.offer:
        this.#offers.add(x, change, order);
        return;
      case LedgerEntryType.claimableBalance:
        this.#claimable.add(x, change, order, op);
        return;
      case LedgerEntryType.liquidityPool:
        this.#pools.add(x, change, order);
        return;
      case LedgerEntryType.contractData:
        this.#sac.add(x, change, order);
        this.#tokens.addChange(change, order);
        this.#nfts.add(x, change);
        this.#contracts.addData(ledger, ids, change);
        return;
      case LedgerEntryType.contractCode:
        this.#contracts.addCode(ledger, change);
        return;
      case LedgerEntryType.ttl:
        this.#ttls.add(change);
        return;
      case LedgerEntryType.configSetting:
        if (x[change.keyStart] === ConfigSettingId.configSettingFrozenLedgerKeys) this.#frozenKeys = change.post;
    }
  }

  /** The token of a contract with balances, where the ledger itself proves it to be an asset's. */
  #provenToken(contract: Address): ContractTokenRow | null {
    const asset = this.#proven.get(contract) ?? this.#trustlines.assets.get(contract);
    return asset ? sacToken(contract, asset.code, asset.issuer) : null;
  }

  /** Writes the rows of all keys. */
  finish(rows: LedgerRows): void {
    const { ledger, x, ids } = this.#context;
    const { tokens } = this.#contracts;
    const liveUntil = (keyHash: Uint8Array): number | null => this.#ttls.liveUntil(x, keyHash);
    rows.accounts = this.#accounts.rows(ledger);
    rows.accountData = this.#data.rows(ledger);
    rows.trustlineBalances = this.#trustlines.balances(x);
    rows.liquidityPoolBalances = this.#trustlines.shares(x);
    rows.trustlineAssets = [...this.#trustlines.assets.values()];
    rows.liquidityPools = this.#pools.rows(x);
    for (const token of tokens.values()) token.liveUntilLedger = liveUntil(token.keyHash);
    const assets = new PromisedAssets(ids);
    rows.claimableBalances = this.#claimable.rows(this.#context.ledger, assets);
    rows.offers = this.#offers.rows(x, assets);
    rows.promisedAssets = assets.rows();
    rows.contractTokens = [...tokens.values()];
    const { assets: lines } = this.#trustlines;
    const isSac = (contract: Address): boolean => tokens.has(contract) || this.#proven.has(contract) || lines.has(contract);
    this.#tokens.finish(rows, (contract) => contract === ids.native() || isSac(contract), liveUntil);
    const met = this.#sac.contracts();
    for (const { contract } of rows.storedAllowances) met.add(contract);
    for (const contract of met) {
      const token = tokens.has(contract) ? null : this.#provenToken(contract);
      if (token) rows.provenTokens.push(token);
    }
    const { sac, native } = this.#sac.rows(ledger, ids, isSac, liveUntil);
    rows.sacBalances = sac;
    rows.contractNativeBalances = native;
    rows.nfts = this.#nfts.rows(ledger, liveUntil);
    rows.nftRanges = this.#nfts.ranges();
    Object.assign(rows, this.#contracts.rows(ledger, liveUntil));
    rows.ttls = this.#ttls.rows(ledger);
    rows.evictedKeys = evictedKeyHashes(ledger);
    if (this.#frozenKeys !== 0) rows.frozenKeys = frozenKeys(ledger, this.#frozenKeys);
  }
}
