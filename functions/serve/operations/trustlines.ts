import { hash as digest } from "node:crypto";
import { TrustlineEntryFlag } from "../../shared/columns/flags.ts";
import {
  AssetType,
  readAllowTrustOp,
  readChangeTrustOp,
  readSetTrustLineFlagsOp,
  skipLiquidityPoolParameters,
} from "../../shared/xdr/xdr.generated.ts";
import { addAsset, addAssetOfCode } from "./asset.ts";
import type { Details, DetailsReader } from "./body.ts";
import { accountTextAt, addParty } from "./party.ts";
import { addFlags, amountAt, type FlagNames } from "./primitives.ts";

/** Horizon's names, one of which is misspelt. */
const TRUSTLINE_FLAGS: FlagNames = [
  [TrustlineEntryFlag.AUTHORIZED, "authorized"],
  [TrustlineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES, "authorized_to_maintain_liabilites"],
  [TrustlineEntryFlag.CLAWBACK_ENABLED, "clawback_enabled"],
];

export const changeTrustDetails: DetailsReader = ({ x, xdr, at, source, outcome }) => {
  const { line, limit } = readChangeTrustOp(x, at);
  const details: Details = {};
  if (x[line] === AssetType.assetTypePoolShare) {
    details.asset_type = "liquidity_pool_shares";
    // A pool's id is the hash of its parameters (CAP-38).
    details.liquidity_pool_id = digest("sha256", xdr.subarray((line + 1) * 4, skipLiquidityPoolParameters(x, line + 1) * 4), "hex");
  } else {
    addAsset(details, "", x, line);
    if (details.asset_issuer !== undefined) details.trustee = details.asset_issuer;
  }
  addParty(details, "trustor", source);
  details.limit = amountAt(x, limit);
  const isNew = outcome.changes.some(({ category, reason }) => category === "TRUSTLINE" && reason === "ADD");
  const sponsor = isNew ? outcome.sponsorOf(source.account) : null;
  if (sponsor !== null) details.sponsor = sponsor.account.text;
  return details;
};

export const allowTrustDetails: DetailsReader = ({ x, at, source }) => {
  const { trustor, asset, authorize } = readAllowTrustOp(x, at);
  const details: Details = {};
  addAssetOfCode(details, x, asset, source.account.text);
  addParty(details, "trustee", source);
  details.trustor = accountTextAt(x, trustor);
  details.authorize = (authorize & TrustlineEntryFlag.AUTHORIZED) !== 0;
  // Who may hold an asset may keep its liabilities.
  details.authorize_to_maintain_liabilities =
    (authorize & (TrustlineEntryFlag.AUTHORIZED | TrustlineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES)) !== 0;
  return details;
};

export const setTrustLineFlagsDetails: DetailsReader = ({ x, at }) => {
  const { trustor, asset, clearFlags, setFlags } = readSetTrustLineFlagsOp(x, at);
  const details: Details = { trustor: accountTextAt(x, trustor) };
  addAsset(details, "", x, asset);
  addFlags(details, "set_flags", setFlags, TRUSTLINE_FLAGS);
  addFlags(details, "clear_flags", clearFlags, TRUSTLINE_FLAGS);
  return details;
};
