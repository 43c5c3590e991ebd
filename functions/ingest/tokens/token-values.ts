import type { Words } from "../../shared/xdr/words.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import { ScValType, skipScVal } from "../../shared/xdr/xdr.generated.ts";
import { ContractCallError } from "./contract-call.ts";

const MAX_DECIMALS = 70;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The words of one whole, valid XDR `ScVal`. */
function scVal(bytes: Uint8Array, what: string): Words {
  try {
    const x = wordsOf(bytes);
    if (skipScVal(x, 0) === x.length) return x;
  } catch {
    // Answered below: what exactly is wrong with it helps nobody.
  }
  throw new ContractCallError(`${what}: the answer is no ScVal`);
}

/**
 * A text that a contract returned (String or Symbol).
 * @param bytes XDR `ScVal`
 * @param limit in bytes of UTF-8
 * @throws ContractCallError for another type, a longer text, invalid UTF-8 or NUL
 */
export function tokenText(bytes: Uint8Array, what: string, limit: number): string {
  const x = scVal(bytes, what);
  if (x[0] !== ScValType.scvString && x[0] !== ScValType.scvSymbol) throw new ContractCallError(`${what}: the answer is no text`);
  const length = x[1]! >>> 0;
  if (length > limit) throw new ContractCallError(`${what}: ${length} bytes are more than ${limit}`);
  let text: string;
  try {
    text = utf8.decode(bytes.subarray(8, 8 + length));
  } catch (error) {
    throw new ContractCallError(`${what}: the answer is no UTF-8`, { cause: error });
  }
  if (text.includes("\0")) throw new ContractCallError(`${what}: the answer has a NUL`);
  return text;
}

/** A number of decimals that a contract returned (u32, at most 70). @throws ContractCallError */
export function tokenDecimals(bytes: Uint8Array): number {
  const x = scVal(bytes, "decimals");
  if (x[0] !== ScValType.scvU32) throw new ContractCallError("decimals: the answer is no u32");
  const value = x[1]! >>> 0;
  if (value > MAX_DECIMALS) throw new ContractCallError(`decimals: ${value} is more than ${MAX_DECIMALS}`);
  return value;
}
