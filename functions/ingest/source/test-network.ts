import { NETWORK_PASSPHRASES } from "../../shared/network.ts";
import { WalletError } from "../../shared/errors.ts";
import type { SourceSettings } from "../environment.ts";
import { lakeSource } from "./lake.ts";
import { s3Location } from "./s3-location.ts";
import { s3Store } from "./s3-store.ts";

/** The network on which a protocol runs weeks before the public one. */
export interface TestNetwork {
  /** For logs. */
  name: string;
  /** The protocol of its newest ledger; null: it has none, or the signal came. @throws WalletError SOURCE_UNAVAILABLE and others of a lake */
  protocol(signal: AbortSignal): Promise<number | null>;
}

/** The public lake, at an address that has IPv6 too: a deployment may have no IPv4. */
const PUBLIC_LAKE = "https://s3.dualstack.us-east-2.amazonaws.com/aws-public-blockchain/v1.1/stellar/ledgers/testnet";

/**
 * The test network that the settings name: by default the public one where the public network is read live.
 * @returns null for none
 * @throws WalletError CONFIG_INVALID
 */
export function findTestNetwork(settings: SourceSettings): TestNetwork | null {
  const { ledgers, rpcUrl, datastoreBucketPath, networkPassphrase } = settings;
  const isLive = !ledgers && (rpcUrl ?? datastoreBucketPath) !== undefined && networkPassphrase === NETWORK_PASSPHRASES.pubnet;
  const url = settings.testnetLakeUrl ?? (isLive ? PUBLIC_LAKE : "none");
  if (url === "none") return null;
  if (!/^https?:\/\/[^\s@/]+\/[^\s]+$/.test(url) || !URL.canParse(url))
    throw new WalletError("CONFIG_INVALID", "TESTNET_LAKE_URL is no URL of a lake. Set it to https://SERVER/BUCKET/PREFIX, or none.");
  const { origin, pathname } = new URL(url);
  // Two quick tries: there is another day.
  const store = s3Store({ location: s3Location(pathname.slice(1), undefined, origin), attempts: 2, timeoutMs: 4_000 });
  return { name: store.name, protocol: (signal) => newestProtocol(lakeSource(store, {}), signal) };
}

async function newestProtocol(lake: ReturnType<typeof lakeSource>, signal: AbortSignal): Promise<number | null> {
  try {
    for await (const { ledger } of lake.open(null, signal, { follow: false })) {
      ledger.close();
      return ledger.protocolVersion;
    }
    return null;
  } catch (error) {
    // Not even readable: that is what was asked for.
    if (error instanceof WalletError && error.code === "PROTOCOL_UNSUPPORTED" && typeof error.details.protocol === "number")
      return error.details.protocol;
    throw error;
  }
}
