import { asWalletError } from "../../functions/ingest/invocation/as-wallet-error.ts";
import { requireSchema, readSchemaVersion, SERVE_SCHEMA } from "../../functions/shared/database/schema-version.ts";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ExitCode, type Arguments, type Command } from "../cli/command.ts";
import { dataDirectory, databaseUrl } from "../cli/options.ts";
import { printError } from "../cli/run.ts";
import { exportHistory, type TableExport } from "../export/export-history.ts";
import { FORMATS } from "../export/formats.ts";
import { fileOutput, standardOutput } from "../export/output.ts";
import { type LedgerRange, readHistory, readRange } from "../export/read-history.ts";
import { TABLE_NAMES, type TableName } from "../export/tables.ts";
import { Cleanup } from "../runtime/cleanup.ts";
import { findDatabase } from "../runtime/find-database.ts";
import { interrupt } from "../runtime/interrupt.ts";

type FormatName = keyof typeof FORMATS;

/** What the command line asks for. */
interface Asked {
  format: FormatName;
  tables: readonly TableName[];
  directory: string | null;
}

function usage(message: string): WalletError {
  return new WalletError("USAGE", `${message} Run: wallet export --help`);
}

function readAsked(args: Arguments): Asked {
  const [format, table, directory = null] = [args.text("format")!, args.text("table"), args.text("out")];
  if (!Object.hasOwn(FORMATS, format)) throw usage(`--format must be csv or jsonl, not "${format}".`);
  const name = TABLE_NAMES.find((known) => known === table);
  if (table !== undefined && name === undefined) throw usage(`--table must be ${TABLE_NAMES.join(", ")}, not "${table}".`);
  if (name === undefined && directory === null) throw usage("Name one table with --table, or a directory for all of them with --out.");
  return { format: format as FormatName, tables: name === undefined ? TABLE_NAMES : [name], directory };
}

/** The ledgers to export; null: the database has none. @throws WalletError USAGE */
async function readWanted(sql: Database, args: Arguments): Promise<LedgerRange | null> {
  const [from, to] = [args.integer("from", 1), args.integer("to", 1)];
  const has = await readRange(sql);
  if (has === null && from === undefined && to === undefined) return null;
  if (has === null) throw usage("The database has no ledgers yet.");
  const { first, last } = { first: from ?? has.first, last: to ?? has.last };
  if (first > last) throw usage(`--from ${first} is after --to ${last}.`);
  if (first < has.first || last > has.last)
    throw usage(`The database has the ledgers ${has.first} to ${has.last}, not all of ${first} to ${last}.`);
  return { first, last };
}

async function openTables({ format, tables, directory }: Asked, cleanup: Cleanup, signal: AbortSignal): Promise<TableExport[]> {
  const opened: TableExport[] = [];
  for (const name of tables) {
    const output = directory === null ? standardOutput(signal) : await fileOutput(directory, `${name}.${FORMATS[format].extension}`);
    cleanup.add(() => output.close());
    opened.push({ name, output, rows: 0 });
  }
  return opened;
}

/** Says on standard output what the files hold; standard output that holds the rows themselves stays clean. */
function printSummary(ledgers: number, tables: readonly TableExport[], json: boolean): void {
  const files = tables.flatMap(({ name, output: { path }, rows }) => (path === null ? [] : [{ table: name, path, rows }]));
  if (files.length === 0) return;
  if (json) process.stdout.write(`${JSON.stringify({ ledgers, files })}\n`);
  else for (const { path, rows } of files) process.stdout.write(`${path}: ${rows} rows of ${ledgers} ledgers\n`);
}

function stopped(): number {
  process.stderr.write("export stopped: the last ledgers are missing\n");
  return ExitCode.failure;
}

/** Writes the history as CSV or JSON Lines. */
export const command: Command = {
  summary: "write transactions, operations and state changes as CSV or JSON Lines",
  description:
    'Of a range of ledgers, in their order, to standard output (one table) or to new files DIR/transactions.csv and so on. Addresses are\nstrkeys, hashes hex, XDR base64, times UTC with microseconds. CSV: RFC 4180 with a header; null is empty, an empty text is "", lists\nare separated by spaces. JSON Lines: an object a line with every column; 64-bit integers are strings.\nWhat is damaged is reported on standard error and left out; the exit code is then 1. Only reads.',
  options: {
    from: { type: "string", value: "LEDGER", help: "first ledger (default: the oldest)", commandLineOnly: true },
    to: { type: "string", value: "LEDGER", help: "last ledger (default: the newest)", commandLineOnly: true },
    format: { type: "string", value: "NAME", help: "csv or jsonl", default: "csv", commandLineOnly: true },
    table: { type: "string", value: "NAME", help: `${TABLE_NAMES.join(", ")} (default with --out: all)`, commandLineOnly: true },
    out: { type: "string", value: "DIR", help: "write a file a table into this directory", commandLineOnly: true },
    "database-url": databaseUrl,
    "data-dir": dataDirectory,
  },
  async run(args) {
    const asked = readAsked(args);
    const cleanup = new Cleanup();
    const url = await findDatabase(args, "databaseUrl");
    const { signal, dispose } = interrupt();
    const sql = connectDatabase(url, {
      applicationName: "wallet export",
      statementTimeout: 60_000,
      lockTimeout: 5_000,
      idleInTransactionTimeout: 60_000,
      idleSessionTimeout: 0,
    });
    cleanup.add(() => sql.end({ timeout: 1 }));
    try {
      requireSchema(await readSchemaVersion(sql), SERVE_SCHEMA);
      const wanted = await readWanted(sql, args);
      const tables = await openTables(asked, cleanup, signal);
      const [network] = await sql<{ passphrase: string }[]>`select passphrase from network`;
      const { ledgers, unreadable } = await exportHistory(
        readHistory(sql, wanted ?? { first: 1, last: 0 }),
        {
          tables,
          format: FORMATS[asked.format],
          networkPassphrase: network?.passphrase ?? "",
          onUnreadable: (error) => printError(error, args.json),
        },
        signal,
      );
      if (signal.aborted) return stopped();
      printSummary(ledgers, tables, args.json);
      return unreadable === 0 ? ExitCode.success : ExitCode.failure;
    } catch (error) {
      if (signal.aborted) return stopped();
      throw asWalletError(error);
    } finally {
      dispose();
      await cleanup.run();
    }
  },
};
