import { AddressTable } from "./address-table.ts";
import { copyWords, Words } from "./words.ts";

const NO_ENDS = new Int32Array(0);

/**
 * The words of XDR that is no whole ledger: a header, a batch, a contract's value. In memory of their own; they remember no ends.
 * @throws XdrError when the length is no multiple of 4
 */
export function wordsOf(bytes: Uint8Array): Words {
  const buffer = new ArrayBuffer(bytes.length);
  copyWords(bytes, buffer);
  return new Words(buffer, bytes.length / 4, NO_ENDS, new AddressTable(16));
}
