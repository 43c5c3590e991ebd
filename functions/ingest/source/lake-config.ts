import { WalletError } from "../../shared/errors.ts";
import type { LakeLayout } from "./lake-names.ts";

/** What `.config.json` of a data lake says (SEP-54). */
export interface LakeConfig {
  networkPassphrase?: string;
  compression?: string;
  ledgersPerBatch?: number;
  batchesPerPartition?: number;
}

/** Path of the manifest below the lake's root. */
export const LAKE_CONFIG = ".config.json";

/** No manifest is longer; it has a few hundred bytes. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

/** A network has a name, or the manifest names none. */
function isNamed(config: { networkPassphrase?: unknown }): boolean {
  return config.networkPassphrase === undefined || typeof config.networkPassphrase === "string";
}

/** @param where names the lake in errors @throws WalletError SOURCE_UNAVAILABLE when it is no JSON object */
export function parseLakeConfig(text: string, where: string): LakeConfig {
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === "object" && config !== null && !Array.isArray(config) && isNamed(config)) return config;
  } catch {
    // Falls through: not JSON and not an object are the same to the operator.
  }
  throw new WalletError(
    "SOURCE_UNAVAILABLE",
    `${where}/${LAKE_CONFIG} is no JSON object with the name of a network. Copy it from the data lake again.`,
    {
      lake: where,
    },
  );
}

/** @throws WalletError NETWORK_MISMATCH when lake and settings name different networks */
export function requireLakeNetwork({ networkPassphrase }: LakeConfig, passphrase: string | undefined, where: string): void {
  if (passphrase === undefined || networkPassphrase === undefined || networkPassphrase === passphrase) return;
  throw new WalletError(
    "NETWORK_MISMATCH",
    `${where} holds ledgers of "${networkPassphrase}", not of "${passphrase}". Set NETWORK_PASSPHRASE to the network of the ledgers.`,
    { lake: where },
  );
}

/** What SEP-54 demands of a manifest: nothing of it can be guessed without looking for ledgers in the wrong place. */
const DEMANDED = ["networkPassphrase", "compression", "ledgersPerBatch", "batchesPerPartition"] as const satisfies (keyof LakeConfig)[];

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 1_000_000;
}

/** Whatever a manifest has, in a few characters. */
function shown(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 40) : JSON.stringify(value).slice(0, 40);
}

/** How the lake cuts its ledgers into objects. @throws WalletError SOURCE_UNAVAILABLE for a lake that cannot be read */
export function lakeLayout(config: LakeConfig, where: string): LakeLayout {
  const missing = DEMANDED.filter((name) => config[name] === undefined);
  if (missing.length > 0) {
    throw new WalletError(
      "SOURCE_UNAVAILABLE",
      `${where}/${LAKE_CONFIG} has no ${missing.join(" and no ")}. Copy it from the data lake again, or add what is missing (SEP-54).`,
      { lake: where },
    );
  }
  const { compression, ledgersPerBatch, batchesPerPartition } = config;
  if (compression === "zstd" && isSize(ledgersPerBatch) && isSize(batchesPerPartition)) return { ledgersPerBatch, batchesPerPartition };
  throw new WalletError(
    "SOURCE_UNAVAILABLE",
    `${where}/${LAKE_CONFIG} describes a lake that cannot be read: compression ${shown(compression)}, ${shown(ledgersPerBatch)} ledgers a batch, ${shown(batchesPerPartition)} batches a partition. Use a lake with zstd and whole numbers.`,
    { lake: where },
  );
}
