import { WalletError } from "../../shared/errors.ts";
import { withTimeout } from "../../shared/timeout.ts";
import type { LedgerSource } from "../source/ledger-source.ts";

/** Bound of the look at the source, milliseconds; without an outcome nothing is said. */
const LOOK_MS = 5_000;

/** The newest ledger of a chain. */
interface Tip {
  ledger: number;
  /** Seconds since 1970. */
  closedAt: number;
}

/**
 * Tells a network that began anew (the test network is reset a few times a year) from a source that is behind: its newest ledger has a
 * lower number than ours, yet closed later. No chain that ours belongs to can have such a ledger.
 * @param cursor the newest ledger in the database
 * @throws WalletError CHAIN_BROKEN
 */
export async function requireSameChain(source: LedgerSource, cursor: Tip, signal: AbortSignal | undefined): Promise<void> {
  if (!source.latest || signal?.aborted) return;
  const looking = AbortSignal.any([AbortSignal.timeout(LOOK_MS), ...(signal ? [signal] : [])]);
  const tip = await withTimeout(LOOK_MS, "asking for the newest ledger", newestBelow(source, cursor.ledger, looking)).catch(() => null);
  if (tip === null || tip.closedAt <= cursor.closedAt) return;
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
  throw new WalletError(
    "CHAIN_BROKEN",
    `${source.name}: the newest ledger is ${tip.ledger}, closed ${at(tip.closedAt)}, but the database has ledger ${cursor.ledger}, closed ${at(cursor.closedAt)}. The network was reset, or the source is of another one: begin with an empty database, or correct the source.`,
    { ledger: cursor.ledger, found: tip.ledger },
  );
}

/** The source's newest ledger; null when it is not below ours, or the source does not give it. */
async function newestBelow(source: LedgerSource, ours: number, signal: AbortSignal): Promise<Tip | null> {
  const latest = await source.latest?.(signal);
  if (latest == null || latest >= ours) return null;
  for await (const { ledger } of source.open(latest, signal, { follow: false })) {
    try {
      return { ledger: ledger.sequence, closedAt: Number(ledger.closedAt) };
    } finally {
      ledger.close();
    }
  }
  return null;
}
