import { once } from "node:events";
import { ExitCode, type Command } from "../cli/command.ts";
import { databaseUrl, dataDirectory, listen, port } from "../cli/options.ts";
import { Cleanup } from "../runtime/cleanup.ts";
import { findDatabase } from "../runtime/find-database.ts";
import { interrupt } from "../runtime/interrupt.ts";
import { startApi } from "../runtime/start-api.ts";

/** The GraphQL API over HTTP, with the very handler that Lambda runs. */
export const command: Command = {
  summary: "the GraphQL API over HTTP",
  description:
    "Answers POST /graphql/query from a database that `wallet ingest` or `wallet start` fills: the one that is named, else the one that\n`wallet start` has running here. Ends with Ctrl-C.",
  options: {
    "database-url": databaseUrl,
    port,
    listen,
    "data-dir": dataDirectory,
    explore: { type: "boolean", help: "GraphiQL page and introspection, for trying out" },
  },
  async run(args) {
    const stop = interrupt();
    const cleanup = new Cleanup();
    try {
      const explore = args.flag("explore");
      const url = await findDatabase(args, "databaseUrl");
      const api = await startApi({
        databaseUrl: url,
        environment: args.environment,
        host: args.text("listen")!,
        port: args.integer("port")!,
        explore,
      });
      cleanup.add(() => api.close());
      process.stdout.write(args.json ? `${JSON.stringify({ url: api.url })}\n` : `API ${api.url}\n`);
      if (!stop.signal.aborted) await once(stop.signal, "abort");
    } finally {
      await cleanup.run();
      stop.dispose();
    }
    return ExitCode.success;
  },
};
