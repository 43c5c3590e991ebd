import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import { readLedgerFile } from "../../functions/ingest/source/file.ts";
import { withOrigin } from "../../functions/ingest/source/opened-ledger.ts";
import { problemsOf, type Problem } from "../../functions/ingest/verify/verify-ledger.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ExitCode, type Command } from "../cli/command.ts";
import { PUBNET_PASSPHRASE } from "../cli/options.ts";

/** Differences printed in full; the count tells of the others. */
const SHOWN = 20;

function describe({ ledger, check, key, expected, found }: Problem): string {
  return `ledger ${ledger}: ${check} ${key}: the ledger says ${expected ?? "nothing"}, the rows say ${found ?? "nothing"}`;
}

/** Checks what ledger files turn into against the ledgers themselves, without a database. */
export const command: Command = {
  summary: "check the rows of ledger files against the ledgers",
  description:
    "For each ledger: plays all its entry changes, those of upgrades too, and compares the last state of every account, data entry,\ntrustline, pool, pool share, SAC balance, claimable balance and offer with the rows, and assets, asset contracts, wasm\nhashes, what the code is, the contracts and tags that use them, balances, allowances, supplies, NFTs and events of contract\ntokens, TTLs, evictions, upgrades and frozen keys; then checks that the movements of every account and asset sum up to the change\nof its balance, and all lumens to fees and payouts. Reads what inspect reads. Exits with 1 when anything differs.",
  positionals: "FILE...",
  options: {
    "network-passphrase": { type: "string", value: "TEXT", help: "passphrase of the ledgers' network", default: PUBNET_PASSPHRASE },
  },
  async run(args) {
    if (args.positionals.length === 0) throw new WalletError("USAGE", "Name at least one ledger file. Run: wallet verify --help");
    const passphrase = args.text("network-passphrase") ?? PUBNET_PASSPHRASE;
    const indexer = createIndexer(passphrase);
    const reader = new LedgerReader();
    const problems: Problem[] = [];
    let ledgers = 0;
    for (const file of args.positionals) {
      for await (const opened of readLedgerFile(file, reader)) {
        const { ledger } = opened;
        try {
          problems.push(...problemsOf(indexer.index(ledger), ledger, passphrase));
        } catch (error) {
          throw withOrigin(error, opened);
        } finally {
          ledger.close();
        }
        ledgers++;
      }
    }
    if (args.json) console.log(JSON.stringify({ ledgers, problems }));
    else {
      for (const problem of problems.slice(0, SHOWN)) console.log(describe(problem));
      console.log(`${ledgers} ledgers checked, ${problems.length} differences`);
    }
    return problems.length === 0 ? ExitCode.success : ExitCode.failure;
  },
};
