import { StrkeyVersion } from "../../shared/strkey.ts";
import { byteaText } from "../../shared/columns/bytea.ts";
import type { DecodedStateChange } from "../../shared/columns/history/payload-decoder.ts";
import type { DepositIdKind } from "../schema/enums.generated.ts";
import type { MemoNode } from "./memo.ts";
import type { TransactionNode } from "./transaction.ts";

/** By what a receiver that holds the balances of many tells whose a payment is. */
export interface DepositIdNode {
  readonly kind: DepositIdKind;
  /** MUXED: the id, decimal. MEMO: the text, the id (decimal) or the hash (64 lower-case hex digits; of a token's event any bytes in hex). */
  readonly value: string;
}

/** Operations whose receiver the memo is for. */
const WITH_MEMO: ReadonlySet<string> = new Set([
  "CREATE_ACCOUNT",
  "PAYMENT",
  "ACCOUNT_MERGE",
  "CLAIM_CLAIMABLE_BALANCE",
  "LIQUIDITY_POOL_WITHDRAW",
]);
/** The same, of the last movement alone: those before it are trades. */
const WITH_MEMO_AT_THE_END: ReadonlySet<string> = new Set(["PATH_PAYMENT_STRICT_RECEIVE", "PATH_PAYMENT_STRICT_SEND"]);
/** The version byte of accounts, as an address column begins. */
const ACCOUNT = byteaText(Uint8Array.of(StrkeyVersion.account));

/**
 * The deposit id of a balance change, by the rules of `to_muxed_id` (CAP-67): what an account receives has the id of its muxed address
 * (SEP-23), or else the transaction's memo where the operation has one receiver. Trades have none, nor have contract calls a memo. A memo of
 * the type RETURN names the transaction that is paid back and no receiver, so it is no deposit id; nor is a text that is empty or no UTF-8.
 * A SEP-41 token's event may tell what a memo would: a text or bytes.
 */
export function depositIdOf(change: DecodedStateChange, transaction: TransactionNode): DepositIdNode | null {
  const { reason, account, toMuxedId, keyValue } = change;
  if (change.category !== "BALANCE" || (reason !== "CREDIT" && reason !== "MINT") || !account.startsWith(ACCOUNT)) return null;
  if (toMuxedId !== null) return { kind: "MUXED", value: toMuxedId };
  const told = keyValue?.to_text ?? keyValue?.to_bytes;
  if (told !== undefined) return { kind: "MEMO", value: told };
  if (reason === "MINT" || change.operation === 0) return null;
  const value = idOf(transaction.memo);
  return value !== null && isMemoFor(change, transaction) ? { kind: "MEMO", value } : null;
}

function idOf({ type, text }: MemoNode): string | null {
  return type === "RETURN" || text === "" ? null : text;
}

function isMemoFor({ operation, stateChangeId, counterparty }: DecodedStateChange, transaction: TransactionNode): boolean {
  // Before protocol 8 lumens could come from nobody.
  if (counterparty === null) return false;
  const type = transaction.operationNodes[operation - 1]?.type ?? "";
  return WITH_MEMO.has(type) || (WITH_MEMO_AT_THE_END.has(type) && transaction.lastMovements.get(operation) === stateChangeId);
}
