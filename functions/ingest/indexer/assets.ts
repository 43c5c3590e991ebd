import type { Address } from "../../shared/xdr/address.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import type { Words } from "../../shared/xdr/words.ts";

/** An asset as the movement rules need it. */
export interface MovedAsset {
  /** `G…`; null for XLM. */
  issuer: Address | null;
  /** Its Stellar Asset Contract, deployed or not. */
  contract: Address;
}

/** Issuer of the `Asset` (or asset arm of a `TrustLineAsset`) at `p`; null for XLM. */
export function issuerAt(x: Words, p: number): Address | null {
  return x[p] === 0 ? null : accountAt(x, x[p] === 1 ? p + 3 : p + 5);
}

/** The `Asset` at word `p`. */
export function assetAt(x: Words, ids: ContractIds, p: number): MovedAsset {
  return { issuer: issuerAt(x, p), contract: ids.asset(x, p) };
}

/** Asset code of the `Asset` at `p`, without its trailing NULs. */
export function assetCodeAt(x: Words, p: number): string {
  let code = "";
  const words = x[p] === 1 ? 1 : 3;
  for (let i = 1; i <= words; i++) {
    const word = x[p + i]!;
    code += String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
  }
  let end = code.length;
  while (end > 0 && code.charCodeAt(end - 1) === 0) end--;
  return code.slice(0, end);
}
