import { hash as digest } from "node:crypto";
import type { Address } from "./address.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { AddressTable } from "./address-table.ts";
import { accountAt } from "./addresses.ts";
import type { Words } from "./words.ts";

const ENVELOPE_TYPE_CONTRACT_ID = 8;
const PREIMAGE_FROM_ASSET = 1;
const NATIVE_PREIMAGE = Uint8Array.of(0, 0, 0, PREIMAGE_FROM_ASSET, 0, 0, 0, 0);
/** Assets seen in a process; dropped when there are more, which only costs hashing them again. */
const MAX_ASSETS = 50_000;

/**
 * Contract ids on one network: SHA-256 of `HashIdPreimage::contractId { networkId, preimage }` (CAP-46-2). The Stellar Asset
 * Contract of an asset has its id whether it is deployed or not. Memoised: an asset costs one hash.
 */
export class ContractIds {
  /** The table that all its ids are in, and the issuers that it is given. */
  readonly addresses: AddressTable;
  readonly #prefix: Buffer;
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
    this.#prefix = Buffer.alloc(36);
    this.#prefix.writeInt32BE(ENVELOPE_TYPE_CONTRACT_ID);
    networkId.copy(this.#prefix, 4);
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
    const bytes = Buffer.alloc(12);
    bytes.write(code, "latin1");
    return this.#lookUp(issuer, code.length <= 4 ? 1 : 2, bytes.readInt32BE(0), bytes.readInt32BE(4), bytes.readInt32BE(8));
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
    const size = type === 1 ? 4 : 12;
    const preimage = Buffer.alloc(8 + size + 36);
    preimage.writeInt32BE(PREIMAGE_FROM_ASSET);
    preimage.writeInt32BE(type, 4);
    preimage.writeInt32BE(a, 8);
    if (type === 2) {
      preimage.writeInt32BE(b, 12);
      preimage.writeInt32BE(c, 16);
    }
    preimage.set(issuer.bytes.subarray(1), 8 + size + 4);
    const contract = this.fromPreimage(preimage);
    assets.push({ type, code: [a, b, c], contract });
    return contract;
  }

  /** The contract of an XDR `ContractIdPreimage`. */
  fromPreimage(preimage: Uint8Array): Address {
    const id = digest("sha256", Buffer.concat([this.#prefix, preimage]), "buffer");
    const bytes = new Uint8Array(33);
    bytes[0] = StrkeyVersion.contract;
    bytes.set(id, 1);
    return this.addresses.fromBytes(bytes);
  }
}
