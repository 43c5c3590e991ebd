import { hash as digest } from "node:crypto";
import { NATIVE_ASSET, splitAsset } from "../../shared/columns/asset.ts";
import { assetCode, assetPreimage, contractAddress, contractIdPrefix, NATIVE_PREIMAGE } from "../../shared/columns/contract-id.ts";
import { contractUuid } from "../../shared/columns/uuid5.ts";
import { decodeStrkey, encodeStrkey } from "../../shared/strkey.ts";

/** What XLM is called; no contract says it. */
export const NATIVE_SYMBOL = "XLM";

const LIMIT = 20_000;
const known = new Map<string, string>();

/**
 * The contract address (`C…`) of an asset's Stellar Asset Contract. Remembered by asset.
 * @param asset `native` or `CODE:ISSUER`
 */
export function assetContract(networkPassphrase: string, asset: string): string {
  const key = `${networkPassphrase}\n${asset}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= LIMIT) known.clear();
  const prefix = contractIdPrefix(digest("sha256", networkPassphrase, "buffer"));
  const text = encodeStrkey(contractAddress(prefix, asset === NATIVE_ASSET ? NATIVE_PREIMAGE : preimageOf(asset)));
  known.set(key, text);
  return text;
}

/** The id of XLM's token (`contract_tokens.id`, though it has no row there). */
export function nativeTokenId(networkPassphrase: string): string {
  return contractUuid(assetContract(networkPassphrase, NATIVE_ASSET));
}

function preimageOf(asset: string): Uint8Array {
  const { code, issuer } = splitAsset(asset);
  const key = decodeStrkey(issuer);
  if (key === null) throw new Error(`asset ${asset} has no valid issuer`);
  return assetPreimage(assetCode(code), key.subarray(1));
}
