import { WalletError } from "../../shared/errors.ts";
import { SOURCE_VARIABLES } from "../environment.ts";
import { LedgerReader } from "../ledger/ledger-reader.ts";
import { ResponseTooLongError } from "./http-request.ts";

const MEGABYTE = 1024 * 1024;
/** A file or object of many ledgers may be as large as so many of the largest. */
const LARGEST_IN_A_FILE = 4;
/** Where no limit is set: beyond it, a file is in no way a ledger's. */
const MAX_FILE_BYTES = 512 * MEGABYTE;

/** Opens ledgers of at most so many megabytes; by default as MAX_LEDGER_MEGABYTES is without being set. */
export function boundedReader(megabytes: number = SOURCE_VARIABLES.MAX_LEDGER_MEGABYTES.default): LedgerReader {
  return new LedgerReader(megabytes * MEGABYTE);
}

/** The most bytes that a file or object is read of, uncompressed or not. @param ledgers how many are in it; null: unknown */
export function fileLimit({ maxBytes }: LedgerReader, ledgers: number | null): number {
  return Math.min(MAX_FILE_BYTES, maxBytes * Math.min(ledgers ?? LARGEST_IN_A_FILE, LARGEST_IN_A_FILE));
}

/** Was reading ended at a limit of bytes, by zlib or by `httpRequest`? */
export function isTooLong(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof ResponseTooLongError || ("code" in at && at.code === "ERR_BUFFER_TOO_LARGE")) return true;
  return false;
}

/**
 * The error for a ledger, or a file or object of ledgers, that is larger than what is read.
 * @param origin names it
 * @param bytes its size; null: unknown, since reading ended at the limit
 */
export function tooLarge(origin: string, ledger: number | null, bytes: number | null, limit: number, cause?: unknown): WalletError {
  const size = bytes === null ? `has more than ${limit} bytes` : `has ${bytes} bytes, more than ${limit}`;
  return new WalletError(
    "LEDGER_TOO_LARGE",
    `${origin} ${size}, the most that is read. If it is damaged, fetch it again; if the network does make such ledgers, raise MAX_LEDGER_MEGABYTES, and the function's memory with it.`,
    { ledger, bytes, limit },
    { cause },
  );
}
