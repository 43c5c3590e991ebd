import { openIngestSession } from "../../functions/ingest/invocation/bounded-session.ts";
import { readNetworkEnvironment } from "../../functions/shared/environment.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { resolveNetwork } from "../../functions/shared/network.ts";
import { asWalletError } from "../../functions/ingest/invocation/as-wallet-error.ts";
import { releaseLock, takeLock } from "../../functions/ingest/invocation/lock.ts";
import { rewindToKnown, type Rewound } from "../../functions/ingest/maintenance/rewind.ts";
import { ExitCode, type Command } from "../cli/command.ts";
import { dataDirectory, databaseUrl, liveSource, networkPassphrase } from "../cli/options.ts";
import { findDatabase } from "../runtime/find-database.ts";
import { namesNetwork } from "../runtime/directory-network.ts";

async function rewind(url: string, environment: NodeJS.ProcessEnv): Promise<Rewound | null> {
  const sql = openIngestSession(url, "wallet reindex");
  try {
    const [stored] = await sql<{ passphrase: string }[]>`select passphrase from network`;
    if (!stored) return null;
    const { network } = namesNetwork(environment)
      ? readNetworkEnvironment(environment)
      : resolveNetwork({ networkPassphrase: stored.passphrase });
    const lock = await takeLock(sql, network, stored.passphrase);
    if (!lock) throw new WalletError("FENCED", "Ingestion is running. Stop its schedule, or try again in a moment.");
    try {
      return await rewindToKnown(sql, lock.fence);
    } finally {
      await releaseLock(sql, network);
    }
  } catch (error) {
    throw asWalletError(error);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Takes back what code wrote that did not know the network's protocol. */
export const command: Command = {
  summary: "take back ledgers of a protocol that was not known, to be ingested again",
  description:
    "After an update: the history of every ledger from the oldest marked one on is taken back in one transaction, and the next\ningestion writes it again. Until it has caught up, the API shows the state of affairs before them. The source must still have them.",
  options: {
    "database-url": databaseUrl,
    network: liveSource.network,
    "network-passphrase": networkPassphrase,
    "data-dir": dataDirectory,
  },
  async run(args) {
    const rewound = await rewind(await findDatabase(args, "ingestDatabaseUrl"), args.environment);
    if (args.json) process.stdout.write(`${JSON.stringify(rewound)}\n`);
    else if (rewound === null) process.stdout.write("reindex: no ledger is marked; nothing to do\n");
    else process.stdout.write(`reindex: took back ledgers ${rewound.first} to ${rewound.last}; ingestion writes them again\n`);
    return ExitCode.success;
  },
};
