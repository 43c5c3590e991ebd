import type { OpenedLedger } from "./opened-ledger.ts";

/** How a source behaves at the newest ledger. */
export interface OpenOptions {
  /** True (default): wait for the next ledger until the signal aborts. False: end there. */
  follow?: boolean;
}

/** Where ledgers come from. */
export interface LedgerSource {
  /** For logs, e.g. `file:/data/ledgers`. Never carries a secret. */
  readonly name: string;
  /**
   * The ledger that `open(null)` begins with: the oldest of a collection that was put together on purpose (files, the sandbox),
   * the latest of a live network, whose past has no end.
   */
  readonly beginsAt: "oldest" | "latest";
  /** Of a source made of several: the name of the one in use now. */
  readonly inUse?: string;
  /**
   * Ledgers in ascending order without a gap.
   * @param from the first ledger wanted; null: where the source begins (`beginsAt`)
   * @param signal ends the iteration quietly, also in the middle of waiting for a ledger
   * @throws WalletError SOURCE_UNAVAILABLE, LEDGER_GAP, LEDGER_UNREADABLE or LEDGER_CORRUPT (a UnopenedLedgerError where it is the
   * ledger itself), after every ledger before the bad one has been given
   */
  open(from: number | null, signal: AbortSignal, options?: OpenOptions): AsyncIterable<OpenedLedger>;
  /** The newest ledger that the source has now, null when it has none. @throws WalletError SOURCE_UNAVAILABLE */
  latest?(signal?: AbortSignal): Promise<number | null>;
}
