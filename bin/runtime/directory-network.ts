import { networkFrom } from "../../functions/shared/config.ts";
import { readLakeConfig } from "../../functions/ingest/source/ledger-directory.ts";
import { PUBNET_PASSPHRASE } from "../cli/options.ts";

/**
 * The network of the ledgers in a directory: what NETWORK or NETWORK_PASSPHRASE say, else what the data lake says of itself,
 * else pubnet.
 * @returns its passphrase
 */
export async function directoryNetwork(directory: string, environment: NodeJS.ProcessEnv): Promise<string> {
  if (environment.NETWORK || environment.NETWORK_PASSPHRASE) return networkFrom(environment).networkPassphrase;
  return (await readLakeConfig(directory))?.networkPassphrase ?? PUBNET_PASSPHRASE;
}
