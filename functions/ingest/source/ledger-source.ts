import { WalletError } from "../../shared/errors.ts";

/** One ledger as a source hands it over, not checked yet. */
export interface RawLedger {
  /** One XDR `LedgerCloseMeta`. */
  bytes: Uint8Array;
  /** The sequence that its header names. */
  sequence: number;
  /** Where it came from, for errors: file (or URL) and ledger. */
  origin: string;
}

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
   * @throws WalletError SOURCE_UNAVAILABLE, LEDGER_GAP, LEDGER_UNREADABLE or LEDGER_CORRUPT, after every ledger before the bad one has been given
   */
  open(from: number | null, signal: AbortSignal, options?: OpenOptions): AsyncIterable<RawLedger>;
  /** The newest ledger that the source has now, null when it has none. @throws WalletError SOURCE_UNAVAILABLE */
  latest?(signal?: AbortSignal): Promise<number | null>;
}

/** The same error, naming where its ledger came from; anything that is no WalletError stays as it is. */
export function withOrigin(error: unknown, origin: string): unknown {
  if (!(error instanceof WalletError) || "origin" in error.details) return error;
  return new WalletError(error.code, `${origin}: ${error.message}`, { ...error.details, origin }, { cause: error });
}
