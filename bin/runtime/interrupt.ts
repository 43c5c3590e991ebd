/** Ends a command on Ctrl-C or SIGTERM, in bounded time. */
interface Interrupt {
  /** Aborts at the first signal. A second one ends the process at once. */
  signal: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How long a command may take to end, milliseconds: longer than a write that runs into its bound. */
const LONGEST_END_MS = 30_000;

/** @param longestEndMs after the first signal the process ends at the latest, whatever still hangs */
export function interrupt(longestEndMs = LONGEST_END_MS): Interrupt {
  const controller = new AbortController();
  const heard = (): void => {
    if (controller.signal.aborted) process.exit(130);
    const giveUp = (): never => {
      process.stderr.write(`Not everything has ended within ${longestEndMs / 1000} s of the signal: the process ends without it.\n`);
      process.exit(130);
    };
    // Also after `dispose`: what a command leaves behind must not keep the process. Alone it keeps nothing.
    setTimeout(giveUp, longestEndMs).unref();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, heard);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, heard);
    },
  };
}
