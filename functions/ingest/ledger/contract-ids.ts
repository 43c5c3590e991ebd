import { assetCode, assetPreimage, contractAddress, contractIdPrefix, NATIVE_PREIMAGE } from "../../shared/columns/contract-id.ts";
import { int32At } from "../../shared/columns/int32-at.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { AddressTable } from "../../shared/xdr/address-table.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import type { Words } from "../../shared/xdr/words.ts";

/** Assets seen in a process; dropped when there are more, which only costs hashing them again. */
const MAX_ASSETS = 50_000;

/** Contract ids on one network (functions/shared/columns/contract-id.ts). Memoised: an asset costs one hash. */
export class ContractIds {
  /** The table that all its ids are in, and the issuers that it is given. */
  readonly addresses: AddressTable;
  readonly #prefix: Uint8Array;
  /** Per issuer, its assets: code words and contract. */
  readonly #byIssuer = new Map<Address, { type: 1 | 2; code: [number, number, number]; contract: Address }[]>();
  #assets = 0;
  readonly #native: Address;

  /**
   * @param networkId SHA-256 of the network passphrase
   * @param addresses the table of the ledgers at hand, so that ids can be compared with their addresses by identity
   */
  constructor(networkId: Buffer, addresses: AddressTable = new AddressTable()) {
    this.addresses = addresses;
    this.#prefix = contractIdPrefix(networkId);
    this.#native = this.fromPreimage(NATIVE_PREIMAGE);
  }

  /** The contract of XLM. */
  native(): Address {
    return this.#native;
  }

  /** The contract of the `Asset` (or asset arm of a `TrustLineAsset`) at word `p`. */
  asset(x: Words, p: number): Address {
    switch (x[p]) {
      case 0:
        return this.#native;
      case 1:
        return this.#lookUp(accountAt(x, p + 3), 1, x[p + 1]!, 0, 0);
      default:
        return this.#lookUp(accountAt(x, p + 5), 2, x[p + 1]!, x[p + 2]!, x[p + 3]!);
    }
  }

  /** The contract of the asset `code` (1 to 12 ASCII characters) of an issuer (`G…`). */
  fromCodeAndIssuer(code: string, issuer: Address): Address {
    const bytes = assetCode(code);
    // The words that a short code does not have are 0.
    return this.#lookUp(issuer, bytes.length === 4 ? 1 : 2, int32At(bytes, 0), int32At(bytes, 4), int32At(bytes, 8));
  }

  #lookUp(issuer: Address, type: 1 | 2, a: number, b: number, c: number): Address {
    let assets = this.#byIssuer.get(issuer);
    if (assets) {
      for (const asset of assets)
        if (asset.code[0] === a && asset.code[1] === b && asset.code[2] === c && asset.type === type) return asset.contract;
    }
    if (this.#assets++ > MAX_ASSETS) {
      this.#byIssuer.clear();
      this.#assets = 0;
      assets = undefined;
    }
    if (!assets) this.#byIssuer.set(issuer, (assets = []));
    const code = Buffer.alloc(type === 1 ? 4 : 12);
    code.writeInt32BE(a);
    if (type === 2) {
      code.writeInt32BE(b, 4);
      code.writeInt32BE(c, 8);
    }
    const contract = this.fromPreimage(assetPreimage(code, issuer.bytes.subarray(1)));
    assets.push({ type, code: [a, b, c], contract });
    return contract;
  }

  /** The contract of an XDR `ContractIdPreimage`. */
  fromPreimage(preimage: Uint8Array): Address {
    return this.addresses.fromBytes(contractAddress(this.#prefix, preimage));
  }
}
