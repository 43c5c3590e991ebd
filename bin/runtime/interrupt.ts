/** Ends a command on Ctrl-C or SIGTERM. */
interface Interrupt {
  /** Aborts at the first signal. A second one ends the process at once. */
  signal: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function interrupt(): Interrupt {
  const controller = new AbortController();
  const heard = (): void => {
    if (controller.signal.aborted) process.exit(130);
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
