/** `\0asm`, version 1. */
const HEADER = Buffer.from("0061736d01000000", "hex");
const CUSTOM = 0;

/** Where a LEB128 number of at most 32 bits ends, and what it is; null: there is none. */
function unsigned(bytes: Uint8Array, at: number): { value: number; end: number } | null {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value <= 0xffffffff ? { value, end: at + i + 1 } : null;
  }
  return null;
}

/**
 * The contents of the first custom section of a name in a WebAssembly module (core specification, binary format), as a view. Only the
 * headers of sections are read, nothing is compiled. Null: there is no such section, or the bytes are no module whose sections fill it.
 */
export function customSection(module: Uint8Array, name: string): Uint8Array | null {
  if (!HEADER.equals(module.subarray(0, HEADER.length))) return null;
  const wanted = Buffer.from(name);
  let found: Uint8Array | null = null;
  for (let at = HEADER.length; at < module.length;) {
    const size = unsigned(module, at + 1);
    if (size === null) return null;
    const end = size.end + size.value;
    if (end > module.length) return null;
    if (module[at] === CUSTOM) {
      const length = unsigned(module, size.end);
      if (length === null || length.end + length.value > end) return null;
      const start = length.end + length.value;
      if (found === null && wanted.equals(module.subarray(length.end, start))) found = module.subarray(start, end);
    }
    at = end;
  }
  return found;
}
