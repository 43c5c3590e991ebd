import { WalletError } from "../../shared/errors.ts";
import type { SourceSettings } from "../environment.ts";
import { fallbackSource } from "./fallback.ts";
import { fileSource } from "./file.ts";
import { lakeSource } from "./lake.ts";
import { boundedReader } from "./ledger-size.ts";
import type { LedgerSource } from "./ledger-source.ts";
import { rpcSource } from "./rpc.ts";
import { s3Location } from "./s3-location.ts";
import { s3Store } from "./s3-store.ts";
import type { Report } from "./source-report.ts";

/**
 * The ledger source that the settings name, null when they name none: LEDGERS wins over all others; with RPC_URL and
 * DATASTORE_BUCKET_PATH it is RPC within its window, the lake beyond and as a stand-in.
 * @param report is told of retries and switches
 * @throws WalletError CONFIG_INVALID
 */
export function findSource(settings: SourceSettings, report?: Report): LedgerSource | null {
  const { networkPassphrase: passphrase, ledgers, rpcUrl, datastoreBucketPath, aws } = settings;
  // One for all sources, so that they use the same buffers and the same addresses.
  const reader = boundedReader(settings.maxLedgerMegabytes);
  if (ledgers) return fileSource(ledgers, { passphrase, reader });
  const near = rpcUrl ? rpcSource({ url: rpcUrl, passphrase, reader, report }) : null;
  if (!datastoreBucketPath) return near;
  const location = s3Location(datastoreBucketPath, settings.datastoreRegion, settings.datastoreEndpointUrl);
  // A server of one's own is seldom public; the lakes on AWS are.
  const signFirst = !/\.amazonaws\.com(\.cn)?$/.test(new URL(location.url).hostname);
  const store = s3Store({ location, credentials: () => aws.credentials(), signFirst, report });
  const far = lakeSource(store, { passphrase, reader });
  return near ? fallbackSource({ near, far, report }) : far;
}

/** As `findSource`, but there must be one. @throws WalletError CONFIG_INVALID */
export function requireSource(settings: SourceSettings, report?: Report): LedgerSource {
  const source = findSource(settings, report);
  if (source) return source;
  throw new WalletError(
    "CONFIG_INVALID",
    "No ledger source is set. Set RPC_URL to a Stellar RPC server, DATASTORE_BUCKET_PATH to a data lake (bucket/prefix), or LEDGERS to a directory with ledger files.",
  );
}
