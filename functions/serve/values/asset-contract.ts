import { createHash } from "node:crypto";
import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";

const LIMIT = 20_000;
const known = new Map<string, string>();

const ENVELOPE_TYPE_CONTRACT_ID = 8;
const CONTRACT_ID_PREIMAGE_FROM_ASSET = 1;

/**
 * The contract address (`C…`) of an asset's Stellar Asset Contract: SHA-256 of the XDR `HashIDPreimage` (CAP-46-6).
 * Remembered by asset.
 * @param asset `native` or `CODE:ISSUER`
 */
export function assetContract(networkPassphrase: string, asset: string): string {
  const key = `${networkPassphrase}\n${asset}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= LIMIT) known.clear();
  const network = createHash("sha256").update(networkPassphrase).digest();
  const preimage = Buffer.concat([uint32(ENVELOPE_TYPE_CONTRACT_ID), network, uint32(CONTRACT_ID_PREIMAGE_FROM_ASSET), assetXdr(asset)]);
  const contract = Buffer.concat([Buffer.of(StrkeyVersion.contract), createHash("sha256").update(preimage).digest()]);
  const text = encodeStrkey(contract);
  known.set(key, text);
  return text;
}

/** XDR `Asset`. */
function assetXdr(asset: string): Buffer {
  if (asset === "native") return uint32(0);
  const [code = "", issuer = ""] = asset.split(":");
  const key = decodeStrkey(issuer);
  if (key === null) throw new Error(`asset ${asset} has no valid issuer`);
  const short = code.length <= 4;
  const padded = Buffer.alloc(short ? 4 : 12);
  padded.write(code, "latin1");
  return Buffer.concat([uint32(short ? 1 : 2), padded, uint32(0), key.subarray(1)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
