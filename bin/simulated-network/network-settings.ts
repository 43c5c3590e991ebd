import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WalletError } from "../../functions/shared/errors.ts";

/** What makes a simulated network the same one after a restart. */
interface NetworkSettings {
  passphrase: string;
  seed: string;
  startLedger: number;
  /** Close time of the first ledger, seconds since 1970 UTC. */
  startedAt: number;
  closeSeconds: number;
}

const PASSPHRASE = "Stellar Wallet Sandbox ; 2026";

/** A new network begins with so many closed ledgers, so that there is something to see at once. */
const HEAD_START = 60;

function isSettings(value: unknown): value is NetworkSettings {
  if (typeof value !== "object" || value === null) return false;
  const { passphrase, seed, startLedger, startedAt, closeSeconds }: Partial<NetworkSettings> = value;
  return (
    typeof passphrase === "string" && typeof seed === "string" && [startLedger, startedAt, closeSeconds].every((n) => typeof n === "number")
  );
}

/** Makes a file that is whole from its beginning. @returns false when another start has made it */
function publish(file: string, text: string): boolean {
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, text);
  try {
    linkSync(partial, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(partial, { force: true });
  }
}

/**
 * The settings of the simulated network that lives in a data directory; made on first use.
 * @param closeSeconds for a new one
 * @throws WalletError CONFIG_INVALID when its file is damaged
 */
export function networkSettings(directory: string, closeSeconds: number): NetworkSettings {
  const file = join(directory, "sandbox.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const startedAt = Math.floor(Date.now() / 1000) - HEAD_START * closeSeconds;
    const settings = { passphrase: PASSPHRASE, seed: "sandbox", startLedger: 2, startedAt, closeSeconds };
    mkdirSync(directory, { recursive: true });
    return publish(file, `${JSON.stringify(settings, null, 2)}\n`) ? settings : networkSettings(directory, closeSeconds);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isSettings(value)) return value;
  } catch {
    // Falls through: no JSON and other JSON are equally damaged.
  }
  throw new WalletError("CONFIG_INVALID", `${file} is damaged. Delete ${directory} to begin with a new sandbox.`, { file });
}
