import { LOCAL_CONNECTIONS, startServer, type LocalServer } from "../local-server/local-server.ts";
import type { Log } from "../../functions/serve/observe/request-log.ts";
import { settingsFor } from "../../functions/serve/settings.ts";
import { databaseUrls } from "../../functions/shared/database/urls.ts";
import { readDatabaseEnvironment } from "../../functions/shared/environment.ts";
import { WalletError } from "../../functions/shared/errors.ts";

/** A running API. */
export interface Api {
  /** Where to POST GraphQL. */
  url: string;
  close(): Promise<void>;
}

/** What `startApi` needs. */
interface ApiOptions {
  /** Configuration by environment names, as in Lambda. */
  environment: NodeJS.ProcessEnv;
  host: string;
  /** 0: any free one. */
  port: number;
  /** For trying out: the GraphiQL page and introspection. */
  explore: boolean;
  /** An account with rows, for the page's example queries. */
  exampleAccount?: string | null;
}

/** What an operator at a terminal wants to see: what went wrong, and nothing of what went well. */
const log: Log = {
  request({ requestId, hidden = [] }) {
    for (const { path, message } of hidden) process.stderr.write(`request ${requestId}: ${path === "" ? "" : `${path}: `}${message}\n`);
  },
  warn: (message) => void process.stderr.write(`${message}\n`),
};

/** Starts the API with the handler that runs in Lambda. @throws WalletError CONFIG_INVALID, also when the port is taken */
export async function startApi({ environment, host, port, explore, exampleAccount = null }: ApiOptions): Promise<Api> {
  const settings = settingsFor(databaseUrls(readDatabaseEnvironment(environment)).databaseUrl, environment);
  // Who explores is at the terminal; who serves may be open to the world.
  if (!explore && settings.clientAuthPublicKeys.length === 0) log.warn("authentication is off: CLIENT_AUTH_PUBLIC_KEYS names no key", {});
  let server: LocalServer;
  try {
    const exploring = explore ? { graphqlIntrospectionEnabled: true, graphiql: true, exampleAccount } : {};
    server = await startServer({
      ...settings,
      dbMaxConns: Math.max(settings.dbMaxConns, LOCAL_CONNECTIONS),
      ...exploring,
      host,
      port,
      log,
    });
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || !["EADDRINUSE", "EACCES", "EADDRNOTAVAIL"].includes(String(error.code)))
      throw error;
    throw new WalletError(
      "CONFIG_INVALID",
      `The API cannot listen on ${host}:${port}: ${error.message}. Give another --port (0: any free one).`,
      { host, port },
      { cause: error },
    );
  }
  return { url: `${server.url}/graphql/query`, close: () => server.close() };
}
