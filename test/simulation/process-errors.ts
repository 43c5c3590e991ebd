import { isDriverWriteError } from "../../functions/ingest/driver-guard.ts";

/** What came out of no promise and no callback of ours, in this process. */
export interface ProcessErrors {
  /** Uncaught exceptions and unhandled rejections. */
  uncaught: unknown[];
  /** The one error of the driver that `withDriverGuard` lets pass. */
  guarded: number;
}

/** Records until the process ends. Monitors only: the errors go where they would go without it. */
export function recordProcessErrors(): ProcessErrors {
  const errors: ProcessErrors = { uncaught: [], guarded: 0 };
  process.on("uncaughtExceptionMonitor", (error) => {
    if (isDriverWriteError(error)) errors.guarded++;
    else errors.uncaught.push(error);
  });
  return errors;
}
