import { open } from "node:fs/promises";

const CHUNK = 1024 * 1024;

/** A file is longer than the limit. */
export class FileTooLongError extends Error {
  override readonly name = "FileTooLongError";
  /** Its length as the system tells it; null: it tells none, or it has grown. */
  readonly bytes: number | null;

  constructor(path: string, bytes: number | null, limit: number) {
    super(bytes === null ? `${path} has more than ${limit} bytes` : `${path} has ${bytes} bytes, more than ${limit}`);
    this.bytes = bytes;
  }
}

/**
 * A file's bytes. A device, a pipe or a file that is growing has no length to ask for: it is read up to the limit.
 * @throws FileTooLongError; what the system throws
 */
export async function readBounded(path: string, limit: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > limit) throw new FileTooLongError(path, size, limit);
    const chunks: Buffer[] = [];
    // One byte more than there should be, to meet the end with it.
    let chunk = Buffer.allocUnsafeSlow(size + 1);
    for (let filled = 0, length = 0; ;) {
      const { bytesRead } = await file.read(chunk, filled, chunk.length - filled);
      filled += bytesRead;
      length += bytesRead;
      if (length > limit) throw new FileTooLongError(path, null, limit);
      if (bytesRead === 0 || filled === chunk.length) chunks.push(chunk.subarray(0, filled));
      if (bytesRead === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
      if (filled < chunk.length) continue;
      chunk = Buffer.allocUnsafeSlow(CHUNK);
      filled = 0;
    }
  } finally {
    await file.close();
  }
}
