/**
 * Stellar's address text (SEP-23) to bytes and back: base32 of version byte, payload and CRC-16/XModem, unpadded.
 * Bytes here are version byte and payload without the checksum, the form that the database stores.
 */

/** Version bytes: `G…` account, `M…` muxed account, `C…` contract, `T…` pre-auth transaction, `X…` hash, `P…` signed payload, `B…` claimable balance, `L…` liquidity pool. */
export const StrkeyVersion = {
  account: 6 << 3,
  muxedAccount: 12 << 3,
  contract: 2 << 3,
  preAuthTransaction: 19 << 3,
  hashX: 23 << 3,
  signedPayload: 15 << 3,
  claimableBalance: 1 << 3,
  liquidityPool: 11 << 3,
} as const;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const VALUE_BY_CODE = new Int8Array(128).fill(-1);
for (let i = 0; i < 32; i++) VALUE_BY_CODE[ALPHABET.charCodeAt(i)] = i;

const CRC = new Uint16Array(256);
for (let i = 0; i < 256; i++) {
  let crc = i << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  CRC[i] = crc & 0xffff;
}

function checksum(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ CRC[(crc >>> 8) ^ byte]!) & 0xffff;
  return crc;
}

/** Bytes (version byte and payload) to strkey. */
export function encodeStrkey(bytes: Uint8Array): string {
  const crc = checksum(bytes);
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (let i = 0; i < bytes.length + 2; i++) {
    const byte = i < bytes.length ? bytes[i]! : i === bytes.length ? crc & 0xff : crc >>> 8;
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >>> bits) & 31];
    }
  }
  return bits === 0 ? text : text + ALPHABET[(buffer << (5 - bits)) & 31];
}

/** Strkey to bytes (version byte and payload), or null when the text is no strkey: length, alphabet, unused bits or checksum. */
export function decodeStrkey(text: string): Uint8Array | null {
  const size = Math.floor((text.length * 5) / 8);
  const spare = text.length * 5 - size * 8;
  if (size < 3 || spare > 4) return null;
  const bytes = new Uint8Array(size);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? VALUE_BY_CODE[code]! : -1;
    if (value < 0) return null;
    buffer = ((buffer << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >>> bits) & 0xff;
    }
  }
  if ((buffer & ((1 << spare) - 1)) !== 0) return null;
  const body = bytes.subarray(0, size - 2);
  return checksum(body) === (bytes[size - 2]! | (bytes[size - 1]! << 8)) ? body : null;
}
