import { byteaBytes, byteaText } from "../../shared/columns/bytea.ts";
import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";

const LIMIT = 20_000;
const textByHex = new Map<string, string>();

/** The text of an address column as strkey. Remembered: encoding costs more than the look-up. */
export function addressText(column: string): string {
  const known = textByHex.get(column);
  if (known !== undefined) return known;
  if (textByHex.size >= LIMIT) textByHex.clear();
  const text = encodeStrkey(byteaBytes(column));
  textByHex.set(column, text);
  return text;
}

/** An address as the database knows it. */
export interface AccountKey {
  /** The strkey. */
  readonly text: string;
  /** The text of an address column. */
  readonly column: string;
  /** Version byte and payload. */
  readonly bytes: Uint8Array;
  /** A contract (`C…`), not an account. */
  readonly isContract: boolean;
}

/** The account of a `G…` or `C…` strkey, or of an `M…` one, which stands for its account (SEP-23); null for anything else. */
export function accountOf(text: string): AccountKey | null {
  if (text.length !== 56 && text.length !== MUXED_LENGTH) return null;
  const bytes = decodeStrkey(text);
  if (bytes === null) return null;
  if (bytes[0] === StrkeyVersion.muxedAccount) return text.length === MUXED_LENGTH ? mainAccount(bytes) : null;
  if (bytes.length !== 33) return null;
  if (bytes[0] !== StrkeyVersion.account && bytes[0] !== StrkeyVersion.contract) return null;
  return accountKey(text, bytes);
}

/** Characters of an `M…`: version byte, key, id and checksum. */
const MUXED_LENGTH = 69;

/** The account of a muxed address. */
function mainAccount(muxed: Uint8Array): AccountKey {
  const bytes = muxed.slice(0, 33);
  bytes[0] = StrkeyVersion.account;
  return accountKey(encodeStrkey(bytes), bytes);
}

/** Whoever may hold a balance: as `accountOf`, and the liquidity pool of an `L…` or the claimable balance of a `B…` strkey. */
export function partyOf(text: string): AccountKey | null {
  if (text.length !== 56 && text.length !== 58) return accountOf(text);
  const bytes = decodeStrkey(text);
  if (bytes === null) return null;
  const isPool = bytes[0] === StrkeyVersion.liquidityPool && bytes.length === 33;
  const isClaimableBalance = bytes[0] === StrkeyVersion.claimableBalance && bytes.length === 34;
  return isPool || isClaimableBalance ? accountKey(text, bytes) : accountOf(text);
}

/** The account of an address column. */
export function accountOfColumn(column: string): AccountKey {
  return accountKey(addressText(column), byteaBytes(column));
}

function accountKey(text: string, bytes: Uint8Array): AccountKey {
  return { text, column: byteaText(bytes), bytes, isContract: bytes[0] === StrkeyVersion.contract };
}
