import { contractUuid } from "../../../shared/columns/uuid5.ts";
import type { Address } from "../../../shared/xdr/address.ts";
import { elements } from "../../../shared/xdr/words.ts";
import {
  ContractDataDurability,
  LedgerEntryType,
  readContractDataEntry,
  ScValType,
  skipLedgerKey,
} from "../../../shared/xdr/xdr.generated.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { dataKeyHash } from "../../ledger/key-hash.ts";
import type { LedgerContext, LedgerOperation } from "../operation.ts";
import type { LayoutEvidenceRow, LedgerRows, StoredBalance, TokenBalanceRow, TokenSupplyRow } from "../rows.ts";
import { balanceAt, type TokenKey, tokenKeyAt } from "../token-entries.ts";
import { type TokenEvent, tokenEvents } from "../token-events.ts";
import { FoldTable } from "./fold.ts";
import { addAmount, type BalanceChange, LayoutEvidence, netsOf } from "./layout-evidence.ts";
import { spendingOf, TokenAllowances } from "./token-allowances.ts";
import { instanceStates, storedSupply } from "./token-supplies.ts";

const NO_CHANGES: BalanceChange[] = [];
/** Words of a contract's ScAddress. */
const CONTRACT_WORDS = 9;
const CONTRACT_ADDRESS = 1;

/**
 * What a ledger says of contract tokens other than assets: balances, twice over (what entries say, and what events sum up to),
 * allowances, supplies, and evidence for the one or the other. Of every contract that looks like a token, since what a contract is may
 * be known later; of none that the ledger proves to be an asset's.
 */
