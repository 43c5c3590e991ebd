import { WalletError } from "../../shared/errors.ts";
import { XdrError } from "../ledger/words.ts";
import { ledgerFrames, peekSequence } from "./ledger-frames.ts";
import type { RawLedger } from "./ledger-source.ts";

function named(path: string, ledger: number | null): string {
  return ledger === null ? path : `${path}, ledger ${ledger}`;
}

/** The error for a file or object that cannot be read or decompressed. */
export function unreadable(path: string, ledger: number | null, cause: unknown): WalletError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  // The system refused the file; what is damaged in it, it does not know.
  const isRefused = cause instanceof Error && "syscall" in cause;
  return new WalletError(
    "LEDGER_UNREADABLE",
    `${named(path, ledger)} cannot be read: ${reason}. ${isRefused ? "Check the path and who may read it." : "Fetch the file again."}`,
    { file: path, ledger },
    { cause },
  );
}

/** The error for a ledger whose bytes are no XDR ledger; any other error stays as it is. */
export function corrupt(path: string, ledger: number | null, error: unknown): unknown {
  if (!(error instanceof XdrError)) return error;
  return new WalletError(
    "LEDGER_CORRUPT",
    `${named(path, ledger)}: ${error.message}. Fetch the file again.`,
    { file: path, ledger, offset: error.offset },
    { cause: error },
  );
}

/**
 * The ledgers of an uncompressed file or object (bare, framed or a lake's batch), in its order.
 * @param path names it in errors
 * @param expected the ledger that should come first, for errors
 * @throws WalletError LEDGER_CORRUPT
 */
export function* ledgersOf(path: string, bytes: Uint8Array, expected: number | null): Generator<RawLedger> {
  let at = expected;
  try {
    const { range, frames } = ledgerFrames(bytes);
    if (range && expected === null) at = range.first;
    let claimed = range?.first ?? null;
    for (const frame of frames) {
      const sequence = peekSequence(frame);
      if (claimed !== null && sequence !== claimed++)
        throw new XdrError(`LedgerCloseMetaBatch with ledger ${sequence} in the place of ${claimed - 1}`, 0);
      yield { bytes: frame, sequence, origin: named(path, sequence) };
      at = sequence + 1;
    }
  } catch (error) {
    throw corrupt(path, at, error);
  }
}

/**
 * Requires that a file or object holds only ledgers that its name promises.
 * @param promised nulls: its name promises nothing
 * @throws WalletError LEDGER_CORRUPT
 */
export function requireNamedRange(path: string, promised: { first: number | null; last: number | null }, sequence: number): void {
  const { first, last } = promised;
  if (last === null || first === null || (sequence >= first && sequence <= last)) return;
  throw new WalletError("LEDGER_CORRUPT", `${path} holds ledger ${sequence}, which its name does not promise. Fetch the file again.`, {
    file: path,
    ledger: sequence,
  });
}
