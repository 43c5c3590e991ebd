import { LOCAL_CONNECTIONS, startServer, type LocalServer } from "../local-server/local-server.ts";
import { openConnection } from "../../functions/serve/database/connection.ts";
import type { Log } from "../../functions/serve/observe/request-log.ts";
import { settingsFor } from "../../functions/serve/settings.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { withTimeout } from "../../functions/shared/timeout.ts";

/** A running API. */
export interface Api {
  /** Where to POST GraphQL. */
  url: string;
  close(): Promise<void>;
}

/** What `startApi` needs. */
interface ApiOptions {
  /** With its password; never log it. */
  databaseUrl: string;
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

const NETWORK_TIMEOUT_MS = 5_000;

/** A database that cannot be asked now is no reason not to start: its requests say so. @throws WalletError NETWORK_MISMATCH */
async function refuseOtherNetwork(databaseUrl: string, wanted: string | null): Promise<void> {
  if (wanted === null) return;
  const sql = openConnection({ databaseUrl, statementTimeout: NETWORK_TIMEOUT_MS, onClose: () => {} });
  const asked = sql.unsafe<{ passphrase: string }[]>(
    "select passphrase from network where exists (select from cursors where name = 'latest' and ledger is not null)",
  );
  const [stored] = await withTimeout(NETWORK_TIMEOUT_MS, "asking for the network", asked).catch(() => []);
  await sql.end({ timeout: 0 }).catch(() => {});
  if (stored !== undefined && stored.passphrase !== wanted)
    throw new WalletError(
      "NETWORK_MISMATCH",
      `The database holds the network "${stored.passphrase}", but the settings name "${wanted}". Remove NETWORK and NETWORK_PASSPHRASE, or set them to the former.`,
    );
}

/** Starts the API with the handler that runs in Lambda. @throws WalletError NETWORK_MISMATCH, CONFIG_INVALID, also when the port is taken */
export async function startApi({ databaseUrl, environment, host, port, explore, exampleAccount = null }: ApiOptions): Promise<Api> {
  const settings = settingsFor(databaseUrl, environment);
  await refuseOtherNetwork(databaseUrl, settings.networkPassphrase);
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
