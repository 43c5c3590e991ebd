import { promisify } from "node:util";
import { gunzip, zstdDecompress, type ZstdOptions } from "node:zlib";

/** A ledger shrinks to about a seventh. */
const USUAL_RATIO = 8;
const SMALLEST_CHUNK = 64 * 1024;
const LARGEST_CHUNK = 2 * 1024 * 1024;

const inflate = promisify(gunzip);
/** With `info`: the result, and how much of the input it was made of. */
const unzstdFrame = promisify(zstdDecompress) as unknown as (
  bytes: Uint8Array,
  options: ZstdOptions & { info: true },
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>;

/**
 * Opens a file's compression, told by the file's name (`.gz`, `.zst`, `.zstd`; any other name: none).
 * @param limit upper bound of the result's size in bytes
 * @throws what zlib throws: bad checksum, truncated input, result beyond the limit (see `isTooLong`)
 */
export async function decompress(name: string, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  // By default zlib hands out 16 kB at a time, and putting these together costs more than decompressing.
  const chunkSize = Math.min(LARGEST_CHUNK, Math.max(SMALLEST_CHUNK, bytes.length * USUAL_RATIO));
  if (/\.zstd?$/.test(name)) return unzstd(bytes, limit, chunkSize);
  if (name.endsWith(".gz")) return inflate(bytes, { maxOutputLength: limit, chunkSize });
  return bytes;
}

/** All frames of a file (RFC 8878, 3): zlib stops behind the first and keeps quiet about the rest. */
async function unzstd(bytes: Uint8Array, limit: number, chunkSize: number): Promise<Uint8Array> {
  const frames: Buffer[] = [];
  let room = limit;
  let at = 0;
  do {
    // zlib takes no limit of 0.
    const { buffer, engine } = await unzstdFrame(bytes.subarray(at), { maxOutputLength: Math.max(1, room), chunkSize, info: true });
    frames.push(buffer);
    room -= buffer.length;
    at += engine.bytesWritten;
    if (room < 0) throw Object.assign(new RangeError("the frames are longer than the limit"), { code: "ERR_BUFFER_TOO_LARGE" });
  } while (at < bytes.length);
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
}
