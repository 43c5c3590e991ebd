import { once } from "node:events";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import { readLedgerFile } from "../../functions/ingest/source/file.ts";
import { withOrigin, type OpenedLedger } from "../../functions/ingest/source/opened-ledger.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ExitCode, type Command } from "../cli/command.ts";
import { PUBNET_PASSPHRASE } from "../cli/options.ts";
import { ledgerToJson, type LedgerJson } from "../inspect/ledger-json.ts";

async function print(ledger: LedgerJson): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(ledger)}\n`)) await once(process.stdout, "drain");
}

/** Prints what ledger files turn into, without a database. */
export const command: Command = {
  summary: "show what ledger files turn into",
  description:
    "Prints one JSON object a ledger and line: the rows that the ledger would write. Reads one LedgerCloseMeta, a stream of\nframed ones or a data lake's batch; gzip, zstd or plain. Needs no database.",
  positionals: "FILE...",
  options: {
    "network-passphrase": { type: "string", value: "TEXT", help: "passphrase of the ledgers' network", default: PUBNET_PASSPHRASE },
  },
  async run(args) {
    if (args.positionals.length === 0) throw new WalletError("USAGE", "Name at least one ledger file. Run: wallet inspect --help");
    const indexer = createIndexer(args.text("network-passphrase") ?? PUBNET_PASSPHRASE);
    const reader = new LedgerReader();
    const rowsOf = (opened: OpenedLedger): LedgerJson => {
      try {
        return ledgerToJson(indexer.index(opened.ledger));
      } catch (error) {
        throw withOrigin(error, opened);
      } finally {
        opened.ledger.close();
      }
    };
    for (const file of args.positionals) {
      for await (const opened of readLedgerFile(file, reader)) await print(rowsOf(opened));
    }
    return ExitCode.success;
  },
};
