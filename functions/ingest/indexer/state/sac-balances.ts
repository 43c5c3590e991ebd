import type { Address } from "../../../shared/xdr/address.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import { contractUuid } from "../../../shared/columns/uuid5.ts";
import { addressAt } from "../../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import type { ContractIds } from "../../ledger/contract-ids.ts";
import { dataKeyHash } from "../../ledger/key-hash.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { int128, type Words } from "../../../shared/xdr/words.ts";
import { ContractDataDurability, readContractDataEntry, ScValType } from "../../../shared/xdr/xdr.generated.ts";
import type { SacBalanceRow } from "../rows.ts";
import { mapAt, symbolAt, vectorAt } from "../sc-values.ts";
import { FoldTable } from "./fold.ts";

interface SacBalance {
  amount: bigint;
  authorized: boolean;
  clawback: boolean;
}

const CONTRACT_ADDRESS = 1;

/** Contract and holder of the ContractDataEntry at `entry` when its key is that of a SAC balance of a contract; else null. */
function balanceKey(x: Words, entry: number): { contract: Address; holder: Address } | null {
  const data = readContractDataEntry(x, entry);
  if (data.durability !== ContractDataDurability.persistent || x[data.key] !== ScValType.scvVec || x[data.contract] !== CONTRACT_ADDRESS)
    return null;
  const key = vectorAt(x, data.key);
  if (key?.length !== 2 || symbolAt(x, key[0]!) !== "Balance") return null;
  const holder = key[1]!;
  if (x[holder] !== ScValType.scvAddress || x[holder + 1] !== CONTRACT_ADDRESS) return null;
  return { contract: addressAt(x, data.contract + 1, StrkeyVersion.contract), holder: addressAt(x, holder + 2, StrkeyVersion.contract) };
}

/** The balance of a ContractDataEntry: a map of exactly `amount` (i128, not negative), `authorized` and `clawback`, in this order; else null. */
function balanceValue(x: Words, entry: number): SacBalance | null {
  const members = mapAt(x, readContractDataEntry(x, entry).val);
  if (members?.length !== 3) return null;
  const [amount, authorized, clawback] = members;
  if (symbolAt(x, amount!.key) !== "amount" || symbolAt(x, authorized!.key) !== "authorized" || symbolAt(x, clawback!.key) !== "clawback")
    return null;
  if (x[amount!.val] !== ScValType.scvI128 || x[authorized!.val] !== ScValType.scvBool || x[clawback!.val] !== ScValType.scvBool)
    return null;
  const value = int128(x, amount!.val + 1);
  return value < 0n ? null : { amount: value, authorized: x[authorized!.val + 1] === 1, clawback: x[clawback!.val + 1] === 1 };
}

/** Balances of contracts in entries that are shaped as those of a Stellar Asset Contract, folded; XLM apart (GAP-11). */
export class SacBalances {
  readonly #folds = new FoldTable<Address, Address>();

  add(x: Words, change: Change, order: number | null): void {
    const entry = entryData(change.post || change.pre);
    const key = balanceKey(x, entry);
    if (key && balanceValue(x, entry)) this.#folds.add(key.contract, key.holder, change, order);
  }

  /** Contracts with a balance row of this ledger. */
  contracts(): Set<Address> {
    return new Set(Array.from(this.#folds.rows(), ({ first }) => first));
  }

  /**
   * @param isSac is the contract proven to be a Stellar Asset Contract?
   * @param liveUntil the last ledger in which an entry is live, by its key hash; null: as it was
   */
  rows(
    ledger: Ledger,
    ids: ContractIds,
    isSac: (contract: Address) => boolean,
    liveUntil: (keyHash: Uint8Array) => number | null,
  ): { sac: SacBalanceRow[]; native: SacBalanceRow[] } {
    const { x } = ledger;
    const sac: SacBalanceRow[] = [];
    const native: SacBalanceRow[] = [];
    for (const { first: contract, second: account, op, pre, post, order } of this.#folds.rows()) {
      const value = post === 0 ? null : balanceValue(x, entryData(post));
      const isNative = contract === ids.native();
      const keyHash = dataKeyHash(ledger, post || pre);
      (isNative ? native : sac).push({
        account,
        contract,
        contractId: contractUuid(contract.text),
        op,
        order,
        balance: value?.amount ?? 0n,
        isAuthorized: value?.authorized ?? false,
        isClawbackEnabled: value?.clawback ?? false,
        isProven: isNative || isSac(contract),
        keyHash,
        liveUntilLedger: liveUntil(keyHash),
      });
    }
    return { sac, native };
  }
}
