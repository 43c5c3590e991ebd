import { connectDatabase } from "../../functions/shared/database/session.ts";
import { readNetworkEnvironment } from "../../functions/shared/environment.ts";
import { asWalletError } from "../../functions/ingest/invocation/as-wallet-error.ts";
import { ExitCode, type Command } from "../cli/command.ts";
import { dataDirectory, databaseUrl, liveSource, networkPassphrase } from "../cli/options.ts";
import { findDatabase } from "../runtime/find-database.ts";
import { describeStatus } from "../status/describe-status.ts";
import { readStatus } from "../status/read-status.ts";

/** Shows how far ingestion has come. */
export const command: Command = {
  summary: "show how far ingestion has come",
  description:
    "Newest and oldest ledger, lag, gaps, who holds the lock, sizes, partitions, queue, ledgers that fail, and the last runs.\nOnly reads. Of the database that is named, else of the one that `wallet start` has running here.",
  options: {
    "database-url": databaseUrl,
    network: liveSource.network,
    "network-passphrase": networkPassphrase,
    "data-dir": dataDirectory,
  },
  async run(args) {
    const url = await findDatabase(args, "databaseUrl");
    const sql = connectDatabase(url, {
      applicationName: "wallet status",
      statementTimeout: 60_000,
      lockTimeout: 5_000,
      idleInTransactionTimeout: 60_000,
      idleSessionTimeout: 0,
    });
    try {
      const status = await readStatus(sql, readNetworkEnvironment(args.environment).network);
      process.stdout.write(`${args.json ? JSON.stringify(status) : describeStatus(status)}\n`);
      return ExitCode.success;
    } catch (error) {
      throw asWalletError(error);
    } finally {
      await sql.end({ timeout: 1 });
    }
  },
};
