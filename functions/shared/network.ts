import { WalletError } from "./errors.ts";

/** Passphrases of the public networks. */
export const NETWORK_PASSPHRASES = {
  pubnet: "Public Global Stellar Network ; September 2015",
  testnet: "Test SDF Network ; September 2015",
  futurenet: "Test SDF Future Network ; October 2022",
} as const;

/** A Stellar network. */
export interface Network {
  /** Names the advisory lock: `pubnet`, `testnet`, `futurenet`, `custom` or a name of the operator's own. */
  network: string;
  networkPassphrase: string;
}

function invalid(message: string): never {
  throw new WalletError("CONFIG_INVALID", message);
}

/**
 * The network that NETWORK (a public one) or NETWORK_PASSPHRASE (any) names; without both the test network.
 * @throws WalletError CONFIG_INVALID when the two contradict each other, or NETWORK is unknown and has no passphrase
 */
export function resolveNetwork(settings: Readonly<Partial<Record<keyof Network, string | undefined>>>): Network {
  const { network, networkPassphrase: passphrase } = settings;
  if (network) {
    const known = Object.entries(NETWORK_PASSPHRASES).find(([name]) => name === network)?.[1];
    if (!known && !passphrase) invalid(`NETWORK is ${network}. Set it to pubnet, testnet or futurenet, or set NETWORK_PASSPHRASE as well.`);
    if (known && passphrase && known !== passphrase)
      invalid(`NETWORK is ${network}, but NETWORK_PASSPHRASE belongs to another network. Set only one of them.`);
    return { network, networkPassphrase: passphrase ?? known! };
  }
  const networkPassphrase = passphrase ?? NETWORK_PASSPHRASES.testnet;
  const named = Object.entries(NETWORK_PASSPHRASES).find(([, known]) => known === networkPassphrase)?.[0];
  return { network: named ?? "custom", networkPassphrase };
}
