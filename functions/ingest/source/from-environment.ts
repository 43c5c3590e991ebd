import { networkFrom } from "../../shared/config.ts";
import { WalletError } from "../../shared/errors.ts";
import { LedgerReader } from "../ledger/ledger-reader.ts";
import { fallbackSource } from "./fallback.ts";
import { fileSource } from "./file.ts";
import { lakeSource } from "./lake.ts";
import type { LedgerSource } from "./ledger-source.ts";
import { rpcSource } from "./rpc.ts";
import { s3Location } from "./s3-location.ts";
import { s3Store, type AwsCredentials } from "./s3-store.ts";
import type { Report } from "./source-report.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Lambda's names; the values may be exchanged while the process lives. */
function credentialsFrom(environment: Environment): AwsCredentials | null {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = environment;
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined } : null;
}

/**
 * The ledger source that the environment names, null when it names none.
 * LEDGERS: a directory; wins over all others. RPC_URL: a Stellar RPC server. DATASTORE_BUCKET_PATH (`bucket/prefix`), with
 * DATASTORE_REGION and DATASTORE_ENDPOINT_URL: a data lake. RPC_URL and DATASTORE_BUCKET_PATH: RPC within its window, the lake
 * beyond and as a stand-in. NETWORK, NETWORK_PASSPHRASE: as in `networkFrom`.
 * @param report is told of retries and switches
 * @throws WalletError CONFIG_INVALID
 */
export function findSource(environment: Environment, report?: Report): LedgerSource | null {
  const passphrase = networkFrom(environment).networkPassphrase;
  const { LEDGERS, RPC_URL, DATASTORE_BUCKET_PATH, DATASTORE_REGION, DATASTORE_ENDPOINT_URL } = environment;
  if (LEDGERS) return fileSource(LEDGERS, { passphrase });
  // One for both sources, so that they use the same buffers and the same addresses.
  const reader = new LedgerReader();
  const near = RPC_URL ? rpcSource({ url: RPC_URL, passphrase, reader, report }) : null;
  if (!DATASTORE_BUCKET_PATH) return near;
  const location = s3Location(DATASTORE_BUCKET_PATH, DATASTORE_REGION || undefined, DATASTORE_ENDPOINT_URL || undefined);
  // A server of one's own is seldom public; the lakes on AWS are.
  const signFirst = !/\.amazonaws\.com(\.cn)?$/.test(new URL(location.url).hostname);
  const store = s3Store({ location, credentials: () => credentialsFrom(environment), signFirst, report });
  const far = lakeSource(store, { passphrase, reader });
  return near ? fallbackSource({ near, far, report }) : far;
}

/** As `findSource`, but there must be one. @throws WalletError CONFIG_INVALID */
export function sourceFromEnvironment(environment: Environment, report?: Report): LedgerSource {
  const source = findSource(environment, report);
  if (source) return source;
  throw new WalletError(
    "CONFIG_INVALID",
    "No ledger source is set. Set RPC_URL to a Stellar RPC server, DATASTORE_BUCKET_PATH to a data lake (bucket/prefix), or LEDGERS to a directory with ledger files.",
  );
}
