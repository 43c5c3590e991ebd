/**
 * Rows in PostgreSQL's binary COPY format, in one buffer that grows and is used again for every ledger. The caller writes
 * `row(n)` and then n fields.
 */
export class BinaryCopy {
  #buffer = Buffer.allocUnsafeSlow(1 << 16);
  #at = 0;
  readonly #texts = new Map<string, Buffer>();

  /** Begins anew: signature, flags, no header extension. */
  reset(): void {
    this.#at = this.#buffer.write("PGCOPY\n\xff\r\n\0", 0, "latin1");
    this.#buffer.writeInt32BE(0, this.#at);
    this.#buffer.writeInt32BE(0, this.#at + 4);
    this.#at += 8;
  }

  /** The finished data; valid until the next reset. */
  finish(): Buffer {
    this.#reserve(2);
    this.#buffer.writeInt16BE(-1, this.#at);
    return this.#buffer.subarray(0, this.#at + 2);
  }

  row(fields: number): void {
    this.#reserve(2);
    this.#at = this.#buffer.writeInt16BE(fields, this.#at);
  }

  /** bigint or timestamptz from two 32-bit halves. */
  int64(high: number, low: number): void {
    this.#reserve(12);
    const buffer = this.#buffer;
    let at = buffer.writeInt32BE(8, this.#at);
    at = buffer.writeInt32BE(high | 0, at);
    this.#at = buffer.writeInt32BE(low | 0, at);
  }

  bigint(value: bigint): void {
    this.#reserve(12);
    this.#buffer.writeInt32BE(8, this.#at);
    this.#at = this.#buffer.writeBigInt64BE(value, this.#at + 4);
  }

  int32(value: number): void {
    this.#reserve(8);
    this.#buffer.writeInt32BE(4, this.#at);
    this.#at = this.#buffer.writeInt32BE(value, this.#at + 4);
  }

  int16(value: number | null): void {
    if (value === null) return this.null();
    this.#reserve(6);
    this.#buffer.writeInt32BE(2, this.#at);
    this.#at = this.#buffer.writeInt16BE(value, this.#at + 4);
  }

  bool(value: boolean): void {
    this.#reserve(5);
    this.#buffer.writeInt32BE(1, this.#at);
    this.#at = this.#buffer.writeUInt8(value ? 1 : 0, this.#at + 4);
  }

  bytes(value: Uint8Array | null): void {
    if (value === null) return this.null();
    this.#reserve(4 + value.length);
    this.#buffer.writeInt32BE(value.length, this.#at);
    this.#buffer.set(value, this.#at + 4);
    this.#at += 4 + value.length;
  }

  /** bytea[] */
  bytesArray(values: readonly Uint8Array[]): void {
    const size = values.reduce((sum, value) => sum + 4 + value.length, values.length === 0 ? 12 : 20);
    this.#reserve(4 + size);
    const buffer = this.#buffer;
    let at = buffer.writeInt32BE(size, this.#at);
    at = buffer.writeInt32BE(values.length === 0 ? 0 : 1, at);
    at = buffer.writeInt32BE(0, at);
    at = buffer.writeInt32BE(17, at);
    if (values.length > 0) {
      at = buffer.writeInt32BE(values.length, at);
      at = buffer.writeInt32BE(1, at);
    }
    for (const value of values) {
      at = buffer.writeInt32BE(value.length, at);
      buffer.set(value, at);
      at += value.length;
    }
    this.#at = at;
  }

  /** Any text; NUL, which PostgreSQL refuses, becomes U+FFFD. */
  text(value: string | null): void {
    if (value === null) return this.null();
    const clean = storableText(value);
    const size = Buffer.byteLength(clean);
    this.#reserve(4 + size);
    this.#buffer.writeInt32BE(size, this.#at);
    this.#buffer.write(clean, this.#at + 4);
    this.#at += 4 + size;
  }

  /** A text from a small closed set: encoded once. */
  code(value: string): void {
    let encoded = this.#texts.get(value);
    if (!encoded) {
      const body = Buffer.from(value);
      encoded = Buffer.concat([Buffer.alloc(4), body]);
      encoded.writeInt32BE(body.length);
      if (this.#texts.size < 1000) this.#texts.set(value, encoded);
    }
    this.#reserve(encoded.length);
    this.#buffer.set(encoded, this.#at);
    this.#at += encoded.length;
  }

  jsonb(value: object | null): void {
    if (value === null) return this.null();
    const text = JSON.stringify(value, (_, member: unknown) => (typeof member === "string" ? storableText(member) : member));
    const size = Buffer.byteLength(text) + 1;
    this.#reserve(4 + size);
    this.#buffer.writeInt32BE(size, this.#at);
    this.#buffer.writeUInt8(1, this.#at + 4);
    this.#buffer.write(text, this.#at + 5);
    this.#at += 4 + size;
  }

  null(): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeInt32BE(-1, this.#at);
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + size));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** Text that a PostgreSQL text column takes: NUL replaced, lone surrogates too. */
export function storableText(value: string): string {
  return value.includes("\0") ? value.replaceAll("\0", "\uFFFD").toWellFormed() : value.toWellFormed();
}
