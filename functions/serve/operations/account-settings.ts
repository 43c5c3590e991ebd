import { signerKeyAt } from "../../shared/xdr/addresses.ts";
import type { Words } from "../../shared/xdr/words.ts";
import { readManageDataOp, readSetOptionsOp, readSigner } from "../../shared/xdr/xdr.generated.ts";
import type { Details, DetailsReader } from "./body.ts";
import { accountTextAt } from "./party.ts";
import { addFlags, bytesAt, type FlagNames, integerAt, textAt } from "./primitives.ts";

/** The protocol's AccountFlags. */
const ACCOUNT_FLAGS: FlagNames = [
  [1, "auth_required"],
  [2, "auth_revocable"],
  [4, "auth_immutable"],
  [8, "auth_clawback_enabled"],
];

export const setOptionsDetails: DetailsReader = ({ x, xdr, at, source, outcome }) => {
  const options = readSetOptionsOp(x, at);
  const details: Details = {};
  if (x[options.inflationDest] === 1) details.inflation_dest = accountTextAt(x, options.inflationDest + 1);
  addFlags(details, "set_flags", optionalAt(x, options.setFlags) ?? 0, ACCOUNT_FLAGS);
  addFlags(details, "clear_flags", optionalAt(x, options.clearFlags) ?? 0, ACCOUNT_FLAGS);
  for (const [name, p] of [
    ["master_key_weight", options.masterWeight],
    ["low_threshold", options.lowThreshold],
    ["med_threshold", options.medThreshold],
    ["high_threshold", options.highThreshold],
  ] as const) {
    const value = optionalAt(x, p);
    if (value !== null) details[name] = value;
  }
  if (x[options.homeDomain] === 1) details.home_domain = textAt(xdr, options.homeDomain + 1);
  if (x[options.signer] === 1) {
    const { key, weight } = readSigner(x, options.signer + 1);
    const signer = signerKeyAt(x, key).text;
    details.signer_key = signer;
    details.signer_weight = weight;
    const isNew = outcome.changes.some(
      ({ category, reason, signerAddress }) => category === "SIGNER" && reason === "ADD" && signerAddress === signer,
    );
    const sponsor = isNew ? outcome.sponsorOf(source.account) : null;
    if (sponsor !== null) details.sponsor = sponsor.account.text;
  }
  return details;
};

export const manageDataDetails: DetailsReader = ({ x, xdr, at, source, outcome }) => {
  const { dataName, dataValue } = readManageDataOp(x, at);
  const details: Details = {
    name: textAt(xdr, dataName),
    value: x[dataValue] === 1 ? bytesAt(xdr, dataValue + 1).toString("base64") : null,
  };
  const isNew = outcome.changes.some(({ category, reason }) => category === "DATA_ENTRY" && reason === "ADD");
  const sponsor = isNew ? outcome.sponsorOf(source.account) : null;
  if (sponsor !== null) details.sponsor = sponsor.account.text;
  return details;
};

export const bumpSequenceDetails: DetailsReader = ({ x, at }) => ({ bump_to: integerAt(x, at) });

/** The `uint32?` at a word. */
function optionalAt(x: Words, p: number): number | null {
  return x[p] === 1 ? x[p + 1]! >>> 0 : null;
}
