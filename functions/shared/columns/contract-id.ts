/**
 * Ids of contracts: addresses with version byte `C…`, among the tokens and accounts of the history, and as strkey in
 * `contract_tokens.contract_id`. SHA-256 of the XDR `HashIDPreimage` that names network and origin (CAP-46-2); an asset's Stellar
 * Asset Contract has its id whether it is deployed or not (CAP-46-6).
 *
 * Ingest works out the contracts of assets and deployments, serve those of trustlines and XLM. Both remember what they have hashed.
 */

import { hash as digest } from "node:crypto";
import { StrkeyVersion } from "../strkey.ts";
import { isShortCode } from "./asset.ts";

/** The XDR union arm `CONTRACT_ID_PREIMAGE_FROM_ASSET`, then the type of the asset: 0 native, 1 CREDIT_ALPHANUM4, 2 CREDIT_ALPHANUM12. */
const fromAsset = (assetType: number): Uint8Array => Uint8Array.of(0, 0, 0, 1, 0, 0, 0, assetType);
/** The XDR union arm `ENVELOPE_TYPE_CONTRACT_ID`. */
const CONTRACT_ID = Uint8Array.of(0, 0, 0, 8);
/** The XDR union arm `PUBLIC_KEY_TYPE_ED25519`. */
const ED25519 = new Uint8Array(4);

/** XDR `ContractIDPreimage` of XLM. */
export const NATIVE_PREIMAGE: Uint8Array = fromAsset(0);

/** An asset code (1 to 12 ASCII characters) as the protocol has it: 4 or 12 bytes, NULs at the end. */
export function assetCode(code: string): Uint8Array {
  const bytes = Buffer.alloc(isShortCode(code) ? 4 : 12);
  bytes.write(code, "latin1");
  return bytes;
}

/**
 * XDR `ContractIDPreimage` of an issued asset.
 * @param code 4 or 12 bytes
 * @param issuer the 32-byte key
 */
export function assetPreimage(code: Uint8Array, issuer: Uint8Array): Uint8Array {
  return Buffer.concat([fromAsset(code.length === 4 ? 1 : 2), code, ED25519, issuer]);
}

/** What comes before the XDR `ContractIDPreimage` in a `HashIDPreimage`. @param networkId SHA-256 of the network passphrase */
export function contractIdPrefix(networkId: Uint8Array): Uint8Array {
  return Buffer.concat([CONTRACT_ID, networkId]);
}

/**
 * The address of a contract: version byte and id.
 * @param prefix that of the network, by `contractIdPrefix`
 * @param preimage XDR `ContractIDPreimage`
 */
export function contractAddress(prefix: Uint8Array, preimage: Uint8Array): Uint8Array {
  const id = digest("sha256", Buffer.concat([prefix, preimage]), "buffer");
  return Buffer.concat([Uint8Array.of(StrkeyVersion.contract), id]);
}

/** The address of XLM's contract. */
export function nativeContract(networkPassphrase: string): Uint8Array {
  return contractAddress(contractIdPrefix(digest("sha256", networkPassphrase, "buffer")), NATIVE_PREIMAGE);
}
