import { scAddressAt } from "../../shared/xdr/addresses.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { elements, int128 } from "../../shared/xdr/words.ts";
import { readScMapEntry, ScValType, skipScMapEntry, skipScVal } from "../../shared/xdr/xdr.generated.ts";

/**
 * An ScVal as plain data: `i128 5`, `u32 5`, `bool true`, `symbol Balance`, `string …` and `bytes …` (latin1), `address C…`; a vector as the
 * list of its values; a map as `["map", key, value, …]`. Kinds that nothing that is verified is made of are null.
 */
export type ScValue = string | null | ScValue[];

/** The ScVal at word `p`. */
export function scValue(ledger: Ledger, p: number): ScValue {
  const { x } = ledger;
  const body = p + 1;
  switch (x[p]) {
    case ScValType.scvBool:
      return `bool ${x[body] === 1}`;
    case ScValType.scvU32:
      return `u32 ${x[body]! >>> 0}`;
    case ScValType.scvI128:
      return `i128 ${int128(x, body)}`;
    case ScValType.scvSymbol:
      return `symbol ${opaque(ledger, body)}`;
    case ScValType.scvString:
      return `string ${opaque(ledger, body)}`;
    case ScValType.scvBytes:
      return `bytes ${opaque(ledger, body)}`;
    case ScValType.scvAddress:
      return `address ${scAddressAt(x, body).text}`;
    case ScValType.scvVec:
      return x[body] === 1 ? elements(x, body + 1, skipScVal).map((at) => scValue(ledger, at)) : null;
    case ScValType.scvMap:
      return x[body] === 1 ? scMap(ledger, body + 1) : null;
    default:
      return null;
  }
}

/** The ScMap at word `p`, as scValue gives a map. */
export function scMap(ledger: Ledger, p: number): ScValue[] {
  const { x } = ledger;
  const entries = elements(x, p, skipScMapEntry).map((at) => readScMapEntry(x, at));
  return ["map", ...entries.flatMap(({ key, val }) => [scValue(ledger, key), scValue(ledger, val)])];
}

/** Bytes of a length-prefixed opaque at word `p`, as latin1. */
function opaque({ x, bytes }: Ledger, p: number): string {
  const length = x[p]! >>> 0;
  return Buffer.from(bytesAt(bytes, p + 1, Math.ceil(length / 4)))
    .subarray(0, length)
    .toString("latin1");
}
