import { addressText } from "../../functions/serve/values/addresses.ts";
import { byteaHex } from "../../functions/shared/columns/bytea.ts";
import type { AddressColumn, Payload } from "../../functions/shared/columns/history/payload-decoder.ts";
import { NO_OPERATION_TEXT, operationId } from "../../functions/shared/columns/toid.ts";
import { isSuccessful } from "../../functions/shared/columns/transaction-result.ts";
import type { StoredTransaction } from "./read-history.ts";

/** A value of an exported row. 64-bit integers are decimal text; a list is one of addresses, an object a `key_value`. */
export type ExportValue = string | number | boolean | null | readonly string[] | object;

/** Names of the tables, as on the command line and of the files. */
export const TABLE_NAMES = ["transactions", "operations", "state-changes"] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** A table as it is exported. */
interface ExportTable {
  columns: readonly string[];
  /**
   * The rows of one transaction, each with a value a column.
   * @throws UnknownPayloadFormat, DamagedBytes
   */
  rows(transaction: StoredTransaction, payload: Payload): ExportValue[][];
}

function strkey(column: AddressColumn | null): string | null {
  return column === null ? null : addressText(column);
}

function strkeys(columns: readonly AddressColumn[]): string[] {
  return columns.map(addressText);
}

/** PostgreSQL's text of a time in UTC (`2026-06-19 12:34:56.12045+00`) as ISO 8601 with six digits of a second. */
export function isoTime(text: string): string {
  const [seconds = "", fraction = ""] = text.slice(0, -3).split(".");
  return `${seconds.replace(" ", "T")}.${fraction.padEnd(6, "0")}Z`;
}

/** The columns that the tables had while each was one; addresses as strkeys, hashes in hex, XDR in base64. */
export const TABLES: Readonly<Record<TableName, ExportTable>> = {
  transactions: {
    columns: [
      "to_id",
      "hash",
      "ledger_number",
      "ledger_created_at",
      "fee_charged",
      "is_fee_bump",
      "result_code",
      "successful",
      "accounts",
      "ingested_at",
    ],
    rows: ({ to_id, hash, ledger, ledger_created_at, ingested_at }, payload) => [
      [
        to_id,
        byteaHex(hash),
        ledger,
        isoTime(ledger_created_at),
        payload.feeCharged.toString(),
        payload.envelopeType === "feeBump",
        payload.resultCode,
        isSuccessful(payload.resultCode),
        strkeys(payload.accounts),
        isoTime(ingested_at),
      ],
    ],
  },
  operations: {
    columns: [
      "id",
      "ledger_number",
      "ledger_created_at",
      "operation_type",
      "operation_xdr",
      "result_code",
      "successful",
      "accounts",
      "ingested_at",
    ],
    rows: ({ to_id, ledger, ledger_created_at, ingested_at }, payload) =>
      payload
        .operations()
        .map(({ operationType, operationXdr, resultCode, successful, accounts }, at) => [
          operationId(to_id, at + 1),
          ledger,
          isoTime(ledger_created_at),
          operationType,
          operationXdr.toString("base64"),
          resultCode,
          successful,
          strkeys(accounts),
          isoTime(ingested_at),
        ]),
  },
  "state-changes": {
    columns: [
      "to_id",
      "operation_id",
      "state_change_id",
      "ledger_number",
      "ledger_created_at",
      "account_id",
      "state_change_category",
      "state_change_reason",
      "token_id",
      "amount",
      "counterparty",
      "signer_account_id",
      "spender_account_id",
      "creator_account_id",
      "destination_account_id",
      "liquidity_pool_id",
      "signer_weight_old",
      "signer_weight_new",
      "threshold",
      "threshold_old",
      "threshold_new",
      "trustline_limit_old",
      "trustline_limit_new",
      "flags",
      "data_entry_name",
      "key_value",
      "to_muxed_id",
      "ingested_at",
    ],
    rows: ({ to_id, ledger, ledger_created_at, ingested_at }, payload) =>
      payload
        .stateChanges()
        .map((change) => [
          to_id,
          change.operation === 0 ? NO_OPERATION_TEXT : operationId(to_id, change.operation),
          change.stateChangeId.toString(),
          ledger,
          isoTime(ledger_created_at),
          addressText(change.account),
          change.category,
          change.reason,
          strkey(change.tokenId),
          change.amount,
          strkey(change.counterparty),
          strkey(change.signer),
          strkey(change.spender),
          strkey(change.creator),
          strkey(change.destination),
          change.liquidityPoolId,
          change.signerWeightOld,
          change.signerWeightNew,
          change.threshold,
          change.thresholdOld,
          change.thresholdNew,
          change.trustlineLimitOld,
          change.trustlineLimitNew,
          change.flags,
          change.dataEntryName,
          change.keyValue,
          change.toMuxedId,
          isoTime(ingested_at),
        ]),
  },
};
