import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QUERIES } from "../../client/queries.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ATTACKS } from "../bench/attacks.ts";
import { benchDecode, type DecodeFigures } from "../bench/decode.ts";
import { benchGraphql, type GraphqlFigures } from "../bench/graphql.ts";
import { writeHeavyAccount } from "../bench/heavy-account.ts";
import { benchHistory, type HistoryFigures } from "../bench/history.ts";
import { benchIngest, benchLargeLedgers, type IngestFigures, type LargeFigures, type RunFigures } from "../bench/ingest.ts";
import type { LoadFigures } from "../bench/load.ts";
import type { PhaseFigures } from "../bench/phase.ts";
import { benchPrices, pricesTable } from "../bench/prices.ts";
import { benchQueries } from "../bench/queries.ts";
import { compressHistory, onServer, scratchDatabase } from "../bench/scratch-database.ts";
import { type Arguments, ExitCode, type Command } from "../cli/command.ts";
import { closeSeconds, databaseUrl, ledgers, networkPassphrase } from "../cli/options.ts";
import { chooseSource } from "../runtime/choose-source.ts";
import { Cleanup } from "../runtime/cleanup.ts";
import { ingestOnce, type Overlay } from "../runtime/ingest-once.ts";
import { openDatabase } from "../runtime/open-database.ts";
import { startApi } from "../runtime/start-api.ts";

/** Ledgers held in memory for decoding and for the queries' variables. */
const MOST_LEDGERS = 64;
/** Requests at once. */
const CONCURRENCIES = [1, 16];
/** Databases that the source is ingested into: fresh, three times without overlap, warm. */
const DATABASES = 5;

/** The raw bytes of the source's first ledgers. */
async function firstLedgers(source: LedgerSource): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const { ledger, bytes } of source.open(null, new AbortController().signal, { follow: false })) {
    ledger.close();
    found.push(bytes);
    if (found.length === MOST_LEDGERS) break;
  }
  if (found.length === 0)
    throw new WalletError("SOURCE_UNAVAILABLE", `${source.name} has no ledgers. Name a directory that has some with --ledgers.`);
  return found;
}

/** The history with and without signatures. */
interface HistoryTwice {
  withSignatures: HistoryFigures;
  withoutSignatures: HistoryFigures;
}

interface Figures {
  decode: DecodeFigures;
  ingest: IngestFigures;
  /** Null: none of the ledgers is of protocol 23 or later. */
  large: LargeFigures | null;
  history: HistoryTwice;
  graphql: GraphqlFigures;
}

function table({ decode, ingest, large, history, graphql }: Figures): string {
  const line = (name: string, value: string): string => `${name.padEnd(36)} ${value}\n`;
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  const times = ({ mean, p50, p95 }: PhaseFigures): string => `${ms(mean)} (p50 ${p50.toFixed(2)}, p95 ${p95.toFixed(2)})`;
  const ingestion = (title: string, run: RunFigures, more: string): string[] => {
    const phase = (figures: PhaseFigures): string => `${times(figures)}, ${((100 * figures.mean) / run.ledger).toFixed(0)} % of the time`;
    return [
      line(title, `${run.ledgersPerSecond.toFixed(1)} ledgers/s${more}`),
      line("  decode, index, encode", phase(run.index)),
      line("  persist (overlapped)", phase(run.persist)),
    ];
  };
  const historyLines = (title: string, figures: HistoryFigures): string[] => [
    line(title, `${(figures.bytes / 1000).toFixed(0)} kB a ledger`),
    line("  encode", times(figures.encode)),
    line("  write", times(figures.write)),
  ];
  const load = (title: string, figures: LoadFigures[]): string[] => [
    `${title}\n`,
    ...figures
      .filter(({ concurrency }) => concurrency === CONCURRENCIES[0])
      .map(({ name }) => {
        const runs = figures.filter((run) => run.name === name);
        return line(`  ${name}`, runs.map((run) => `c=${run.concurrency} ${ms(run.p50)} (p99 ${run.p99.toFixed(2)})`).join("   "));
      }),
  ];
  return [
    line(
      "decode (strict walk, hash), a ledger",
      `${ms(decode.open)}, ${(decode.sdkDecode / decode.open).toFixed(0)} times as fast as the SDK's`,
    ),
    line("decode and index, a ledger", ms(decode.index)),
    line("the SDK's decoder alone, a ledger", ms(decode.sdkDecode)),
    ...ingestion(`ingest ${ingest.ledgers} ledgers, fresh process`, ingest.fresh, `, ${ingest.peakMemory.toFixed(0)} MB`),
    ...ingestion("the same in a warm process", ingest.warm, ""),
    ...(large
      ? ingestion(
          `${large.transactions} transactions a ledger`,
          large.fresh,
          `, ${(large.bytes / 1e6).toFixed(1)} MB a ledger, ${large.peakMemory.toFixed(0)} MB of memory`,
        )
      : []),
    line("persist alone", times(ingest.persistAlone)),
    ...historyLines("history alone, with signatures", history.withSignatures),
    ...historyLines("history alone, without signatures", history.withoutSignatures),
    ...load("serve over HTTP", graphql.http),
    ...load("serve, packaged function", graphql.packaged),
    line("  bundle", `${(graphql.bundleBytes / 1000).toFixed(0)} kB, ${graphql.importMs.toFixed(0)} ms to load and warm up`),
  ].join("");
}

