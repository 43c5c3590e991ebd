/**
 * Deterministic ids: `trustline_assets.id` and `contract_tokens.id`, with the columns that point to them. Ingest writes them, serve looks for
 * the tokens that it knows by asset or contract. UUID version 5 (RFC 9562), in the reference implementation's namespaces: clients see the
 * ids in cursors.
 */

import { createHash } from "node:crypto";
import { assetText } from "./asset.ts";

const ASSET_NAMESPACE = Buffer.from("a244800ca2d657a8aad0137ebafcd778", "hex");
const CONTRACT_NAMESPACE = Buffer.from("ddc2bc8576af547e86965af000605938", "hex");

/** SHA-1 of namespace and name. */
function uuid5(namespace: Buffer, name: string): string {
  const bytes = createHash("sha1").update(namespace).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Id of a classic asset. */
export function assetUuid(code: string, issuer: string): string {
  return uuid5(ASSET_NAMESPACE, assetText(code, issuer));
}

/** Id of a token contract by its `C…` strkey. */
export function contractUuid(contract: string): string {
  return uuid5(CONTRACT_NAMESPACE, contract);
}
