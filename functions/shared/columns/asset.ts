/**
 * Assets as text: `native`, or code and issuer as `CODE:ISSUER`. In `liquidity_pools.asset_a` and `.asset_b`. Ingest writes it, serve
 * shows it as it is, and names assets so to `assetContract`. `claimable_balances` and `offers` name an asset by its id in `trustline_assets`, XLM by
 * null.
 */

/** XLM. */
export const NATIVE_ASSET = "native";

/** An issued asset. @param issuer `G…` */
export function assetText(code: string, issuer: string): string {
  return `${code}:${issuer}`;
}

/** Code and issuer of an issued asset's text. */
export function splitAsset(asset: string): { code: string; issuer: string } {
  const [code = "", issuer = ""] = asset.split(":");
  return { code, issuer };
}

/** Can an asset have this code? */
export function isAssetCode(code: string): boolean {
  return /^[A-Za-z0-9]{1,12}$/.test(code);
}

/** Is the code one of up to four characters (CREDIT_ALPHANUM4), not of up to twelve? */
export function isShortCode(code: string): boolean {
  return code.length <= 4;
}
