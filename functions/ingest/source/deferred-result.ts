/**
 * Waits for a promise that nobody may ever look at: its failure is kept, not reported as unhandled, and thrown where the value
 * is taken.
 * @example
 * const coming = deferredResult(fetchNext());
 * await work();
 * const next = (await coming)();
 */
export async function deferredResult<T>(promise: Promise<T>): Promise<() => T> {
  try {
    const value = await promise;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
