import { byteaHex, byteaText } from "../../functions/shared/columns/bytea.ts";
import { nativeContract } from "../../functions/shared/columns/contract-id.ts";
import { DamagedBytes } from "../../functions/shared/columns/history/byte-reader.ts";
import { Payload, UnknownPayloadFormat } from "../../functions/shared/columns/history/payload-decoder.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import type { ExportFormat } from "./formats.ts";
import type { Output } from "./output.ts";
import type { StoredLedger, StoredTransaction } from "./read-history.ts";
import { TABLES, type TableName } from "./tables.ts";

/** A table on its way to its output. */
export interface TableExport {
  name: TableName;
  output: Output;
  rows: number;
}

interface ExportOptions {
  tables: readonly TableExport[];
  format: ExportFormat;
  networkPassphrase: string;
  /** Told of what cannot be read; the rest is exported. */
  onUnreadable: (error: WalletError) => void;
}

/** How an export ended. */
interface ExportResult {
  ledgers: number;
  /** Reports to `onUnreadable`. */
  unreadable: number;
}

/** Texts are written when they are so long. */
const FLUSH_CHARACTERS = 1 << 16;

/** Writes the rows of the ledgers. Stops between two ledgers when the signal aborts. */
export async function exportHistory(
  ledgers: AsyncIterable<StoredLedger>,
  options: ExportOptions,
  signal: AbortSignal,
): Promise<ExportResult> {
  const { tables, format, networkPassphrase, onUnreadable } = options;
  const native = byteaText(nativeContract(networkPassphrase));
  const result: ExportResult = { ledgers: 0, unreadable: 0 };
  const report = (error: WalletError): void => {
    result.unreadable++;
    onUnreadable(error);
  };
  for (const { name, output } of tables) await output.write(format.header(TABLES[name].columns));
  for await (const { sequence, transactionCount, transactions } of ledgers) {
    if (signal.aborted) return result;
    if (transactions.length !== transactionCount) report(incomplete(sequence, transactions.length, transactionCount));
    const texts = tables.map(() => "");
    for (const transaction of transactions) {
      try {
        const payload = new Payload(transaction.payload, native);
        for (const [at, table] of tables.entries()) texts[at] += rowsOf(table, transaction, payload, format, report);
      } catch (error) {
        report(unreadable(transaction, null, error));
      }
      for (const [at, { output }] of tables.entries()) {
        if (texts[at]!.length < FLUSH_CHARACTERS) continue;
        await output.write(texts[at]!);
        texts[at] = "";
      }
    }
    for (const [at, { output }] of tables.entries()) if (texts[at] !== "") await output.write(texts[at]!);
    result.ledgers++;
  }
  return result;
}

/** The text of a transaction's rows: all or, when one cannot be read, none. */
function rowsOf(
  table: TableExport,
  transaction: StoredTransaction,
  payload: Payload,
  format: ExportFormat,
  report: (error: WalletError) => void,
): string {
  const { columns, rows } = TABLES[table.name];
  try {
    const found = rows(transaction, payload);
    table.rows += found.length;
    return found.map((values) => format.row(columns, values)).join("");
  } catch (error) {
    report(unreadable(transaction, table.name, error));
    return "";
  }
}

/** @throws the error itself when it is no fault of the payload */
function unreadable({ to_id, hash, ledger }: StoredTransaction, table: TableName | null, error: unknown): WalletError {
  const details = { transactionId: to_id, hash: byteaHex(hash), ledger, table };
  const which = `Transaction ${to_id} (${byteaHex(hash)}) of ledger ${ledger}`;
  if (error instanceof UnknownPayloadFormat)
    return new WalletError(
      "HISTORY_FORMAT_UNKNOWN",
      `${which} is left out: ${error.message}. Use the version that wrote it, or a newer one.`,
      details,
      {
        cause: error,
      },
    );
  if (!(error instanceof DamagedBytes)) throw error;
  const what = table === null ? "is damaged and left out" : `has damaged ${table}, which are left out`;
  return new WalletError("HISTORY_DAMAGED", `${which} ${what}: ${error.message}. Restore its row of transactions from a backup.`, details, {
    cause: error,
  });
}

function incomplete(ledger: number, found: number, expected: number): WalletError {
  return new WalletError(
    "HISTORY_DAMAGED",
    `Ledger ${ledger} has ${found} of its ${expected} transactions. Retention may have removed it during the export; if not, restore it from a backup.`,
    { ledger, found, expected },
  );
}
