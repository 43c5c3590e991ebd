import { WalletError } from "../../shared/errors.ts";

/** The newest protocol that this version indexes: what its XDR (tools/generate-xdr.ts) and its indexer were made for. */
export const NEWEST_PROTOCOL = 28;

/**
 * The error for a ledger that this version does not understand because a newer protocol, or a newer stellar-core, made it.
 * @param what names the protocol or the form that is not known, as the beginning of a sentence
 * @param why what it shows in, a sentence
 * @param details facts of the ledger; `protocol` is its header's
 */
export function unsupported(what: string, why: string, details: Record<string, string | number | null>, cause?: unknown): WalletError {
  return new WalletError(
    "PROTOCOL_UNSUPPORTED",
    `${what}, newer than this version knows: update. It knows protocols up to ${NEWEST_PROTOCOL}. ${why} Nothing of the ledger was written; a newer version goes on from here.`,
    { ...details, newestKnown: NEWEST_PROTOCOL },
    { cause },
  );
}
