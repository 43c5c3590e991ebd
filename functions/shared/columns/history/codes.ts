import { STATE_CHANGE_KINDS } from "../state-change-kinds.ts";
import { TRANSACTION_RESULT_PREFIX } from "../transaction-result.ts";

/**
 * Texts that stand in payloads by number. The order is part of the format: append, never reorder or remove. A text that is in no list is
 * written out, so that codes of later protocols are data like any other.
 *
 * A reader that is older than the list takes an appended number for damage: update serve before ingest writes it.
 */
export class CodeList {
  readonly #texts: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
    this.#numbers = new Map(texts.map((text, at) => [text, at + 1]));
  }

  /** The number of a text, from 1; 0 when it is in no list. */
  numberOf(text: string): number {
    return this.#numbers.get(text) ?? 0;
  }

  /** The text of a number from 1; undefined when it is beyond the list: written by newer code. */
  textOf(number: number): string | undefined {
    return this.#texts[number - 1];
  }
}

/** Results of transactions (transaction-result.ts), in the order of the protocol's codes: 1, 0, −1, −2, … */
export const transactionResults = new CodeList(
  [
    "TxFeeBumpInnerSuccess",
    "TxSuccess",
    "TxFailed",
    "TxTooEarly",
    "TxTooLate",
    "TxMissingOperation",
    "TxBadSeq",
    "TxBadAuth",
    "TxInsufficientBalance",
    "TxNoAccount",
    "TxInsufficientFee",
    "TxBadAuthExtra",
    "TxInternalError",
    "TxNotSupported",
    "TxFeeBumpInnerFailed",
    "TxBadSponsorship",
    "TxBadMinSeqAgeOrGap",
    "TxMalformed",
    "TxSorobanInvalid",
    "TxFrozenKeyAccessed",
  ].map((name) => TRANSACTION_RESULT_PREFIX + name),
);

/** Types of operations, in the order of XDR's OperationType. */
export const operationTypes = new CodeList([
  "CREATE_ACCOUNT",
  "PAYMENT",
  "PATH_PAYMENT_STRICT_RECEIVE",
  "MANAGE_SELL_OFFER",
  "CREATE_PASSIVE_SELL_OFFER",
  "SET_OPTIONS",
  "CHANGE_TRUST",
  "ALLOW_TRUST",
  "ACCOUNT_MERGE",
  "INFLATION",
  "MANAGE_DATA",
  "BUMP_SEQUENCE",
  "MANAGE_BUY_OFFER",
  "PATH_PAYMENT_STRICT_SEND",
  "CREATE_CLAIMABLE_BALANCE",
  "CLAIM_CLAIMABLE_BALANCE",
  "BEGIN_SPONSORING_FUTURE_RESERVES",
  "END_SPONSORING_FUTURE_RESERVES",
  "REVOKE_SPONSORSHIP",
  "CLAWBACK",
  "CLAWBACK_CLAIMABLE_BALANCE",
  "SET_TRUST_LINE_FLAGS",
  "LIQUIDITY_POOL_DEPOSIT",
  "LIQUIDITY_POOL_WITHDRAW",
  "INVOKE_HOST_FUNCTION",
  "EXTEND_FOOTPRINT_TTL",
  "RESTORE_FOOTPRINT",
]);

/** Results of operations. */
export const operationResults = new CodeList([
  "op_success",
  "op_malformed",
  "op_underfunded",
  "op_low_reserve",
  "op_no_trust",
  "op_not_authorized",
  "op_line_full",
  "op_no_issuer",
  "op_no_destination",
  "op_src_no_trust",
  "op_src_not_authorized",
  "op_already_exists",
  "op_too_few_offers",
  "op_cross_self",
  "op_over_source_max",
  "op_under_dest_min",
  "op_sell_no_trust",
  "op_buy_no_trust",
  "op_sell_not_authorized",
  "op_buy_not_authorized",
  "op_sell_no_issuer",
  "op_buy_no_issuer",
  "op_offer_not_found",
  "op_cannot_claim",
  "op_does_not_exist",
  "function_trapped",
  "resource_limit_exceeded",
  "entry_archived",
  "insufficient_refundable_fee",
  "op_bad_auth",
  "op_no_source_account",
  "op_not_supported",
  "op_too_many_subentries",
  "op_exceeded_work_limit",
  "op_too_many_sponsoring",
  "op_too_many_signers",
  "op_bad_flags",
  "op_invalid_inflation",
  "op_cant_change",
  "op_unknown_flag",
  "op_threshold_out_of_range",
  "op_bad_signer",
  "op_invalid_home_domain",
  "op_auth_revocable_required",
  "op_invalid_limit",
  "op_self_not_allowed",
  "op_trust_line_missing",
  "op_cannot_delete",
  "op_not_auth_maintain_liabilities",
  "op_not_required",
  "op_cant_revoke",
  "op_no_account",
  "op_immutable_set",
  "op_has_sub_entries",
  "op_seq_num_too_far",
  "op_dest_full",
  "op_is_sponsor",
  "op_not_time",
  "op_not_supported_yet",
  "op_data_name_not_found",
  "op_data_invalid_name",
  "op_bad_seq",
  "op_trustline_frozen",
  "op_already_sponsored",
  "op_recursive",
  "op_not_sponsored",
  "op_not_sponsor",
  "op_only_transferable",
  "op_not_clawback_enabled",
  "op_invalid_state",
  "op_bad_price",
  "op_pool_full",
  "op_under_minimum",
  "op_unknown",
]);

/** Kinds of state changes: category and reason. The number less one is the bit in `account_links.kinds`. */
export const stateChangeKinds = new CodeList(STATE_CHANGE_KINDS);

const KIND_NUMBERS = new Map<string, Map<string, number>>();
for (const [at, kind] of STATE_CHANGE_KINDS.entries()) {
  const [category, reason] = kind.split("/") as [string, string];
  if (!KIND_NUMBERS.has(category)) KIND_NUMBERS.set(category, new Map());
  KIND_NUMBERS.get(category)!.set(reason, at + 1);
}

/** The number of a kind in `stateChangeKinds`, without making its text: ingest asks twice a state change. */
export function stateChangeKindNumber({ category, reason }: { category: string; reason: string }): number {
  return KIND_NUMBERS.get(category)?.get(reason) ?? 0;
}
