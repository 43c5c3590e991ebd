import type { Database } from "../../shared/database/session.ts";

/** How long the write of one ledger may take. */
export interface WriteLimit {
  milliseconds: number;
  /** Nothing more can be given: the invocation has no more time. */
  isLongest: boolean;
  /** Which attempt at the ledger this is, counted from 1. */
  attempt: number;
  /** Once it aborts, the write has no more than the usual time left. */
  signal?: AbortSignal | undefined;
}

/** Of a write's time the part that it may wait for one lock: 5 s of the usual 15 s. */
const LOCK_PART = 1 / 3;
/** The server's limit of a statement is longer than ours, so that ours is the one that is met. */
const SERVER_GRACE_MS = 1_000;

/**
 * What `work` gives, run on a session whose server-side limits of a statement and of waiting for a lock have grown with the limit of the
 * write; afterwards they are the session's own again.
 */
export async function withServerLimits<T>(sql: Database, milliseconds: number, work: () => Promise<T>): Promise<T> {
  await sql`select set_config('statement_timeout', ${String(milliseconds + SERVER_GRACE_MS)}, false),
    set_config('lock_timeout', ${String(Math.ceil(milliseconds * LOCK_PART))}, false)`;
  try {
    return await work();
  } finally {
    await sql.unsafe("reset statement_timeout; reset lock_timeout").catch(() => {});
  }
}

/**
 * The promise's result, or an error once the limit is reached.
 * @param usualMs what is left at most once the limit's signal aborts
 * @param expired makes the error, from the milliseconds that the write has had
 */
export async function withinLimit<T>(
  { milliseconds, signal }: WriteLimit,
  usualMs: number,
  expired: (milliseconds: number) => Error,
  promise: Promise<T>,
): Promise<T> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let hurry = (): void => {};
  const late = new Promise<never>((_, reject) => {
    const expireAfter = (wholeMs: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => reject(expired(Math.round(wholeMs))), Math.max(0, wholeMs - (performance.now() - started)));
    };
    hurry = () => expireAfter(Math.min(milliseconds, performance.now() - started + usualMs));
    expireAfter(milliseconds);
  });
  signal?.addEventListener("abort", hurry, { once: true });
  if (signal?.aborted) hurry();
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", hurry);
    // After the limit nobody waits for the promise any more.
    promise.catch(() => {});
  }
}
