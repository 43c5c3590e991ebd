import { once } from "node:events";
import { ExitCode, type Arguments, type Command } from "../cli/command.ts";
import {
  closeSeconds,
  databaseUrl,
  dataDirectory,
  ledgers,
  listen,
  liveSource,
  networkPassphrase,
  port,
  startLedger,
} from "../cli/options.ts";
import { printError } from "../cli/run.ts";
import { chooseSource, type ChosenSource } from "../runtime/choose-source.ts";
import { Cleanup } from "../runtime/cleanup.ts";
import { describeRun, ingestOnce, type Overlay } from "../runtime/ingest-once.ts";
import { interrupt } from "../runtime/interrupt.ts";
import { migrateDatabase } from "../runtime/migrate-database.ts";
import { openDatabase, type OpenDatabase } from "../runtime/open-database.ts";
import { runSchedule } from "../runtime/schedule.ts";
import { startApi, type Api } from "../runtime/start-api.ts";

/** An invocation follows the tip until so many seconds before the next one. */
const PAUSE_SECONDS = 1;

function example(url: string, account: string | null): string {
  const query = account
    ? `{ accountByAddress(address: \\"${account}\\") { balances(first: 5) { edges { node { __typename balance tokenId } } } } }`
    : `{ __schema { queryType { fields { name } } } }`;
  return `curl -s ${url} -H 'content-type: application/json' -d '{"query":"${query}"}'`;
}

function announce(args: Arguments, { source, passphrase, exampleAccount }: ChosenSource, database: OpenDatabase, api: Api): void {
  const query = example(api.url, exampleAccount);
  const facts = { url: api.url, database: database.description, source: source.name, network: passphrase, example: query };
  process.stdout.write(
    args.json
      ? `${JSON.stringify(facts)}\n`
      : `database  ${facts.database}\nledgers   ${facts.source}\nnetwork   ${facts.network}\nAPI       ${facts.url}\n\nTry:\n${query}\n\nCtrl-C stops everything.\n\n`,
  );
}

/** Everything at once on one machine, with the code that runs in Lambda. */
export const command: Command = {
  summary: "everything at once: database, migrations, ingest on a schedule, API",
  description:
    "Without --database-url it runs a PostgreSQL of its own; without --ledgers, --rpc-url and --datastore-bucket-path it runs a\nsandbox, a small Stellar network in memory that goes on after a restart. Ctrl-C stops everything.",
  options: {
    ledgers,
    "database-url": databaseUrl,
    ...liveSource,
    "network-passphrase": networkPassphrase,
    "start-ledger": startLedger,
    "interval-seconds": { type: "string", value: "N", help: "seconds between two invocations of ingest", default: "60" },
    "close-seconds": closeSeconds,
    port,
    listen,
    "data-dir": dataDirectory,
  },
  async run(args) {
    const interval = args.integer("interval-seconds", 1)!;
    const startLedger = args.integer("start-ledger") || null;
    const address = { host: args.text("listen")!, port: args.integer("port")! };
    const stop = interrupt();
    const cleanup = new Cleanup();
    try {
      const chosen = await chooseSource(args, args.text("data-dir")!);
      const database = await openDatabase(args, chosen.directory, cleanup);
      const overlay: Overlay = {
        DATABASE_URL: database.serveUrl,
        INGEST_DATABASE_URL: database.ingestUrl,
        DATABASE_SECRET_ARN: undefined,
        // The passphrase of what was chosen decides: a sandbox has none of the networks that NETWORK names.
        NETWORK: undefined,
        NETWORK_PASSPHRASE: chosen.passphrase,
      };
      const environment = { ...args.environment, ...overlay };
      await migrateDatabase(database.url, database.users);
      const api = await startApi({
        databaseUrl: database.serveUrl,
        environment,
        ...address,
        explore: true,
        exampleAccount: chosen.exampleAccount,
      });
      cleanup.add(() => api.close());
      announce(args, chosen, database, api);
      const ingesting = runSchedule(
        {
          every: interval * 1000,
          async invoke(signal) {
            const tailSeconds = Math.max(0, interval - PAUSE_SECONDS);
            const report = await ingestOnce({ ...chosen, environment, startLedger, tailSeconds, signal });
            process.stdout.write(`${describeRun(report, args.json)}\n`);
          },
          onError: (error) => printError(error, args.json),
        },
        stop.signal,
      );
      // The database must outlive the invocation that uses it.
      cleanup.add(() => ingesting);
      if (!stop.signal.aborted) await once(stop.signal, "abort");
    } finally {
      await cleanup.run();
      stop.dispose();
    }
    return ExitCode.success;
  },
};
