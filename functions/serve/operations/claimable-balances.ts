import { byteaText } from "../../shared/columns/bytea.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import {
  readClaimantV0,
  readClaimClaimableBalanceOp,
  readClawbackClaimableBalanceOp,
  readClawbackOp,
  readCreateClaimableBalanceOp,
  skipClaimant,
} from "../../shared/xdr/xdr.generated.ts";
import { addAsset, assetTextAt } from "./asset.ts";
import type { Details, DetailsChange, DetailsReader, Json } from "./body.ts";
import { predicateAt, predicateJson } from "../values/claimants.ts";
import { accountTextAt, addParty, partyAt } from "./party.ts";
import { amountAt, hexAt } from "./primitives.ts";

/** Bytes of an XDR `ClaimableBalanceId`: its type and the hash. */
const ID_BYTES = 36;
/** The type of an id in hex: `CLAIMABLE_BALANCE_ID_TYPE_V0`. */
const ID_V0 = "00000000";
/** How an address column of such an id begins: version byte and type. */
const COLUMN_V0 = byteaText(Buffer.of(StrkeyVersion.claimableBalance, 0));

export const createClaimableBalanceDetails: DetailsReader = ({ x, at, source, outcome }) => {
  const { asset, amount, claimants } = readCreateClaimableBalanceOp(x, at);
  const details: Details = {
    asset: assetTextAt(x, asset),
    amount: amountAt(x, amount),
    claimants: elements(x, claimants, skipClaimant).map((p) => claimantAt(x, p)),
  };
  if (outcome.successful) {
    // Somebody always pays for a claimable balance: its creator, unless another sponsors him.
    details.sponsor = (outcome.sponsorOf(source.account) ?? source).account.text;
    details.balance_id = ID_V0 + (madeHash(outcome.changes) ?? outcome.claimableBalanceHash().toString("hex"));
  }
  return details;
};

/** The id's hash in hex, as the movement into the balance has it; null where the changes are stored damaged. */
function madeHash(changes: readonly DetailsChange[]): string | null {
  const column = changes.find(({ counterpartyColumn }) => counterpartyColumn?.startsWith(COLUMN_V0))?.counterpartyColumn;
  return column?.slice(COLUMN_V0.length) ?? null;
}

export const claimClaimableBalanceDetails: DetailsReader = ({ x, xdr, at, source }) => {
  const details: Details = { balance_id: hexAt(xdr, readClaimClaimableBalanceOp(x, at).balanceId, ID_BYTES) };
  addParty(details, "claimant", source);
  return details;
};

export const clawbackDetails: DetailsReader = ({ x, at }) => {
  const { asset, from, amount } = readClawbackOp(x, at);
  const details: Details = {};
  addAsset(details, "", x, asset);
  addParty(details, "from", partyAt(x, from));
  details.amount = amountAt(x, amount);
  return details;
};

export const clawbackClaimableBalanceDetails: DetailsReader = ({ x, xdr, at }) => ({
  balance_id: hexAt(xdr, readClawbackClaimableBalanceOp(x, at).balanceId, ID_BYTES),
});

/** The `Claimant` at a word: behind its only arm, a `ClaimantV0`. */
function claimantAt(x: Words, p: number): Json {
  const { destination, predicate } = readClaimantV0(x, p + 1);
  return { destination: accountTextAt(x, destination), predicate: predicateJson(predicateAt(x, predicate)) };
}
