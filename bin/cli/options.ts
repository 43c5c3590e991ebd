import type { Option } from "./command.ts";

/** The passphrase of ledgers whose network nothing names. */
export const PUBNET_PASSPHRASE = "Public Global Stellar Network ; September 2015";

export const databaseUrl: Option = { type: "string", value: "URL", help: "PostgreSQL or TimescaleDB, e.g. postgres://user@host/name" };

export const networkPassphrase: Option = {
  type: "string",
  value: "TEXT",
  help: "passphrase of the ledgers' network (default: what the data lake says, else the public network's)",
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
