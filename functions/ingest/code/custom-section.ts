/** `\0asm`, version 1. */
const HEADER = Buffer.from("0061736d01000000", "hex");
const CUSTOM = 0;

/**
 * The contents of the first custom section of a name in a WebAssembly module (core specification, binary format), as a view. Only the
 * headers of sections are read, nothing is compiled. Null: there is no such section, or the bytes are no module whose sections fill it.
 */
export function customSection(module: Uint8Array, name: string): Uint8Array | null {
  if (!HEADER.equals(module.subarray(0, HEADER.length))) return null;
  const wanted = Buffer.from(name);
  let found: Uint8Array | null = null;
  let at = HEADER.length;
  /** Reads a LEB128 number of at most 32 bits; infinite where there is none. */
  const unsigned = (): number => {
    let value = 0;
    for (let bits = 0; bits < 35; bits += 7) {
      const byte = module[at++];
      if (byte === undefined) return Infinity;
      value += (byte & 0x7f) * 2 ** bits;
      if (byte < 0x80) return value <= 0xffffffff ? value : Infinity;
    }
    return Infinity;
  };
  while (at < module.length) {
    const id = module[at++];
    const size = unsigned();
    const end = at + size;
    if (end > module.length) return null;
    if (id === CUSTOM) {
      const length = unsigned();
      const start = at + length;
      if (start > end) return null;
      if (found === null && length === wanted.length && wanted.equals(module.subarray(at, start))) found = module.subarray(start, end);
    }
    at = end;
  }
  return found;
}
