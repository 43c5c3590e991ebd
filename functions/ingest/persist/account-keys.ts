import { AccountKeyMaker } from "../../shared/columns/account-key.ts";
import type { Address } from "../../shared/xdr/address.ts";

/** Keys remembered; forgotten together when there are more. A busy hour names fewer accounts. */
const MAX_REMEMBERED = 100_000;

type Halves = ReturnType<AccountKeyMaker["halves"]>;

/** The keys under which accounts stand in `account_links`, remembered: hashing an address costs more than writing its row. */
export class AccountKeys {
  readonly #maker: AccountKeyMaker;
  readonly #known = new Map<Address, Halves>();

  /** @param secret `account_key_secret` of the database */
  constructor(secret: Uint8Array) {
    this.#maker = new AccountKeyMaker(secret);
  }

  of(address: Address): Halves {
    let key = this.#known.get(address);
    if (key) return key;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    key = this.#maker.halves(address.bytes);
    this.#known.set(address, key);
    return key;
  }
}
