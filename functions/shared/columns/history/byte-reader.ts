/** Bytes that end too early or are no value of what is read. */
export class DamagedBytes extends Error {
  override readonly name = "DamagedBytes";
}

/** Reads what `ByteWriter` wrote. Every read is within the bytes, whatever they are. @throws DamagedBytes */
export class ByteReader {
  readonly #bytes: Buffer;
  #at: number;

  /** @param at where to begin */
  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    if (this.#at >= this.#bytes.length) throw new DamagedBytes(`the bytes end at ${this.#at}`);
    return this.#bytes[this.#at++]!;
  }

  /** An unsigned integer below 2^53, LEB128. */
  uint(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    for (let i = 0; i < 7; i++) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw new DamagedBytes(`an integer is too long at ${this.#at}`);
  }

  /** A count of things that take at least `size` bytes each. Damaged bytes cannot ask for more memory than they are worth. */
  count(size = 1): number {
    const count = this.uint();
    if (count * size > this.#bytes.length - this.#at) throw new DamagedBytes(`a count of ${count} goes beyond the end at ${this.#at}`);
    return count;
  }

  /** A signed integer of up to 147 bits, zigzag. */
  bigint(): bigint {
    let byte = this.byte();
    let value = BigInt(byte & 0x7f);
    let shift = 7n;
    while (byte >= 0x80) {
      if (shift > 140n) throw new DamagedBytes(`an integer is too long at ${this.#at}`);
      byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
    }
    return value & 1n ? -((value + 1n) >> 1n) : value >> 1n;
  }

  /** A signed integer as decimal text: most fit a double, which is several times cheaper than a bigint. */
  integerText(): string {
    const start = this.#at;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? String(value / 2) : String(-(value + 1) / 2);
      scale *= 0x80;
    }
    this.#at = start;
    return this.bigint().toString();
  }

  /** Passes a signed integer. */
  skipInteger(): void {
    for (let i = 0; this.byte() >= 0x80; i++) if (i > 20) throw new DamagedBytes(`an integer is too long at ${this.#at}`);
  }

  /** So many bytes; a view. */
  raw(size: number): Buffer {
    const end = this.#at + size;
    if (end > this.#bytes.length) throw new DamagedBytes(`the bytes end at ${this.#bytes.length}, before ${end}`);
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  /** Bytes behind their length; a view. */
  sized(): Buffer {
    return this.raw(this.uint());
  }

  /** UTF-8 behind its length; invalid sequences become U+FFFD. */
  text(): string {
    return this.sized().toString();
  }
}
