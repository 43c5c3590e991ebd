import { WalletError } from "../../shared/errors.ts";
import type { LedgerReader } from "../ledger/ledger-reader.ts";
import { hasTrueHash, wrongHash, type Ledger } from "../ledger/ledger.ts";
import { tooLarge } from "./ledger-size.ts";
import { UnopenedLedgerError } from "./unopened-ledger-error.ts";

/** One ledger as a source hands it over: opened, and for the receiver to close once it is indexed. */
export interface OpenedLedger {
  ledger: Ledger;
  /** One XDR `LedgerCloseMeta`. */
  bytes: Uint8Array;
  /** Where it came from, for errors: file (or URL) and ledger. */
  origin: string;
  /** Milliseconds that opening it took. */
  openMs: number;
}

/** @param where file, object or server */
export function originOf(where: string, ledger: number | null): string {
  return ledger === null ? where : `${where}, ledger ${ledger}`;
}

/** What a ledger must be, beyond XDR that is valid to its last byte. */
export interface OpenRequirements {
  /**
   * Refuse a ledger whose hash is not that of its header: the strict reader finds bytes that are missing or too many, not a wrong
   * bit in a number. Every ledger of a network has a true hash; hand-made ones, which are only looked at, may have none.
   */
  trueHash: boolean;
}

/**
 * Opens a ledger that a source gives.
 * @param where file, object or server
 * @param expected the sequence that it should have, null when any will do
 * @throws UnopenedLedgerError; WalletError LEDGER_TOO_LARGE
 */
export function openFrom(
  reader: LedgerReader,
  bytes: Uint8Array,
  where: string,
  expected: number | null,
  { trueHash }: OpenRequirements,
): OpenedLedger {
  if (bytes.length > reader.maxBytes) throw tooLarge(originOf(where, expected), expected, bytes.length, reader.maxBytes);
  const started = performance.now();
  let ledger: Ledger | null = null;
  try {
    ledger = reader.open(bytes);
    if (ledger.sequence < 1) throw new WalletError("LEDGER_CORRUPT", "A ledger has the sequence 0. Fetch the ledger again.");
    if (trueHash && !hasTrueHash(ledger)) throw wrongHash(ledger.sequence);
  } catch (error) {
    ledger?.close();
    if (!(error instanceof WalletError)) throw error;
    const origin = originOf(where, expected);
    const details = { ...error.details, ledger: expected, origin };
    throw new UnopenedLedgerError(error.code, bytes, expected, `${origin}: ${error.message}`, details, { cause: error });
  }
  return { ledger, bytes, origin: originOf(where, ledger.sequence), openMs: performance.now() - started };
}

/** The same error, naming ledger and origin; anything that is no WalletError stays as it is. */
export function withOrigin(error: unknown, { ledger, origin }: OpenedLedger): unknown {
  if (!(error instanceof WalletError)) return error;
  const details = { ...error.details, ledger: ledger.sequence, origin };
  return new WalletError(error.code, `${origin}: ${error.message}`, details, { cause: error });
}