export class ContractTokens {
  readonly #context: LedgerContext;
  readonly #persistent = new FoldTable<Address, Address>();
  readonly #temporary = new FoldTable<Address, Address>();
  readonly #allowances = new TokenAllowances();
  readonly #evidence = new LayoutEvidence();
  readonly #moved = new Map<Address, Map<Address, bigint>>();
  /** Mints less burns and clawbacks, by contract. */
  readonly #minted = new Map<Address, bigint>();
  /** Changes of instances. */
  readonly #instances: Change[] = [];
  /** Changes of balances by the operation at hand. */
  #ofOperation = NO_CHANGES;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  beginOperation(): void {
    this.#ofOperation = NO_CHANGES;
  }

  /** A change of contract data. */
  addChange(change: Change, order: number | null): void {
    const { x } = this.#context;
    const { keyStart, keyEnd } = change;
    if (x[keyStart + CONTRACT_WORDS] === ScValType.scvLedgerKeyContractInstance) {
      if (x[keyStart] === CONTRACT_ADDRESS && x[keyEnd - 1] === ContractDataDurability.persistent) this.#instances.push(change);
      return;
    }
    const key = tokenKeyAt(x, keyStart, keyEnd);
    if (key === null) return;
    if (key.spender !== null) {
      this.#allowances.addEntry(x, key, key.spender, change);
      return;
    }
    (key.isTemporary ? this.#temporary : this.#persistent).add(key.contract, key.owner, change, order);
    if (this.#ofOperation === NO_CHANGES) this.#ofOperation = [];
    this.#ofOperation.push({ key, change });
  }

  /**
   * The events of a contract call of a successful transaction, whose changes have been added.
   * @param isSac is the contract proven to be an asset's so far?
   */
  addCall(op: LedgerOperation, isSac: (contract: Address) => boolean): void {
    const events = tokenEvents(this.#context, op);
    const spending = spendingOf(this.#context.x, op);
    if (spending !== null) this.#allowances.addSpending(spending);
    if (events.length === 0 && this.#ofOperation.length === 0) return;
    for (const event of events) this.#addEvent(event);
    const nets = netsOf(events);
    for (const [contract, holders] of nets) for (const [holder, net] of holders) addAmount(this.#moved, contract, holder, net);
    const changes = this.#ofOperation.filter(({ key }) => !isSac(key.contract));
    if (events.length > 0 || changes.length > 0) this.#evidence.add(this.#context, op, events, nets, changes);
  }

  #addEvent(event: TokenEvent): void {
    if (event.kind === "approve") {
      this.#allowances.addApproval(event);
      return;
    }
    if (event.kind === "transfer" || event.amount <= 0n) return;
    const amount = event.kind === "mint" ? event.amount : -event.amount;
    this.#minted.set(event.contract, (this.#minted.get(event.contract) ?? 0n) + amount);
  }

  /**
   * Writes the rows of all tokens.
   * @param isSac is the contract proven to be an asset's?
   * @param liveUntil the last ledger in which an entry is live, by its key hash; null: as it was
   */
  finish(rows: LedgerRows, isSac: (contract: Address) => boolean, liveUntil: (keyHash: Uint8Array) => number | null): void {
    const evictedBalances: TokenKey[] = [];
    for (const key of this.#evictedKeys()) {
      if (key.spender !== null) this.#allowances.addEviction(key, key.spender);
      else evictedBalances.push(key);
    }
    rows.tokenBalances = this.#balances(evictedBalances, isSac, liveUntil);
    rows.storedAllowances = this.#allowances.stored();
    rows.toldAllowances = this.#allowances.told(isSac);
    if (rows.tokenBalances.length === 0 && this.#minted.size === 0 && this.#evidence.byContract.size === 0) return;
    const instances = instanceStates(this.#context.x, this.#instances);
    rows.layoutEvidence = Array.from(this.#evidence.byContract, ([contract, evidence]): LayoutEvidenceRow => ({
      contract,
      contractId: contractUuid(contract.text),
      ...evidence,
      isOfOneExecutable: !instances.get(contract)?.isOther,
    })).filter(({ contract }) => !isSac(contract));
    const contracts = new Set([...this.#minted.keys(), ...rows.tokenBalances.map(({ contract }) => contract)]);
    for (const contract of contracts) {
      if (isSac(contract)) continue;
      const instance = instances.get(contract)?.instance ?? 0;
      const row: TokenSupplyRow = {
        contract,
        contractId: contractUuid(contract.text),
        stored: instance === 0 ? null : storedSupply(this.#context.x, instance),
        minted: this.#minted.get(contract) ?? 0n,
      };
      if (row.stored !== null || row.minted !== 0n) rows.tokenSupplies.push(row);
    }
  }

  #balances(
    evicted: readonly TokenKey[],
    isSac: (contract: Address) => boolean,
    liveUntil: (keyHash: Uint8Array) => number | null,
  ): TokenBalanceRow[] {
    const found = new Map<Address, Map<Address, TokenBalanceRow>>();
    const at = (contract: Address, account: Address): TokenBalanceRow => {
      let holders = found.get(contract);
      if (!holders) found.set(contract, (holders = new Map()));
      let row = holders.get(account);
      if (!row) holders.set(account, (row = { account, contract, contractId: contractUuid(contract.text), stored: null, moved: null }));
      return row;
    };
    for (const isTemporary of [false, true]) {
      for (const { first: contract, second: holder, pre, post } of (isTemporary ? this.#temporary : this.#persistent).rows()) {
        if (isSac(contract)) continue;
        const stored = this.#stored(post || pre, post === 0, isTemporary, liveUntil);
        const row = at(contract, holder);
        // Of two entries, which no token has, the persistent one counts if it says something.
        if (row.stored === null || (row.stored.amount === null && stored.amount !== null)) row.stored = stored;
      }
    }
    for (const { contract, owner } of evicted) {
      const row = at(contract, owner);
      row.stored ??= { amount: null, isTemporary: true, keyHash: null, liveUntilLedger: null };
    }
    for (const [contract, holders] of this.#moved)
      if (!isSac(contract)) for (const [holder, net] of holders) if (net !== 0n) at(contract, holder).moved = net;
    return [...found.values()].flatMap((holders) => [...holders.values()]);
  }

  #stored(entry: number, isGone: boolean, isTemporary: boolean, liveUntil: (keyHash: Uint8Array) => number | null): StoredBalance {
    const { x, ledger } = this.#context;
    const amount = isGone ? null : balanceAt(x, readContractDataEntry(x, entryData(entry)).val);
    if (amount === null) return { amount: null, isTemporary, keyHash: null, liveUntilLedger: null };
    const keyHash = dataKeyHash(ledger, entry);
    return { amount, isTemporary, keyHash, liveUntilLedger: liveUntil(keyHash) };
  }

  /** Keys of tokens in temporary data that the ledger deleted because its time was over. */
  *#evictedKeys(): Generator<TokenKey> {
    const { x, ledger } = this.#context;
    const { evictedKeys } = ledger;
    if (evictedKeys === 0 || x[evictedKeys] === 0) return;
    for (const p of elements(x, evictedKeys, skipLedgerKey)) {
      if (x[p] !== LedgerEntryType.contractData) continue;
      const key = tokenKeyAt(x, p + 1, skipLedgerKey(x, p));
      if (key?.isTemporary) yield key;
    }
  }
}
