import { ArgumentError } from "./errors.ts";

/** Account keys as text (SEP-23): base32 of a version byte, 32 bytes and a CRC-16/XModem, low byte first. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SEED_VERSION = 18 << 3;
const PUBLIC_KEY_VERSION = 6 << 3;

function checksum(bytes: Iterable<number>): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

/** The 32 secret bytes of `S…`. @throws ArgumentError */
export function decodeSeed(seed: string): Uint8Array {
  let bits = 0n;
  for (const char of seed) {
    const value = ALPHABET.indexOf(char);
    if (value < 0) throw notASeed();
    bits = (bits << 5n) | BigInt(value);
  }
  if (seed.length !== 56) throw notASeed();
  const bytes = new Uint8Array(35);
  for (let i = 34; i >= 0; i--, bits >>= 8n) bytes[i] = Number(bits & 0xffn);
  if (bytes[0] !== SEED_VERSION || checksum(bytes.subarray(0, 33)) !== (bytes[33]! | (bytes[34]! << 8))) throw notASeed();
  return bytes.subarray(1, 33);
}

function notASeed(): ArgumentError {
  return new ArgumentError("the secret is no seed: it must be the 56 characters that begin with S");
}

/** `G…` of a 32-byte public key. */
export function encodePublicKey(key: Uint8Array): string {
  const body = [PUBLIC_KEY_VERSION, ...key];
  const crc = checksum(body);
  let bits = 0n;
  for (const byte of [...body, crc & 0xff, crc >>> 8]) bits = (bits << 8n) | BigInt(byte);
  let text = "";
  for (let i = 0; i < 56; i++, bits >>= 5n) text = ALPHABET[Number(bits & 31n)]! + text;
  return text;
}
