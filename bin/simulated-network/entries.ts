import * as xdr from "@stellar/stellar-sdk/xdr";
import { assetXdr, lineXdr, poolId, poolParameters, type Asset, type Line } from "./assets.ts";
import { accountId, type Party } from "./keys.ts";

interface Liable {
  /** Stroops, as all amounts here. */
  balance: bigint;
  /** Liabilities of open offers. */
  buying: bigint;
  selling: bigint;
}

export interface AccountState extends Liable {
  kind: "account";
  owner: Party;
  sequence: bigint;
  subentries: number;
  sponsored: number;
  sponsoring: number;
  /** Who pays the account's own reserve; null: itself. */
  sponsor: Party | null;
  homeDomain: string;
}

export interface TrustlineState extends Liable {
  kind: "trustline";
  owner: Party;
  line: Line;
  limit: bigint;
}

export interface OfferState {
  kind: "offer";
  id: bigint;
  owner: Party;
  selling: Asset;
  buying: Asset;
  amount: bigint;
  /** Units of `buying` for one unit of `selling`: n / d. */
  price: { n: number; d: number };
}

export interface PoolState {
  kind: "pool";
  asset: NonNullable<Asset>;
  reserveA: bigint;
  reserveB: bigint;
  shares: bigint;
  trustlines: bigint;
}

/** A ledger entry of the simulated network. Never changed in place. */
export type State = (AccountState | TrustlineState | OfferState | PoolState) & { lastModified: number };

const AUTHORIZED = 1;

function liabilities(state: Liable): xdr.Liabilities {
  return new xdr.Liabilities({ buying: state.buying, selling: state.selling });
}

function account(state: AccountState): xdr.AccountEntry {
  const extension = new xdr.AccountEntryExtensionV2({
    numSponsored: state.sponsored,
    numSponsoring: state.sponsoring,
    signerSponsoringIDs: [],
    ext: xdr.AccountEntryExtensionV2Ext.v0(),
  });
  return new xdr.AccountEntry({
    accountId: accountId(state.owner),
    balance: state.balance,
    seqNum: state.sequence,
    numSubEntries: state.subentries,
    inflationDest: null,
    flags: 0,
    homeDomain: state.homeDomain,
    thresholds: Uint8Array.of(1, 0, 0, 0),
    signers: [],
    ext: xdr.AccountEntryExt.v1(
      new xdr.AccountEntryExtensionV1({ liabilities: liabilities(state), ext: xdr.AccountEntryExtensionV1Ext.v2(extension) }),
    ),
  });
}

function trustline(state: TrustlineState): xdr.TrustLineEntry {
  return new xdr.TrustLineEntry({
    accountId: accountId(state.owner),
    asset: lineXdr(state.line),
    balance: state.balance,
    limit: state.limit,
    flags: AUTHORIZED,
    ext: xdr.TrustLineEntryExt.v1(new xdr.TrustLineEntryV1({ liabilities: liabilities(state), ext: xdr.TrustLineEntryV1Ext.v0() })),
  });
}

export function offerXdr(state: OfferState): xdr.OfferEntry {
  return new xdr.OfferEntry({
    sellerId: accountId(state.owner),
    offerId: state.id,
    selling: assetXdr(state.selling),
    buying: assetXdr(state.buying),
    amount: state.amount,
    price: new xdr.Price(state.price),
    flags: 0,
    ext: xdr.OfferEntryExt.v0(),
  });
}

function pool(state: PoolState): xdr.LiquidityPoolEntry {
  const product = new xdr.LiquidityPoolEntryConstantProduct({
    params: poolParameters(state.asset),
    reserveA: state.reserveA,
    reserveB: state.reserveB,
    totalPoolShares: state.shares,
    poolSharesTrustLineCount: state.trustlines,
  });
  return new xdr.LiquidityPoolEntry({
    liquidityPoolId: poolId(state.asset),
    body: xdr.LiquidityPoolEntryBody.liquidityPoolConstantProduct(product),
  });
}

function data(state: State): xdr.LedgerEntryData {
  switch (state.kind) {
    case "account":
      return xdr.LedgerEntryData.account(account(state));
    case "trustline":
      return xdr.LedgerEntryData.trustline(trustline(state));
    case "offer":
      return xdr.LedgerEntryData.offer(offerXdr(state));
    case "pool":
      return xdr.LedgerEntryData.liquidityPool(pool(state));
  }
}

export function entryXdr(state: State): xdr.LedgerEntry {
  const sponsor = state.kind === "account" ? state.sponsor : null;
  const extension = new xdr.LedgerEntryExtensionV1({
    sponsoringId: sponsor && accountId(sponsor),
    ext: xdr.LedgerEntryExtensionV1Ext.v0(),
  });
  return new xdr.LedgerEntry({
    lastModifiedLedgerSeq: state.lastModified,
    data: data(state),
    ext: sponsor ? xdr.LedgerEntryExt.v1(extension) : xdr.LedgerEntryExt.v0(),
  });
}

export function keyXdr(state: State): xdr.LedgerKey {
  switch (state.kind) {
    case "account":
      return xdr.LedgerKey.account(new xdr.LedgerKeyAccount({ accountId: accountId(state.owner) }));
    case "trustline":
      return xdr.LedgerKey.trustline(new xdr.LedgerKeyTrustLine({ accountId: accountId(state.owner), asset: lineXdr(state.line) }));
    case "offer":
      return xdr.LedgerKey.offer(new xdr.LedgerKeyOffer({ sellerId: accountId(state.owner), offerId: state.id }));
    case "pool":
      return xdr.LedgerKey.liquidityPool(new xdr.LedgerKeyLiquidityPool({ liquidityPoolId: poolId(state.asset) }));
  }
}
