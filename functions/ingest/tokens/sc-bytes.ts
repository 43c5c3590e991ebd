import { StrkeyVersion } from "../../shared/strkey.ts";
import { ScAddressType, ScValType } from "../../shared/xdr/xdr.generated.ts";

/** A word of XDR. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

/** Bytes of any length with what pads them. */
function opaque(bytes: Uint8Array): Buffer {
  return Buffer.concat([word(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** The XDR `ScAddress` of an address (version byte and payload); null for one that no contract holds anything for. */
export function scAddress(address: Uint8Array): Buffer | null {
  const payload = address.subarray(1);
  switch (address[0]) {
    case StrkeyVersion.account:
      // The zero is the kind of the account's key.
      return Buffer.concat([word(ScAddressType.scAddressTypeAccount), word(0), payload]);
    case StrkeyVersion.contract:
      return Buffer.concat([word(ScAddressType.scAddressTypeContract), payload]);
    case StrkeyVersion.claimableBalance:
      return Buffer.concat([word(ScAddressType.scAddressTypeClaimableBalance), word(payload[0]!), payload.subarray(1)]);
    case StrkeyVersion.liquidityPool:
      return Buffer.concat([word(ScAddressType.scAddressTypeLiquidityPool), payload]);
    default:
      return null;
  }
}

/** An address as an XDR `ScVal`; null as `scAddress`. */
export function scvAddress(address: Uint8Array): Buffer | null {
  const bytes = scAddress(address);
  return bytes && Buffer.concat([word(ScValType.scvAddress), bytes]);
}

/** A symbol as an XDR `ScVal`. */
export function scvSymbol(name: string): Buffer {
  return Buffer.concat([word(ScValType.scvSymbol), opaque(Buffer.from(name, "latin1"))]);
}

/** A string as the XDR `ScVal` of type `EXECUTABLE_TAG` (CAP-85). */
export function scvExecutableTag(tag: Uint8Array): Buffer {
  return Buffer.concat([word(ScValType.scvExecutableTag), opaque(tag)]);
}

/** A vector as an XDR `ScVal`. */
export function scvVec(values: readonly Uint8Array[]): Buffer {
  return Buffer.concat([word(ScValType.scvVec), word(1), word(values.length), ...values]);
}

/** XDR arms of whole numbers, by the names that a contract's interface gives their types. */
const NUMBERS = new Map<string, number>([
  ["u32", ScValType.scvU32],
  ["i32", ScValType.scvI32],
  ["u64", ScValType.scvU64],
  ["i64", ScValType.scvI64],
  ["u128", ScValType.scvU128],
  ["i128", ScValType.scvI128],
  ["U256", ScValType.scvU256],
  ["I256", ScValType.scvI256],
]);

/**
 * A whole number as an XDR `ScVal` of a type.
 * @param digits decimal
 * @returns null when the type is no number's, or does not hold this one
 */
export function scvNumber(typeName: string, digits: string): Buffer | null {
  const type = NUMBERS.get(typeName);
  if (type === undefined || !/^-?[0-9]{1,78}$/.test(digits)) return null;
  const bits = Number(typeName.slice(1));
  const value = BigInt(digits);
  if (value !== (/^i/i.test(typeName) ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value))) return null;
  const bytes = Buffer.from(
    BigInt.asUintN(bits, value)
      .toString(16)
      .padStart(bits / 4, "0"),
    "hex",
  );
  return Buffer.concat([word(type), bytes]);
}
