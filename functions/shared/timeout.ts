/** Thrown by `withTimeout`; its code is among those of a lost connection. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
  readonly code = "ETIMEDOUT";
}

/**
 * The promise's result, or an error after so many milliseconds. A network that swallows packets is silent for minutes, which an
 * invocation does not have. The work itself goes on: the caller ends its connection.
 * @param what for the TimeoutError's message, e.g. "taking the lock", or what makes another error
 */
export async function withTimeout<T>(milliseconds: number, what: string | (() => Error), promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(typeof what === "string" ? new TimeoutError(`${what} took longer than ${milliseconds} ms`) : what()),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
    // After a timeout nobody waits for the promise any more.
    promise.catch(() => {});
  }
}
