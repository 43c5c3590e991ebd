import { WalletError } from "../../shared/errors.ts";
import { NEWEST_PROTOCOL, unsupported } from "./protocol.ts";
import { provenHeader } from "./proven-header.ts";
import { XdrError } from "../../shared/xdr/words.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import { skipLedgerCloseMeta } from "../../shared/xdr/xdr.generated.ts";

/** Arms of LedgerCloseMeta that are known. */
const KNOWN_FORMS = [0, 1, 2];

/**
 * The error for bytes that are no valid ledger to the strict reader: newer than this version, or damaged. Only a header that has its
 * own hash is believed.
 *
 * In a ledger of a protocol that is known, an arm that is not known means damage: nothing covers the meta with a hash, one flipped bit
 * makes TransactionMeta V5 of V4, and another source can give the ledger whole. Two things say otherwise: a LedgerCloseMeta of a form that
 * is not known, which reads as none of those that are (a flipped arm would); and two sources that give the same arm (fallback.ts).
 */
export function unreadableLedger(bytes: Uint8Array, error: XdrError): WalletError {
  const header = provenHeader(bytes, NEWEST_PROTOCOL);
  const details = { type: error.type, offset: error.offset };
  if (header !== null) {
    const { protocolVersion: protocol } = header;
    const why = `${error.type} at byte ${error.offset} cannot be read.`;
    if (protocol > NEWEST_PROTOCOL) return unsupported(`The ledger is of protocol ${protocol}`, why, { ...details, protocol }, error);
    if (isOfUnknownForm(bytes)) return unsupported("The ledger has a form", why, { ...details, protocol }, error);
  }
  const found = header === null || error.offset + 4 > bytes.length ? null : wordAt(bytes, error.offset);
  return new WalletError(
    "LEDGER_CORRUPT",
    `The bytes are no valid ledger: ${error.message}. Fetch the ledger again${header === null ? "" : "; if every copy of it says so, it is newer than this version: update"}.`,
    { ...details, found },
    { cause: error },
  );
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset);
}

/** Has the ledger an arm that is not known, and can it be read as none that is? */
function isOfUnknownForm(bytes: Uint8Array): boolean {
  const x = wordsOf(bytes.subarray(0, bytes.length & ~3));
  if (KNOWN_FORMS.includes(x[0]!)) return false;
  return KNOWN_FORMS.every((form) => {
    x[0] = form;
    try {
      return skipLedgerCloseMeta(x, 0) !== x.length;
    } catch (error) {
      if (!(error instanceof XdrError)) throw error;
      return true;
    }
  });
}
