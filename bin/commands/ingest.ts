import { readDatabaseEnvironment } from "../../functions/shared/environment.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ExitCode, type Command } from "../cli/command.ts";
import {
  closeSeconds,
  databaseUrl,
  dataDirectory,
  ingestTailSeconds,
  ledgers,
  liveSource,
  networkPassphrase,
  startLedger,
} from "../cli/options.ts";
import { runningDatabase } from "../embedded/running-database.ts";
import { chooseSource } from "../runtime/choose-source.ts";
import { describeRun, ingestOnce } from "../runtime/ingest-once.ts";
import { namesDatabase } from "../runtime/find-database.ts";
import { progressLines } from "../runtime/progress.ts";
import { interrupt } from "../runtime/interrupt.ts";

/** One invocation of the ingest function. */
export const command: Command = {
  summary: "one invocation of the ingest function",
  description:
    "Takes the lock, writes every ledger that is pending, each in one transaction, and exits. Where another run holds the lock it\nwrites nothing and exits with 0. After a transient error it is retried a few times. A ledger that cannot be written stops it\nwith exit code 1; it is tried at every call of this command. The ledgers come from a directory, from a live network or, when no\noption names either, from the sandbox.",
  options: {
    "database-url": databaseUrl,
    ledgers,
    ...liveSource,
    "network-passphrase": networkPassphrase,
    "start-ledger": startLedger,
    "ingest-tail-seconds": ingestTailSeconds,
    "close-seconds": closeSeconds,
    "data-dir": dataDirectory,
  },
  async run(args) {
    const isNamed = namesDatabase(readDatabaseEnvironment(args.environment));
    const running = isNamed ? null : runningDatabase(args.text("data-dir")!, "ingest");
    if (!isNamed && running === null) {
      throw new WalletError(
        "CONFIG_INVALID",
        "DATABASE_URL is not set. Set it or DATABASE_SECRET_ARN, or give --database-url; `wallet start` brings its own database, which others use while it runs.",
      );
    }
    const stop = interrupt();
    try {
      const { source, passphrase } = await chooseSource(args, args.text("data-dir")!);
      const report = await ingestOnce({
        environment: running === null ? args.environment : { ...args.environment, INGEST_DATABASE_URL: running },
        source,
        passphrase,
        startLedger: args.integer("start-ledger") || null,
        tailSeconds: args.integer("ingest-tail-seconds")!,
        signal: stop.signal,
        // Whoever calls by hand has a reason.
        ignoreBackOff: true,
        ...(args.json ? {} : { onLedger: progressLines((line) => process.stderr.write(line)) }),
      });
      process.stdout.write(`${describeRun(report, args.json)}\n`);
      return ExitCode.success;
    } finally {
      stop.dispose();
    }
  },
};
