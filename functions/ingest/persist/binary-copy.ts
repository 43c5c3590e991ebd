const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** Up to this many bytes a loop beats the call of `set`. */
const SHORT = 64;
const BYTEA_OID = 17;
const BIGINT_OID = 20;

/**
 * Rows in PostgreSQL's binary COPY format, in one buffer that grows and is used again for every ledger. The caller writes
 * `row(n)` and then n fields.
 */
export class BinaryCopy {
  #bytes = Buffer.allocUnsafeSlow(1 << 16);
  #view = viewOf(this.#bytes);
  #at = 0;
  readonly #codes = new Map<string, Buffer>();

  /** Begins anew: signature, flags, no header extension. */
  reset(): void {
    this.#bytes.set(SIGNATURE);
    this.#at = SIGNATURE.length;
  }

  /** The finished data; valid until the next reset. */
  finish(): Buffer {
    this.#reserve(2);
    this.#view.setInt16(this.#at, -1);
    return this.#bytes.subarray(0, this.#at + 2);
  }

  row(fields: number): void {
    this.#reserve(2);
    this.#view.setInt16(this.#at, fields);
    this.#at += 2;
  }

  /** bigint or timestamptz from two 32-bit halves. */
  int64(high: number, low: number): void {
    this.#reserve(12);
    const view = this.#view;
    view.setInt32(this.#at, 8);
    view.setInt32(this.#at + 4, high);
    view.setInt32(this.#at + 8, low);
    this.#at += 12;
  }

  bigint(value: bigint): void {
    this.#reserve(12);
    this.#view.setInt32(this.#at, 8);
    this.#view.setBigInt64(this.#at + 4, value);
    this.#at += 12;
  }

  int32(value: number): void {
    this.#reserve(8);
    this.#view.setInt32(this.#at, 4);
    this.#view.setInt32(this.#at + 4, value);
    this.#at += 8;
  }

  int16(value: number | null): void {
    if (value === null) return this.nulls(1);
    this.#reserve(6);
    this.#view.setInt32(this.#at, 2);
    this.#view.setInt16(this.#at + 4, value);
    this.#at += 6;
  }

  bool(value: boolean): void {
    this.#reserve(5);
    this.#view.setInt32(this.#at, 1);
    this.#view.setUint8(this.#at + 4, value ? 1 : 0);
    this.#at += 5;
  }

  bytes(value: Uint8Array | null): void {
    if (value === null) return this.nulls(1);
    this.#reserve(4 + value.length);
    this.#view.setInt32(this.#at, value.length);
    this.#at += 4;
    this.#put(value);
  }

  /** bytea[] */
  bytesArray(values: readonly Uint8Array[]): void {
    const some = values.length > 0;
    let size = some ? 20 : 12;
    for (const value of values) size += 4 + value.length;
    this.#reserve(4 + size);
    const view = this.#view;
    view.setInt32(this.#at, size);
    // Dimensions, no nulls, type of the elements; then length and lower bound of the one dimension.
    view.setInt32(this.#at + 4, some ? 1 : 0);
    view.setInt32(this.#at + 8, 0);
    view.setInt32(this.#at + 12, BYTEA_OID);
    this.#at += 16;
    if (!some) return;
    view.setInt32(this.#at, values.length);
    view.setInt32(this.#at + 4, 1);
    this.#at += 8;
    for (const value of values) {
      view.setInt32(this.#at, value.length);
      this.#at += 4;
      this.#put(value);
    }
  }

  /** bigint[] of values with the same high half; not empty. */
  int64Array(high: number, lows: readonly number[]): void {
    this.#reserve(24);
    const view = this.#view;
    view.setInt32(this.#at, 20 + 12 * lows.length);
    // Dimensions, no nulls, type of the elements, length, lower bound.
    view.setInt32(this.#at + 4, 1);
    view.setInt32(this.#at + 8, 0);
    view.setInt32(this.#at + 12, BIGINT_OID);
    view.setInt32(this.#at + 16, lows.length);
    view.setInt32(this.#at + 20, 1);
    this.#at += 24;
    for (const low of lows) this.int64(high, low);
  }

  /** Any text; NUL, which PostgreSQL refuses, becomes U+FFFD. */
  text(value: string | null): void {
    if (value === null) return this.nulls(1);
    const clean = storableText(value);
    const size = Buffer.byteLength(clean);
    this.#reserve(4 + size);
    this.#view.setInt32(this.#at, size);
    this.#bytes.write(clean, this.#at + 4);
    this.#at += 4 + size;
  }

  /** A decimal number as text. */
  digits(value: string | null): void {
    if (value === null) return this.nulls(1);
    this.#reserve(4 + value.length);
    this.#view.setInt32(this.#at, value.length);
    this.#at += 4;
    for (let i = 0; i < value.length; i++) this.#bytes[this.#at++] = value.charCodeAt(i);
  }

  /** A text from a small closed set: encoded once. */
  code(value: string): void {
    let encoded = this.#codes.get(value);
    if (!encoded) {
      encoded = Buffer.from(value);
      if (this.#codes.size < 1000) this.#codes.set(value, encoded);
    }
    this.bytes(encoded);
  }

  jsonb(value: object | null): void {
    if (value === null) return this.nulls(1);
    const text = JSON.stringify(value, (_, member: unknown) => (typeof member === "string" ? storableText(member) : member));
    const size = Buffer.byteLength(text) + 1;
    this.#reserve(4 + size);
    this.#view.setInt32(this.#at, size);
    this.#view.setUint8(this.#at + 4, 1);
    this.#bytes.write(text, this.#at + 5);
    this.#at += 4 + size;
  }

  /** So many fields that are null. */
  nulls(fields: number): void {
    this.#reserve(4 * fields);
    for (let i = 0; i < fields; i++, this.#at += 4) this.#view.setInt32(this.#at, -1);
  }

  #put(value: Uint8Array): void {
    const bytes = this.#bytes;
    if (value.length > SHORT) bytes.set(value, this.#at);
    else for (let i = 0; i < value.length; i++) bytes[this.#at + i] = value[i]!;
    this.#at += value.length;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + size));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Text that a PostgreSQL text column takes: NUL replaced, lone surrogates too. */
export function storableText(value: string): string {
  return value.includes("\0") ? value.replaceAll("\0", "\uFFFD").toWellFormed() : value.toWellFormed();
}
