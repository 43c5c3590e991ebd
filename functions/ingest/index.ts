import { networkFrom } from "../shared/config.ts";
import { WalletError } from "../shared/errors.ts";
import { createIngestHandler, type IngestHandler } from "./handler.ts";
import { fileSource } from "./source/file.ts";
import type { LedgerSource } from "./source/ledger-source.ts";

/** The ledger source that the environment names. */
function sourceFrom(environment: NodeJS.ProcessEnv): LedgerSource {
  const { LEDGERS: directory } = environment;
  if (!directory) throw new WalletError("CONFIG_INVALID", "LEDGERS is not set. Set it to a directory with ledger files.");
  return fileSource(directory, { passphrase: networkFrom(environment).networkPassphrase });
}

/** The Lambda: one invocation of ingestion. */
export const handler: IngestHandler = createIngestHandler(process.env, sourceFrom(process.env));
