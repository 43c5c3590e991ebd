/**
 * postgres.js 3.4.9 throws outside of every promise when its backend dies between two writes: a TypeError out of a timer, for
 * the socket is gone. The query's promise rejects all the same, so that error alone carries no news. While `run` runs, exactly
 * this error is let pass; any other uncaught exception ends the process as it would without the guard.
 */
export async function withDriverGuard<T>(run: () => Promise<T>): Promise<T> {
  const guard = (error: unknown): void => {
    if (isDriverWriteError(error)) return;
    process.off("uncaughtException", guard);
    throw error;
  };
  process.on("uncaughtException", guard);
  try {
    return await run();
  } finally {
    // The timer may still be due in this turn of the event loop.
    await new Promise((done) => setImmediate(done));
    process.off("uncaughtException", guard);
  }
}

/** Is it the driver's write to a socket that is gone? */
export function isDriverWriteError(error: unknown): boolean {
  return error instanceof TypeError && /null \(reading 'write'\)/.test(error.message) && /nextWrite|connection\.js/.test(error.stack ?? "");
}
