#!/usr/bin/env node
/** The operator's command line. Every command is a file in `commands/`, loaded when it is called. */
import { run, type Entry } from "./cli/run.ts";

const entries: Record<string, Entry> = {
  start: {
    summary: "everything at once: database, migrations, ingest on a schedule, API",
    load: async () => (await import("./commands/start.ts")).command,
  },
  migrate: { summary: "bring the database's schema up to date", load: async () => (await import("./commands/migrate.ts")).command },
  ingest: { summary: "one invocation of the ingest function", load: async () => (await import("./commands/ingest.ts")).command },
  serve: { summary: "the GraphQL API over HTTP", load: async () => (await import("./commands/serve.ts")).command },
  status: { summary: "show how far ingestion has come", load: async () => (await import("./commands/status.ts")).command },
  doctor: { summary: "check what ingestion needs, and say what to do", load: async () => (await import("./commands/doctor.ts")).command },
  export: {
    summary: "write transactions, operations and state changes as CSV or JSON Lines",
    load: async () => (await import("./commands/export.ts")).command,
  },
  inspect: { summary: "show what ledger files turn into", load: async () => (await import("./commands/inspect.ts")).command },
  verify: {
    summary: "check the rows of ledger files against the ledgers",
    load: async () => (await import("./commands/verify.ts")).command,
  },
  reindex: {
    summary: "take back ledgers of a protocol that was not known, to be ingested again",
    load: async () => (await import("./commands/reindex.ts")).command,
  },
  rehearse: {
    summary: "run the synthesised functions as Lambda would, on this machine",
    load: async () => (await import("./commands/rehearse.ts")).command,
  },
  bench: { summary: "measure decoding, indexing, writing and answering", load: async () => (await import("./commands/bench.ts")).command },
};

// A reader that has seen enough (`wallet inspect … | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await run(entries, process.argv.slice(2), process.env);
