import { readLakeConfig } from "../../functions/ingest/source/ledger-directory.ts";
import { NETWORK_VARIABLES, readNetworkEnvironment } from "../../functions/shared/environment.ts";
import { readVariables } from "../../functions/shared/variables.ts";
import { PUBNET_PASSPHRASE } from "../cli/options.ts";

/** Does NETWORK or NETWORK_PASSPHRASE name a network? */
export function namesNetwork(environment: NodeJS.ProcessEnv): boolean {
  const { network, networkPassphrase } = readVariables(NETWORK_VARIABLES, environment);
  return network !== undefined || networkPassphrase !== undefined;
}

/**
 * The network of the ledgers in a directory: what NETWORK or NETWORK_PASSPHRASE say, else what the data lake says of itself,
 * else pubnet.
 * @returns its passphrase
 */
export async function directoryNetwork(directory: string, environment: NodeJS.ProcessEnv): Promise<string> {
  if (namesNetwork(environment)) return readNetworkEnvironment(environment).networkPassphrase;
  return (await readLakeConfig(directory))?.networkPassphrase ?? PUBNET_PASSPHRASE;
}
