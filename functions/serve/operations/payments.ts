import { byteaText } from "../../shared/columns/bytea.ts";
import { decimalAmount, sevenDecimals } from "../../shared/columns/amounts.ts";
import { elements, sameWords, type Words } from "../../shared/xdr/words.ts";
import {
  readCreateAccountOp,
  readPathPaymentStrictReceiveOp,
  readPathPaymentStrictSendOp,
  readPaymentOp,
  skipAsset,
} from "../../shared/xdr/xdr.generated.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import { addAsset } from "./asset.ts";
import type { Details, DetailsChange, DetailsReader, Json, OperationBody } from "./body.ts";
import { addParty, partyAt } from "./party.ts";
import { amountAt } from "./primitives.ts";

/** What a failed payment moved. */
const NOTHING = sevenDecimals(0n);

export const createAccountDetails: DetailsReader = ({ x, at, source, outcome }) => {
  const { destination, startingBalance } = readCreateAccountOp(x, at);
  const account = accountAt(x, destination + 1);
  const details: Details = {};
  addParty(details, "funder", source);
  details.account = account.text;
  details.starting_balance = amountAt(x, startingBalance);
  const sponsor = outcome.sponsorOf(account);
  if (sponsor !== null) details.sponsor = sponsor.account.text;
  return details;
};

export const paymentDetails: DetailsReader = ({ x, at, source }) => {
  const { destination, asset, amount } = readPaymentOp(x, at);
  const details: Details = {};
  addParty(details, "from", source);
  addParty(details, "to", partyAt(x, destination));
  details.amount = amountAt(x, amount);
  addAsset(details, "", x, asset);
  return details;
};

export const accountMergeDetails: DetailsReader = ({ x, at, source }) => {
  const details: Details = {};
  addParty(details, "account", source);
  addParty(details, "into", partyAt(x, at));
  return details;
};

export const pathPaymentStrictReceiveDetails: DetailsReader = (body) => {
  const { x, at } = body;
  const { sendAsset, sendMax, destination, destAsset, destAmount, path } = readPathPaymentStrictReceiveOp(x, at);
  const details = pathPayment(body, destination, sendAsset, destAsset, path);
  details.amount = amountAt(x, destAmount);
  const sent = sentAmount(body, sendAsset, destAsset, path, destAmount);
  if (sent !== null) details.source_amount = sent;
  details.source_max = amountAt(x, sendMax);
  return details;
};

export const pathPaymentStrictSendDetails: DetailsReader = (body) => {
  const { x, at } = body;
  const { sendAsset, sendAmount, destination, destAsset, destMin, path } = readPathPaymentStrictSendOp(x, at);
  const details = pathPayment(body, destination, sendAsset, destAsset, path);
  const received = receivedAmount(body);
  if (received !== null) details.amount = received;
  details.source_amount = amountAt(x, sendAmount);
  details.destination_min = amountAt(x, destMin);
  return details;
};

function pathPayment({ x, source }: OperationBody, destination: number, sendAsset: number, destAsset: number, path: number): Details {
  const details: Details = {};
  addParty(details, "from", source);
  addParty(details, "to", partyAt(x, destination));
  addAsset(details, "", x, destAsset);
  addAsset(details, "source_", x, sendAsset);
  details.path = elements(x, path, skipAsset).map((p): Json => {
    const asset: Details = {};
    addAsset(asset, "", x, p);
    return asset;
  });
  return details;
}

/**
 * What left the source, in the asset that it sent; null: the history does not tell. Offers stand in the order of the path, so what pays for
 * the first of its exchanges comes first.
 */
function sentAmount(body: OperationBody, sendAsset: number, destAsset: number, path: number, destAmount: number): string | null {
  const { x, outcome } = body;
  if (!outcome.successful) return NOTHING;
  // Nothing was exchanged: what arrived is what was sent.
  if (x[path] === 0 && isSameAsset(x, sendAsset, destAsset)) return amountAt(x, destAmount);
  const paid = paidBySource(body);
  const others = paid.findIndex(({ tokenColumn }) => tokenColumn !== paid[0]!.tokenColumn);
  const first = others === -1 ? paid : paid.slice(0, others);
  return first.length === 0 ? null : sevenDecimals(first.reduce((sum, { amount }) => sum + BigInt(amount ?? 0), 0n));
}

/** What arrived; null: the history does not tell. The payment itself is the last that the source pays. */
function receivedAmount(body: OperationBody): string | null {
  if (!body.outcome.successful) return NOTHING;
  const amount = paidBySource(body).at(-1)?.amount ?? null;
  return amount === null ? null : decimalAmount(amount);
}

/** What the source paid, in order: each exchange on the way, then the payment. */
function paidBySource({ source, outcome }: OperationBody): DetailsChange[] {
  const account = byteaText(source.account.bytes);
  return outcome.changes.filter(
    ({ category, reason, accountColumn }) =>
      category === "BALANCE" && accountColumn === account && (reason === "DEBIT" || reason === "MINT"),
  );
}

function isSameAsset(x: Words, a: number, b: number): boolean {
  const length = skipAsset(x, a) - a;
  return length === skipAsset(x, b) - b && sameWords(x, a, b, length);
}
