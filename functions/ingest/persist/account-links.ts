import type { Address } from "../ledger/address.ts";
import type { BinaryCopy } from "./binary-copy.ts";

/** Microseconds since PostgreSQL's epoch, as two signed halves. */
export interface Time {
  high: number;
  low: number;
}

/** What one account key has in a ledger. */
interface Link {
  keyHigh: number;
  keyLow: number;
  /** Low halves of the TOIDs, in the order of the ledger. */
  toids: number[];
}

/** The links of one ledger from accounts to transactions or operations: one row an account key, which holds all its ids. */
export class AccountLinks {
  readonly #byAddress = new Map<Address, Link>();
  readonly #byKey = new Map<string, Link>();

  /** The participants of one transaction or operation. */
  add(accounts: readonly Address[], toid: number): void {
    for (const account of accounts) {
      const { toids } = this.#byAddress.get(account) ?? this.#first(account);
      // Two participants may share a key (a G and a C address): one link.
      if (toids.at(-1) !== toid) toids.push(toid);
    }
  }

  #first(account: Address): Link {
    const { keyHigh, keyLow } = account;
    const key = `${keyHigh},${keyLow}`;
    const link = this.#byKey.get(key) ?? { keyHigh, keyLow, toids: [] };
    this.#byKey.set(key, link);
    this.#byAddress.set(account, link);
    return link;
  }

  /** Writes all rows: account_key, ledger_created_at, ids. */
  write(copy: BinaryCopy, ledger: number, time: Time): void {
    for (const { keyHigh, keyLow, toids } of this.#byKey.values()) {
      copy.row(3);
      copy.int64(keyHigh, keyLow);
      copy.int64(time.high, time.low);
      copy.int64Array(ledger, toids);
    }
  }
}
