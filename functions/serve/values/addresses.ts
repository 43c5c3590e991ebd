import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";

const LIMIT = 20_000;
const textByHex = new Map<string, string>();

/** An address column (`\x…`, version byte and payload) as strkey. Remembered: encoding costs more than the lookup. */
export function addressText(column: string): string {
  const known = textByHex.get(column);
  if (known !== undefined) return known;
  if (textByHex.size >= LIMIT) textByHex.clear();
  const text = encodeStrkey(Buffer.from(column.slice(2), "hex"));
  textByHex.set(column, text);
  return text;
}

/** An address as the database knows it. */
export interface AccountKey {
  /** The strkey. */
  readonly text: string;
  /** The `account_id` column's text form, `\x` and 66 hex digits. */
  readonly column: string;
  /** The `account_key` column: the first 8 bytes of the 32-byte key, signed and big-endian. */
  readonly key: string;
  /** A contract (`C…`), not an account. */
  readonly isContract: boolean;
}

/** The account of a `G…` or `C…` strkey; null for anything else. */
export function accountOf(text: string): AccountKey | null {
  if (text.length !== 56) return null;
  const bytes = decodeStrkey(text);
  if (bytes === null || bytes.length !== 33) return null;
  if (bytes[0] !== StrkeyVersion.account && bytes[0] !== StrkeyVersion.contract) return null;
  return accountKey(text, bytes);
}

/** The account of an address column. */
export function accountOfColumn(column: string): AccountKey {
  return accountKey(addressText(column), Buffer.from(column.slice(2), "hex"));
}

function accountKey(text: string, bytes: Uint8Array): AccountKey {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    text,
    column: `\\x${buffer.toString("hex")}`,
    key: buffer.readBigInt64BE(1).toString(),
    isContract: bytes[0] === StrkeyVersion.contract,
  };
}

/** Is the account among the participants of a fat row? `accounts` is the text form of a `bytea[]`. */
export function isParticipant(account: AccountKey, accounts: string): boolean {
  return accounts.includes(`x${account.column.slice(2)}"`);
}

/** The participants of a fat row, ascending by stored bytes (D9). */
export function participants(accounts: string): string[] {
  return (accounts.match(/[0-9a-f]{4,}/g) ?? []).map((hex) => `\\x${hex}`).sort();
}
