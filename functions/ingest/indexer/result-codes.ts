import { operationTypes, transactionResults } from "../../shared/columns/history/codes.ts";
import { TRANSACTION_RESULT_PREFIX } from "../../shared/columns/transaction-result.ts";

/** Result codes as the API shows them. An unknown code is data, never an error (GAP-1). */

/** txFEE_BUMP_INNER_SUCCESS, the first of the list; the others count down from it. */
const LARGEST_RESULT = 1;

/** The name of an outer TransactionResultCode, e.g. `TransactionResultCodeTxSuccess`; unknown: `TransactionResultCode(-99)`. */
export function transactionResultCode(code: number): string {
  return transactionResults.textOf(LARGEST_RESULT - code + 1) ?? `${TRANSACTION_RESULT_PREFIX}(${code})`;
}

/** The name of an OperationType; unknown: `UNKNOWN_<number>`. */
export function operationTypeName(type: number): string {
  return operationTypes.textOf(type + 1) ?? `UNKNOWN_${type}`;
}

/** Outer codes −1, −2, … */
const OUTER = ["bad_auth", "no_source_account", "not_supported", "too_many_subentries", "exceeded_work_limit", "too_many_sponsoring"];

const PAYMENT = [
  "malformed",
  "underfunded",
  "src_no_trust",
  "src_not_authorized",
  "no_destination",
  "no_trust",
  "not_authorized",
  "line_full",
  "no_issuer",
];
const OFFER = [
  "malformed",
  "sell_no_trust",
  "buy_no_trust",
  "sell_not_authorized",
  "buy_not_authorized",
  "line_full",
  "underfunded",
  "cross_self",
  "sell_no_issuer",
  "buy_no_issuer",
  "offer_not_found",
  "low_reserve",
];
const SOROBAN_TTL = ["malformed", "=resource_limit_exceeded", "=insufficient_refundable_fee"];

/** Inner codes −1, −2, … by OperationType, without the prefix `op_`; a leading `=` marks names without it. */
const INNER: string[][] = [
  ["malformed", "underfunded", "low_reserve", "already_exists"],
  PAYMENT,
  [...PAYMENT, "too_few_offers", "cross_self", "over_source_max"],
  OFFER,
  OFFER,
  [
    "low_reserve",
    "too_many_signers",
    "bad_flags",
    "invalid_inflation",
    "cant_change",
    "unknown_flag",
    "threshold_out_of_range",
    "bad_signer",
    "invalid_home_domain",
    "auth_revocable_required",
  ],
  [
    "malformed",
    "no_issuer",
    "invalid_limit",
    "low_reserve",
    "self_not_allowed",
    "trust_line_missing",
    "cannot_delete",
    "not_auth_maintain_liabilities",
  ],
  ["malformed", "no_trust", "not_required", "cant_revoke", "self_not_allowed", "low_reserve"],
  ["malformed", "no_account", "immutable_set", "has_sub_entries", "seq_num_too_far", "dest_full", "is_sponsor"],
  ["not_time"],
  ["not_supported_yet", "data_name_not_found", "low_reserve", "data_invalid_name"],
  ["bad_seq"],
  OFFER,
  [...PAYMENT, "too_few_offers", "cross_self", "under_dest_min"],
  ["malformed", "low_reserve", "no_trust", "not_authorized", "underfunded"],
  ["does_not_exist", "cannot_claim", "line_full", "no_trust", "not_authorized", "trustline_frozen"],
  ["malformed", "already_sponsored", "recursive"],
  ["not_sponsored"],
  ["does_not_exist", "not_sponsor", "low_reserve", "only_transferable", "malformed"],
  ["malformed", "not_clawback_enabled", "no_trust", "underfunded"],
  ["does_not_exist", "no_issuer", "not_clawback_enabled"],
  ["malformed", "no_trust", "cant_revoke", "invalid_state", "low_reserve"],
  ["malformed", "no_trust", "not_authorized", "underfunded", "line_full", "bad_price", "pool_full", "trustline_frozen"],
  ["malformed", "no_trust", "underfunded", "line_full", "under_minimum", "trustline_frozen"],
  ["malformed", "=function_trapped", "=resource_limit_exceeded", "=entry_archived", "=insufficient_refundable_fee"],
  SOROBAN_TTL,
  SOROBAN_TTL,
];

/** Final texts, made once: `OPERATION_CODES[type][-code]`. */
const OPERATION_CODES = INNER.map((codes) => ["op_success", ...codes.map((code) => (code.startsWith("=") ? code.slice(1) : `op_${code}`))]);

/**
 * The text of an operation's result.
 * @param outer OperationResultCode; 0 = the operation was tried
 * @param type OperationType of the result's arm
 * @param inner the operation's own code; ignored unless outer is 0
 */
export function operationResultCode(outer: number, type: number, inner: number): string {
  if (outer !== 0) {
    const name = OUTER[-outer - 1];
    return name ? `op_${name}` : `op_unknown_${outer}`;
  }
  // 0 minus: negating 0 gives -0, for which the engine gives up its compiled code each time.
  return OPERATION_CODES[type]?.[0 - inner] ?? `op_unknown_${inner}`;
}
