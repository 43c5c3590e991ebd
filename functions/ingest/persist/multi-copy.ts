import type { Writable } from "node:stream";
import type { Database } from "../../shared/database.ts";

/** One COPY … FROM STDIN (FORMAT binary) and its data. */
export interface CopyIn {
  statement: string;
  data: Buffer;
}

/** The parts of a postgres.js 3.4.9 query that this relies on; a test holds them. */
interface CopyQuery {
  resolve(value: unknown): void;
  reject(error: Error): void;
  simple(): CopyQuery;
  execute(): unknown;
}

/**
 * Sends several COPYs as one simple query. postgres.js settles a COPY's query when it hands out the stream, so that a later
 * error of the server would reach nobody and the wait for the stream would never end. Therefore the query's own callbacks are
 * replaced: each stream is fed at once, and the promise settles with the server's last word.
 *
 * Nothing else may be sent on the connection until the promise settles.
 * @throws the server's error, e.g. 23505; the connection stays usable
 */
export function multiCopy(sql: Database, copies: readonly CopyIn[]): Promise<void> {
  return new Promise((done, failed) => {
    const query = sql.unsafe(copies.map((copy) => copy.statement).join(";\n")).simple() as unknown as CopyQuery;
    let next = 0;
    query.reject = failed;
    query.resolve = (value) => {
      if (!isStream(value)) {
        done();
        return;
      }
      // The stream's own destroy would send a CopyFail after its end, into the next COPY.
      value._destroy = (error, callback) => callback(error);
      // The server's error comes through reject.
      value.on("error", () => {});
      value.end(copies[next++]!.data);
    };
    query.execute();
  });
}

function isStream(value: unknown): value is Writable {
  return typeof value === "object" && value !== null && "_destroy" in value && "end" in value;
}
