import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";

/** A ledger shrinks to about a seventh. */
const USUAL_RATIO = 8;
const SMALLEST_CHUNK = 64 * 1024;
const LARGEST_CHUNK = 2 * 1024 * 1024;

const inflate = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

/**
 * Opens a file's compression, told by the file's name (`.gz`, `.zst`, `.zstd`; any other name: none).
 * @param limit upper bound of the result's size in bytes
 * @throws what zlib throws: bad checksum, truncated input, result beyond the limit (see `isTooLong`)
 */
export async function decompress(name: string, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  // By default zlib hands out 16 kB at a time, and putting these together costs more than decompressing.
  const chunkSize = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, bytes.length * USUAL_RATIO));
  if (/\.zstd?$/.test(name)) return unzstd(bytes, { maxOutputLength: limit, chunkSize });
  if (name.endsWith(".gz")) return inflate(bytes, { maxOutputLength: limit, chunkSize });
  return bytes;
}
