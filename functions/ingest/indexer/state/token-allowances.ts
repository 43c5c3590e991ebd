import { contractUuid } from "../../../shared/columns/uuid5.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import type { Address } from "../../../shared/xdr/address.ts";
import { addressAt, scAddressAt } from "../../../shared/xdr/addresses.ts";
import { elements, int128, type Words } from "../../../shared/xdr/words.ts";
import { HostFunctionType, readInvokeContractArgs, ScValType, skipScVal } from "../../../shared/xdr/xdr.generated.ts";
import type { Change } from "../../ledger/changes.ts";
import { toAccount } from "../contract-events.ts";
import type { LedgerOperation } from "../operation.ts";
import type { StoredAllowanceRow, ToldAllowanceRow } from "../rows.ts";
import { textAt } from "../sc-values.ts";
import { type AllowanceValue, allowanceAt, type TokenKey, valueOf } from "../token-entries.ts";
import type { TokenApproval } from "../token-events.ts";

/** Who may spend whose tokens. */
interface Parties {
  readonly contract: Address;
  readonly owner: Address;
  readonly spender: Address;
}

/** What a ledger did to one allowance. */
interface Told extends Parties {
  /** The last approval, less what was spent behind it; null: none. */
  approved: AllowanceValue | null;
  /** What was spent before any approval. */
  spent: bigint;
}

/**
 * The last states of an allowance's entries. No token has more than one, so which of them counts is only to be the same whatever their
 * order: persistent ones before temporary ones, then those that call the owner `owner`. Null: it says nothing, or is gone.
 */
interface Stored extends Parties {
  readonly values: [AllowanceValue | null, AllowanceValue | null, AllowanceValue | null, AllowanceValue | null];
}

/** The arguments of a call that spends an allowance. */
interface Spending extends Parties {
  readonly amount: bigint;
}

const CONTRACT_ADDRESS = 1;
/** Functions that spend an allowance, by the number of their arguments: spender and owner first, the amount last (SEP-41). */
const SPENDING: Readonly<Record<string, number>> = { transfer_from: 4, burn_from: 3 };

/** Allowances of a ledger, as entries and events tell them. */
export class TokenAllowances {
  readonly #stored = new Map<Address, Map<Address, Map<Address, Stored>>>();
  readonly #told = new Map<Address, Map<Address, Map<Address, Told>>>();

  /** A change of an allowance's entry. */
  addEntry(x: Words, key: TokenKey, spender: Address, change: Change): void {
    this.#entries(key, spender).values[placeOf(key)] = change.post === 0 ? null : allowanceAt(x, valueOf(change.post, change));
  }

  /** A temporary entry that the ledger evicted; what it changed it does not evict. */
  addEviction(key: TokenKey, spender: Address): void {
    this.#entries(key, spender);
  }

  #entries({ contract, owner }: TokenKey, spender: Address): Stored {
    return place(this.#stored, contract, owner, spender, () => ({ contract, owner, spender, values: [null, null, null, null] }));
  }

  addApproval({ contract, owner, spender, amount, liveUntilLedger }: TokenApproval): void {
    this.#at(contract, owner, spender).approved = { amount, liveUntilLedger };
  }

  addSpending({ contract, owner, spender, amount }: Spending): void {
    const told = this.#at(contract, owner, spender);
    if (told.approved) told.approved = { ...told.approved, amount: less(told.approved.amount, amount) };
    else told.spent += amount;
  }

  #at(contract: Address, owner: Address, spender: Address): Told {
    return place(this.#told, contract, owner, spender, () => ({ contract, owner, spender, approved: null, spent: 0n }));
  }

  /** What entries say of every allowance that the ledger changed. */
  stored(): StoredAllowanceRow[] {
    return leaves(this.#stored).map(({ contract, owner, spender, values }) => {
      const value = values.find((said) => said !== null && said.amount > 0n);
      const row = { owner, spender, contract, contractId: contractUuid(contract.text) };
      // Nothing is left of one that was used up.
      if (!value) return { ...row, op: "REMOVE" as const, amount: 0n, expirationLedger: 0 };
      return { ...row, op: "UPDATE" as const, amount: value.amount, expirationLedger: value.liveUntilLedger };
    });
  }

  /** What events and calls say of allowances that no entry tells of. @param isSac is the contract an asset's? It has entries */
  told(isSac: (contract: Address) => boolean): ToldAllowanceRow[] {
    return leaves(this.#told)
      .filter(({ contract, owner, spender }) => !isSac(contract) && !this.#stored.get(contract)?.get(owner)?.has(spender))
      .map(({ contract, owner, spender, approved, spent }) => ({
        owner,
        spender,
        contract,
        contractId: contractUuid(contract.text),
        approved: approved && { amount: less(approved.amount, 0n), expirationLedger: approved.liveUntilLedger },
        spent,
      }));
  }
}

function placeOf({ isTemporary, isFrom }: TokenKey): 0 | 1 | 2 | 3 {
  if (isTemporary) return isFrom ? 3 : 2;
  return isFrom ? 1 : 0;
}

/** What is left, never less than nothing. */
function less(amount: bigint, spent: bigint): bigint {
  return amount > spent ? amount - spent : 0n;
}

function place<T>(all: Map<Address, Map<Address, Map<Address, T>>>, contract: Address, owner: Address, spender: Address, make: () => T): T {
  let owners = all.get(contract);
  if (!owners) all.set(contract, (owners = new Map()));
  let spenders = owners.get(owner);
  if (!spenders) owners.set(owner, (spenders = new Map()));
  let value = spenders.get(spender);
  if (value === undefined) spenders.set(spender, (value = make()));
  return value;
}

function leaves<T>(all: Map<Address, Map<Address, Map<Address, T>>>): T[] {
  const found: T[] = [];
  for (const owners of all.values()) for (const spenders of owners.values()) found.push(...spenders.values());
  return found;
}

/**
 * What the root call of an operation spends of an allowance: `transfer_from(spender, from, to, amount)` or
 * `burn_from(spender, from, amount)`; null for any other. The operation calls a contract's function or does something else with contracts.
 */
export function spendingOf(x: Words, op: LedgerOperation): Spending | null {
  if (x[op.body] !== HostFunctionType.hostFunctionTypeInvokeContract) return null;
  const { contractAddress, functionName, args } = readInvokeContractArgs(x, op.body + 1);
  const length = x[functionName];
  if ((length !== 13 && length !== 9) || x[contractAddress] !== CONTRACT_ADDRESS) return null;
  const name = textAt(x, functionName);
  if (!Object.hasOwn(SPENDING, name) || x[args] !== SPENDING[name]) return null;
  const values = elements(x, args, skipScVal);
  const last = values.at(-1)!;
  if (x[last] !== ScValType.scvI128 || values.slice(0, -1).some((p) => x[p] !== ScValType.scvAddress)) return null;
  const amount = int128(x, last + 1);
  if (amount <= 0n) return null;
  const party = (p: number): Address => toAccount(x, scAddressAt(x, p + 1));
  return {
    contract: addressAt(x, contractAddress + 1, StrkeyVersion.contract),
    owner: party(values[1]!),
    spender: party(values[0]!),
    amount,
  };
}
