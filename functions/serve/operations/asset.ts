import { assetText, NATIVE_ASSET } from "../../shared/columns/asset.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import { type Words, XdrError } from "../../shared/xdr/words.ts";
import { AssetType } from "../../shared/xdr/xdr.generated.ts";
import type { Details } from "./body.ts";

const TYPES = ["native", "credit_alphanum4", "credit_alphanum12"] as const;

interface IssuedAsset {
  readonly code: string;
  /** `G…`. */
  readonly issuer: string;
}

/** The code of an `AssetCode` at a word, or of an asset that begins with the same two; without its trailing NULs. */
function codeAt(x: Words, p: number): string {
  let code = "";
  for (let at = p + 1, end = p + (x[p] === AssetType.assetTypeCreditAlphanum4 ? 2 : 4); at < end; at++)
    for (let shift = 24; shift >= 0; shift -= 8) code += String.fromCharCode((x[at]! >>> shift) & 255);
  return code.replace(/\0+$/, "");
}

/** Code and issuer of an asset; null: XLM. */
function issuedAt(x: Words, p: number): IssuedAsset | null {
  if (x[p] === AssetType.assetTypeNative) return null;
  const key = x[p] === AssetType.assetTypeCreditAlphanum4 ? p + 3 : p + 5;
  return { code: codeAt(x, p), issuer: accountAt(x, key).text };
}

/** An `Asset` (or the asset arms of a `TrustLineAsset`) as `native` or `CODE:ISSUER`. */
export function assetTextAt(x: Words, p: number): string {
  const issued = issuedAt(x, p);
  return issued === null ? NATIVE_ASSET : assetText(issued.code, issued.issuer);
}

/** `asset_type`, and `asset_code` and `asset_issuer` of an issued asset, behind a prefix. */
export function addAsset(details: Details, prefix: string, x: Words, p: number): void {
  details[`${prefix}asset_type`] = TYPES[x[p]!] ?? unknown(p);
  const issued = issuedAt(x, p);
  if (issued === null) return;
  details[`${prefix}asset_code`] = issued.code;
  details[`${prefix}asset_issuer`] = issued.issuer;
}

/** The same of an `AssetCode` and its issuer. */
export function addAssetOfCode(details: Details, x: Words, p: number, issuer: string): void {
  details.asset_type = TYPES[x[p]!] ?? unknown(p);
  details.asset_code = codeAt(x, p);
  details.asset_issuer = issuer;
}

function unknown(p: number): never {
  throw new XdrError("Asset", p * 4);
}
