const SMALLEST = 1 << 12;

/**
 * Bytes that grow as they are written and are used again for the next value. Unsigned integers are LEB128: seven bits a byte, least
 * significant first, the highest bit set on all but the last.
 */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(SMALLEST);
  #at = 0;

  /** Begins anew; what `finish` returned before is overwritten. */
  reset(): void {
    this.#at = 0;
  }

  /** What was written, valid until the next reset. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  /** Four bytes, the most significant first. @param value an integer from 0 to 2^32 - 1 */
  uint32(value: number): void {
    this.#reserve(4);
    this.#bytes.writeUInt32BE(value, this.#at);
    this.#at += 4;
  }

  /** @param value an integer from 0 to 2^53 - 1 */
  uint(value: number): void {
    this.#reserve(8);
    const bytes = this.#bytes;
    let at = this.#at;
    let rest = value;
    // Bit operations are for 32 bits only.
    while (rest >= 0x80000000) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#at = at;
  }

  /** A signed integer of any size, zigzag: 0, -1, 1, -2, … */
  bigint(value: bigint): void {
    if (value >= 0n && value < 0x8000000000000n) return this.uint(Number(value) * 2);
    let rest = value < 0n ? -value * 2n - 1n : value * 2n;
    while (rest >= 0x80n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }

  /** The bytes alone: their length must be known to the reader. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Length, then the bytes. */
  bytes(value: Uint8Array): void {
    this.uint(value.length);
    this.raw(value);
  }

  /** Length in UTF-8, then the text. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.uint(size);
    this.#reserve(size);
    this.#bytes.write(value, this.#at);
    this.#at += size;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + size));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}
