import * as xdr from "@stellar/stellar-sdk/xdr";
import { accountId, sha256, type Party } from "./keys.ts";

/** Null stands for lumens. Codes have at most 4 characters. */
export type Asset = { code: string; issuer: Party } | null;

/** Fee of every pool, in basis points (CAP-38). */
export const POOL_FEE = 30;

export function assetName(asset: Asset): string {
  return asset ? `${asset.code}:${asset.issuer.address}` : "native";
}

function alphaNum4(asset: NonNullable<Asset>): xdr.AlphaNum4 {
  return new xdr.AlphaNum4({ assetCode: Buffer.alloc(4).fill(asset.code, 0, asset.code.length), issuer: accountId(asset.issuer) });
}

export function assetXdr(asset: Asset): xdr.Asset {
  return asset ? xdr.Asset.assetTypeCreditAlphanum4(alphaNum4(asset)) : xdr.Asset.assetTypeNative();
}

/** Parameters of the pool of lumens and `asset`; lumens sort first. */
export function poolParameters(asset: Asset): xdr.LiquidityPoolConstantProductParameters {
  return new xdr.LiquidityPoolConstantProductParameters({ assetA: assetXdr(null), assetB: assetXdr(asset), fee: POOL_FEE });
}

/** The id of the pool of lumens and `asset`: SHA-256 of its parameters (CAP-38). */
export function poolId(asset: Asset): xdr.PoolId {
  return new xdr.PoolId(sha256(xdr.LiquidityPoolParameters.liquidityPoolConstantProduct(poolParameters(asset)).toXdr()));
}

/** A trustline's asset: an issued asset, or the shares of the pool of lumens and that asset. */
export interface Line {
  asset: NonNullable<Asset>;
  shares: boolean;
}

export function lineXdr({ asset, shares }: Line): xdr.TrustLineAsset {
  return shares ? xdr.TrustLineAsset.assetTypePoolShare(poolId(asset)) : xdr.TrustLineAsset.assetTypeCreditAlphanum4(alphaNum4(asset));
}

export function changeTrustXdr({ asset, shares }: Line): xdr.ChangeTrustAsset {
  return shares
    ? xdr.ChangeTrustAsset.assetTypePoolShare(xdr.LiquidityPoolParameters.liquidityPoolConstantProduct(poolParameters(asset)))
    : xdr.ChangeTrustAsset.assetTypeCreditAlphanum4(alphaNum4(asset));
}
