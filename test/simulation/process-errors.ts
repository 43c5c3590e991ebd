/** What came out of no promise and no callback of ours, in this process. */
interface ProcessErrors {
  /** Uncaught exceptions and unhandled rejections. */
  uncaught: unknown[];
}

/** Records until the process ends. Monitors only: the errors go where they would go without it. */
export function recordProcessErrors(): ProcessErrors {
  const errors: ProcessErrors = { uncaught: [] };
  process.on("uncaughtExceptionMonitor", (error) => void errors.uncaught.push(error));
  return errors;
}
