import { signerKeyAt } from "../../shared/xdr/addresses.ts";
import {
  AssetType,
  LedgerEntryType,
  readBeginSponsoringFutureReservesOp,
  readLedgerKeyAccount,
  readLedgerKeyClaimableBalance,
  readLedgerKeyData,
  readLedgerKeyOffer,
  readLedgerKeyTrustLine,
  readRevokeSponsorshipOpSigner,
} from "../../shared/xdr/xdr.generated.ts";
import { assetTextAt } from "./asset.ts";
import type { Details, DetailsReader, OperationBody } from "./body.ts";
import { accountTextAt, addParty } from "./party.ts";
import { hexAt, integerAt, textAt } from "./primitives.ts";

export const beginSponsoringDetails: DetailsReader = ({ x, at }) => ({
  sponsored_id: accountTextAt(x, readBeginSponsoringFutureReservesOp(x, at).sponsoredId),
});

export const endSponsoringDetails: DetailsReader = ({ source, outcome }) => {
  const details: Details = {};
  const beginner = outcome.beginnerFor(source.account);
  if (beginner !== null) addParty(details, "begin_sponsor", beginner);
  return details;
};

/** Arms of `RevokeSponsorshipOp`: an entry, or a signer. */
const SIGNER = 1;

export const revokeSponsorshipDetails: DetailsReader = (body) => {
  const { x, at } = body;
  if (x[at] !== SIGNER) return keyDetails(body, at + 1);
  const { accountId, signerKey } = readRevokeSponsorshipOpSigner(x, at + 1);
  return { signer_account_id: accountTextAt(x, accountId), signer_key: signerKeyAt(x, signerKey).text };
};

/** The entry whose sponsorship is revoked, by its `LedgerKey` at a word. Entries of other types cannot be sponsored. */
function keyDetails({ x, xdr }: OperationBody, key: number): Details {
  const p = key + 1;
  switch (x[key]) {
    case LedgerEntryType.account:
      return { account_id: accountTextAt(x, readLedgerKeyAccount(x, p).accountId) };
    case LedgerEntryType.trustline: {
      const { accountId, asset } = readLedgerKeyTrustLine(x, p);
      const details: Details = { trustline_account_id: accountTextAt(x, accountId) };
      if (x[asset] === AssetType.assetTypePoolShare) details.trustline_liquidity_pool_id = hexAt(xdr, asset + 1, 32);
      else details.trustline_asset = assetTextAt(x, asset);
      return details;
    }
    case LedgerEntryType.offer:
      return { offer_id: integerAt(x, readLedgerKeyOffer(x, p).offerId) };
    case LedgerEntryType.data: {
      const { accountId, dataName } = readLedgerKeyData(x, p);
      return { data_account_id: accountTextAt(x, accountId), data_name: textAt(xdr, dataName) };
    }
    case LedgerEntryType.claimableBalance:
      return { claimable_balance_id: hexAt(xdr, readLedgerKeyClaimableBalance(x, p).balanceId, 36) };
    case LedgerEntryType.liquidityPool:
      return { liquidity_pool_id: hexAt(xdr, p, 32) };
    default:
      return {};
  }
}
