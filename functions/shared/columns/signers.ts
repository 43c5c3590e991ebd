/**
 * `accounts.signers`, bytea: the signers of an account besides its master key, in the order of its entry. Each is the length of its key
 * (one byte), the key as an address column has it (`G…`, `T…`, `X…`, `P…`: version byte and payload), its weight (four bytes, big-endian), and 0,
 * or 1 and its sponsor's address (33 bytes). So a key of length n is a signer where the byte n and the key stand in the column. Ingest
 * writes it, serve reads it and looks for keys.
 */

/** A signer of an account. */
export interface PackedSigner {
  /** Version byte and payload, at most 101 bytes. */
  key: Uint8Array;
  /** An unsigned 32-bit number: above 255 only where an account has it from before protocol 10. */
  weight: number;
  /** The account that pays for it. */
  sponsor: Uint8Array | null;
}

/** Signers as the column has them; null when there are none. */
export function packSigners(signers: readonly PackedSigner[]): Uint8Array | null {
  if (signers.length === 0) return null;
  const packed = Buffer.allocUnsafe(signers.reduce((sum, { key, sponsor }) => sum + 6 + key.length + (sponsor?.length ?? 0), 0));
  let at = 0;
  for (const { key, weight, sponsor } of signers) {
    packed[at] = key.length;
    packed.set(key, at + 1);
    at = packed.writeUInt32BE(weight, at + 1 + key.length);
    packed[at++] = sponsor === null ? 0 : 1;
    if (sponsor !== null) packed.set(sponsor, at);
    at += sponsor?.length ?? 0;
  }
  return packed;
}

/** The signers of the column's bytes. */
export function readSigners(packed: Buffer): PackedSigner[] {
  const signers: PackedSigner[] = [];
  for (let at = 0; at < packed.length;) {
    const weight = at + 1 + packed[at]!;
    const sponsor = weight + 5;
    const end = sponsor + (packed[weight + 4] === 0 ? 0 : 33);
    signers.push({
      key: packed.subarray(at + 1, weight),
      weight: packed.readUInt32BE(weight),
      sponsor: end === sponsor ? null : packed.subarray(sponsor, end),
    });
    at = end;
  }
  return signers;
}
