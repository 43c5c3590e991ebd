import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import { sessionSocket, type Database } from "../../shared/database/session.ts";

/** One COPY … FROM STDIN (FORMAT binary) and its data. */
export interface CopyIn {
  statement: string;
  /** Must not change until the promise of `multiCopy` settles. */
  data: Buffer;
}

/** The parts of a postgres.js 3.4.9 query that this relies on; a test holds them. */
interface CopyQuery {
  resolve(value: unknown): void;
  reject(error: Error): void;
  simple(): CopyQuery;
  execute(): unknown;
}

/** From this length on postgres.js hands a message to the socket at once, alone or behind what it has gathered. */
const DIRECT_WRITE = 1024;
const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

/**
 * Sends several COPYs and then `last` as one simple query, with all their data right behind it: one flight, whatever the
 * distance, and the server never waits for this thread. May follow other statements in the pipeline; nothing else may be sent
 * on the connection until the promise settles.
 *
 * postgres.js settles a COPY's query when it hands out the stream, so that a later error of the server would reach nobody, and
 * it sends data only once the server has asked for it. Therefore the query's callbacks are replaced, and the data goes to the
 * socket itself as soon as the query's message has. A server that has refused drops what still comes (protocol, "COPY
 * Operations").
 * @returns the tag of the last command, e.g. `COMMIT`
 * @throws the server's error, e.g. 23505; the connection stays usable
 */
export function multiCopy(sql: Database, copies: readonly CopyIn[], last = "select"): Promise<string> {
  const statement = [...copies.map((copy) => copy.statement), last].join(";\n").padEnd(DIRECT_WRITE);
  return new Promise((done, failed) => {
    const query = sql.unsafe(statement).simple() as unknown as CopyQuery;
    const forget = writeBehind(sessionSocket(sql), statement, copies);
    query.reject = (error) => {
      forget();
      failed(error);
    };
    query.resolve = (value) => {
      if (isStream(value)) endQuietly(value);
      else done(lastCommand(value));
    };
    query.execute();
  });
}

/** Sends the data as soon as the socket has taken the statement's message, which is the last one of its chunk. */
function writeBehind(socket: Socket, statement: string, copies: readonly CopyIn[]): () => void {
  const message = Buffer.from(`${statement}\0`);
  const write = socket.write.bind(socket) as (chunk: Buffer, callback?: (error?: Error | null) => void) => boolean;
  const forget = (): void => {
    delete (socket as { write?: unknown }).write;
  };
  socket.write = ((chunk: Buffer, callback?: () => void) => {
    const open = write(chunk, callback);
    if (!chunk.subarray(-message.length).equals(message)) return open;
    forget();
    for (const { data } of copies) {
      const header = Buffer.allocUnsafe(5);
      header.writeUInt8(COPY_DATA);
      header.writeInt32BE(data.length + 4, 1);
      write(header);
      write(data);
      write(COPY_DONE);
    }
    return open;
  }) as Socket["write"];
  return forget;
}

/** The driver's own stream must end, or it refuses the next query. What it sends then is dropped like any late message of a COPY. */
function endQuietly(stream: Writable): void {
  // Its destroy would send a CopyFail.
  stream._destroy = (error, callback) => callback(error);
  stream.on("error", () => {});
  stream.end();
}

function lastCommand(results: unknown): string {
  const last: unknown = Array.isArray(results) && Array.isArray(results.at(-1)) ? results.at(-1) : results;
  return String((last as { command?: unknown }).command);
}

function isStream(value: unknown): value is Writable {
  return typeof value === "object" && value !== null && "_destroy" in value && "end" in value;
}
