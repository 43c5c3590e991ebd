import { INGEST_VARIABLES, SOURCE_VARIABLES } from "../../functions/ingest/environment.ts";
import { NETWORK_PASSPHRASES } from "../../functions/shared/network.ts";
import type { OptionName } from "../../functions/shared/variables.ts";
import type { Option } from "./command.ts";

/** The passphrase of ledgers whose network nothing names. */
export const PUBNET_PASSPHRASE = NETWORK_PASSPHRASES.pubnet;

export const databaseUrl: Option = { type: "string", value: "URL", help: "PostgreSQL or TimescaleDB, e.g. postgres://user@host/name" };

export const networkPassphrase: Option = {
  type: "string",
  value: "TEXT",
  help: "passphrase of the ledgers' network (default: that of --network, else what a directory's data lake says)",
};

export const ledgers: Option = {
  type: "string",
  value: "DIR",
  help: "read ledgers from a directory: a data lake (.config.json) or .xdr, .xdr.gz, .xdr.zst files",
};

export const closeSeconds: Option = { type: "string", value: "N", help: "seconds between two ledgers of a new sandbox", default: "5" };

export const dataDirectory: Option = {
  type: "string",
  value: "DIR",
  help: "where embedded databases and sandboxes live",
  default: ".wallet",
};

export const port: Option = { type: "string", value: "N", help: "TCP port of the API; 0: any free one", default: "8001" };

export const listen: Option = { type: "string", value: "ADDRESS", help: "address that the API listens on", default: "127.0.0.1" };

/** Options that name a live network. */
export const liveSource = {
  "rpc-url": { type: "string", value: "URL", help: "read ledgers from a Stellar RPC server" },
  "datastore-bucket-path": {
    type: "string",
    value: "BUCKET/PREFIX",
    help: "read ledgers from a data lake in S3; with --rpc-url: those that RPC does not keep",
  },
  "datastore-region": {
    type: "string",
    value: "REGION",
    help: `region of the bucket (default: ${SOURCE_VARIABLES.DATASTORE_REGION.default}, where the public lakes are)`,
  },
  "datastore-endpoint-url": { type: "string", value: "URL", help: "another S3 server than AWS; {bucket} in it stands for the bucket" },
  network: {
    type: "string",
    value: "NAME",
    help: "pubnet, testnet or futurenet (default: testnet, or the network of the ledgers' directory)",
  },
} satisfies Partial<Record<OptionName<keyof typeof SOURCE_VARIABLES>, Option>>;

export const startLedger: Option = {
  type: "string",
  value: "N",
  help: "first ledger of an empty database (default, and 0: the oldest of a directory, the latest of a live network)",
};

export const ingestTailSeconds: Option = {
  type: "string",
  value: "N",
  help: "follow the tip until so long after the start; 0: drain and exit",
  default: String(INGEST_VARIABLES.INGEST_TAIL_SECONDS.default),
};
