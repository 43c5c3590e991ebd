import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";

/** No ledger file comes near this; a file that claims more is damaged or hostile. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024;

const inflate = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

/**
 * Opens a file's compression, told by the file's name (`.gz`, `.zst`, `.zstd`; any other name: none).
 * @param limit upper bound of the result's size in bytes
 * @throws what zlib throws: bad checksum, truncated input, result beyond the limit
 */
export async function decompress(name: string, bytes: Uint8Array, limit: number = MAX_FILE_BYTES): Promise<Uint8Array> {
  if (/\.zstd?$/.test(name)) return unzstd(bytes, { maxOutputLength: limit });
  if (name.endsWith(".gz")) return inflate(bytes, { maxOutputLength: limit });
  return bytes;
}
