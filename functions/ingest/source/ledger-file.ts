import { WalletError } from "../../shared/errors.ts";
import type { LedgerReader } from "../ledger/ledger-reader.ts";
import { XdrError } from "../../shared/xdr/words.ts";
import { ledgerFrames, peekSequence } from "./ledger-frames.ts";
import { openFrom, originOf, type OpenedLedger, type OpenRequirements } from "./opened-ledger.ts";

/** The error for a file or object that cannot be read or decompressed. */
export function unreadable(path: string, ledger: number | null, cause: unknown): WalletError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  // The system refused the file; what is damaged in it, it does not know.
  const isRefused = cause instanceof Error && "syscall" in cause;
  return new WalletError(
    "LEDGER_UNREADABLE",
    `${originOf(path, ledger)} cannot be read: ${reason}. ${isRefused ? "Check the path and who may read it." : "Fetch the file again."}`,
    { file: path, ledger },
    { cause },
  );
}

/** The error for a file that holds its ledgers in no form that is known; any other error stays as it is. */
function corrupt(path: string, ledger: number | null, error: unknown): unknown {
  if (!(error instanceof XdrError)) return error;
  return new WalletError(
    "LEDGER_CORRUPT",
    `${originOf(path, ledger)}: ${error.message}. Fetch the file again.`,
    { file: path, ledger, offset: error.offset },
    { cause: error },
  );
}

/** An uncompressed ledger file or object, and what is expected of it. */
export interface LedgerFileContent extends OpenRequirements {
  /** Names it in errors. */
  path: string;
  /** A bare ledger, a framed stream or a lake's batch. */
  bytes: Uint8Array;
  /** The ledgers that its name promises; nulls: none. */
  promised: { first: number | null; last: number | null };
  /** The ledger that should come first, for errors. */
  expected: number | null;
  /** Ledgers before it are left out, and are not opened; null: all are wanted. */
  from: number | null;
}

/**
 * The ledgers of a file or object, opened, in its order.
 * @throws UnopenedLedgerError; WalletError LEDGER_CORRUPT where the file is wrong and not a ledger in it
 */
export function* ledgersOf(
  reader: LedgerReader,
  { path, bytes, promised, expected, from, trueHash }: LedgerFileContent,
): Generator<OpenedLedger> {
  let at = expected;
  try {
    const { range, frames } = ledgerFrames(bytes);
    let claimed = range?.first ?? null;
    for (const frame of frames) {
      let sequence = claimed ?? (from === null ? null : peekedSequence(frame));
      if (sequence !== null && from !== null && sequence < from) requirePromised(path, promised, sequence);
      else {
        const opened = openFrom(reader, frame, path, sequence ?? at, { trueHash });
        ({ sequence } = opened.ledger);
        if (claimed !== null && sequence !== claimed)
          throw new XdrError(`LedgerCloseMetaBatch with ledger ${sequence} in the place of ${claimed}`, 0);
        requirePromised(path, promised, sequence);
        yield opened;
      }
      at = sequence + 1;
      if (claimed !== null) claimed++;
    }
  } catch (error) {
    throw corrupt(path, at, error);
  }
}

/** The sequence of the newest ledger in a file, null when it has none; opens none. @throws WalletError LEDGER_CORRUPT */
export function newestLedgerOf(path: string, bytes: Uint8Array): number | null {
  let newest: number | null = null;
  try {
    for (const frame of ledgerFrames(bytes).frames) newest = peekSequence(frame);
  } catch (error) {
    throw corrupt(path, newest, error);
  }
  return newest;
}

/** The sequence that a ledger's header names, null when it cannot be read. */
function peekedSequence(bytes: Uint8Array): number | null {
  try {
    return peekSequence(bytes);
  } catch {
    // Whoever opens the ledger tells what is wrong with it.
    return null;
  }
}

/** Requires that a file or object holds only ledgers that its name promises. @throws WalletError LEDGER_CORRUPT */
function requirePromised(path: string, { first, last }: LedgerFileContent["promised"], sequence: number): void {
  if (last === null || first === null || (sequence >= first && sequence <= last)) return;
  throw new WalletError("LEDGER_CORRUPT", `${path} holds ledger ${sequence}, which its name does not promise. Fetch the file again.`, {
    file: path,
    ledger: sequence,
  });
}