/** Transactions of the account that attacks ask for: 240,000 state changes. */
const HEAVY_TRANSACTIONS = 600;
/** Requests of each query that is priced. */
const PRICED_REQUESTS = 30;

/** What ordinary queries and attacks take for a point of their price. */
async function prices(server: string, source: LedgerSource, passphrase: string, args: Arguments, cleanup: Cleanup): Promise<string> {
  const [ordinary, heavy] = [await scratchDatabase(server, cleanup), await scratchDatabase(server, cleanup)];
  await ingestOnce({
    environment: { ...process.env, DATABASE_URL: ordinary, INGEST_DATABASE_URL: ordinary, DATABASE_SECRET_ARN: undefined },
    source,
    passphrase,
    startLedger: null,
    tailSeconds: 0,
    signal: new AbortController().signal,
  });
  await onServer(heavy, (sql) => writeHeavyAccount(sql, HEAVY_TRANSACTIONS));
  const environment = { NETWORK_PASSPHRASE: passphrase };
  const queries = benchQueries(await firstLedgers(source), passphrase).filter(({ name }) => !name.includes("rare"));
  // A page of everything, of the account that most happened to: what a wallet asks of a market maker.
  const address = queries.find(({ name }) => name.includes("filtered"))?.variables[0]?.a;
  const history = { name: "100 of the busiest history, whole", query: QUERIES.accountHistory, variables: [{ address, first: 100 }] };
  const reference = await benchPrices(ordinary, environment, [...queries, history], PRICED_REQUESTS);
  const attacks = ATTACKS.map(({ name, query, variables }) => ({ name, query, variables: [variables ?? {}] }));
  const attacked = await benchPrices(heavy, environment, attacks, PRICED_REQUESTS);
  return args.json ? `${JSON.stringify({ reference, attacks: attacked })}\n` : pricesTable(reference, attacked);
}

/** Measures decoding, indexing, writing and answering on this machine. */
export const command: Command = {
  summary: "measure decoding, indexing, writing and answering",
  description:
    'Ingests the ledgers into scratch databases, which are dropped afterwards, and asks the API about them. Without --database-url\nit uses a PostgreSQL of its own. The memory is that of a process that does nothing but ingest, bundled like the function.\n"persist alone" is each ledger\'s fastest of three runs in which nothing else is under way, "history alone" the same without the\ncurrent state; its bytes are those of tables, indexes and TOAST. The large ledgers are ten times as large as today\'s, made of the\ntransactions that were given, and their process has the heap that Lambda gives it.',
  options: {
    ledgers,
    "network-passphrase": networkPassphrase,
    "database-url": databaseUrl,
    "close-seconds": closeSeconds,
    rounds: { type: "string", value: "N", help: "rounds of decoding and indexing; the best counts", default: "15" },
    compressed: { type: "boolean", help: "compress the history before the queries (TimescaleDB)" },
    prices: {
      type: "boolean",
      help: "only what queries, and attacks on an account of 240,000 state changes, take for a point of their price",
    },
    requests: { type: "string", value: "N", help: "requests a query and concurrency", default: "2000" },
  },
  async run(args) {
    const [rounds, requests] = [args.integer("rounds", 1)!, args.integer("requests", 1)!];
    const cleanup = new Cleanup();
    const folder = mkdtempSync(join(tmpdir(), "wallet-bench-"));
    cleanup.add(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));
    try {
      const { source, passphrase } = await chooseSource(args, folder, false);
      const server = await openDatabase(args, join(folder, "database"), cleanup);
      if (args.flag("prices")) {
        process.stdout.write(await prices(server.url, source, passphrase, args, cleanup));
        return ExitCode.success;
      }
      const urls: string[] = [];
      for (let i = 0; i < DATABASES; i++) urls.push(await scratchDatabase(server.url, cleanup));
      const ingest = await benchIngest(urls, folder, { ...args.environment, DATA_DIR: folder });
      const sample = await firstLedgers(source);
      const decode = await benchDecode(sample, passphrase, rounds);
      const large = await benchLargeLedgers(await scratchDatabase(server.url, cleanup), folder, sample, passphrase, args.environment);
      const historyAlone = async (storeSignatures: boolean): Promise<HistoryFigures> =>
        benchHistory(await scratchDatabase(server.url, cleanup), sample, passphrase, storeSignatures);
      const history = { withSignatures: await historyAlone(true), withoutSignatures: await historyAlone(false) };
      const environment: Overlay = { DATABASE_URL: urls[0]!, NETWORK_PASSPHRASE: passphrase };
      if (args.flag("compressed")) await compressHistory(urls[0]!);
      const api = await startApi({ databaseUrl: urls[0]!, environment, host: "127.0.0.1", port: 0, explore: false });
      cleanup.add(() => api.close());
      const order = { queries: benchQueries(sample, passphrase), concurrencies: CONCURRENCIES, requests };
      const graphql = await benchGraphql(api.url, folder, { ...process.env, ...environment }, order);
      const figures: Figures = { decode, ingest, large, history, graphql };
      process.stdout.write(args.json ? `${JSON.stringify(figures)}\n` : table(figures));
    } finally {
      await cleanup.run();
    }
    return ExitCode.success;
  },
};
