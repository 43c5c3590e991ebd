/** Thrown by `within`; its code is among those of a lost session. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
  readonly code = "ETIMEDOUT";
}

/**
 * The promise's result, or a TimeoutError after so many milliseconds. A network that swallows packets answers nothing for
 * minutes; an invocation has no minutes to wait. What was asked goes on: the caller ends the session.
 * @param what for the message, e.g. "taking the lock"
 */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`${what} took longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    // After a late end nobody waits for the promise any more.
    promise.catch(() => {});
  }
}
