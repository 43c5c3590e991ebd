import { accountAt } from "../../shared/xdr/addresses.ts";
import { AssetType } from "../../shared/xdr/xdr.generated.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";

/** The Asset, or asset arm of a TrustLineAsset, at `p`: `native`, or code and issuer as `CODE:ISSUER`. */
export function assetText({ x, bytes }: Ledger, p: number): string {
  if (x[p] === AssetType.assetTypeNative) return "native";
  const codeWords = x[p] === AssetType.assetTypeCreditAlphanum4 ? 1 : 3;
  const code = Buffer.from(bytesAt(bytes, p + 1, codeWords)).toString("latin1");
  // Behind the code: the type of the issuer's key, then the key.
  return `${code.replace(/\0+$/, "")}:${accountAt(x, p + 2 + codeWords).text}`;
}
