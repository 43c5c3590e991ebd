import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { WalletError } from "../../functions/shared/errors.ts";
import type { BenchQuery } from "./queries.ts";

/** One query under load, milliseconds from the first byte of the request to the last of the answer. */
export interface LoadFigures {
  name: string;
  concurrency: number;
  p50: number;
  p99: number;
}

/** What a load process is told. */
export interface LoadOrder {
  queries: BenchQuery[];
  concurrencies: number[];
  /** Requests a query and concurrency, and as many a query for warming up. */
  requests: number;
}

/**
 * Runs a script of this folder that measures queries, in a process of its own: neither side's time is the other's.
 * @param script its file name; it is given a `LoadOrder` and answers with the figures, or with an `error`
 * @throws WalletError BENCHMARK_FAILED when a query is not answered, or answered with errors
 */
export async function runLoad<Figures>(
  script: string,
  argument: string,
  order: LoadOrder,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Figures> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [argument], {
    env: environment,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.send(order);
  const [reply] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code, signal]) => [{ error: `${script} ended (${String(code ?? signal)})` }]),
  ])) as [Figures & { error?: string }];
  child.kill();
  if (reply.error !== undefined) throw new WalletError("BENCHMARK_FAILED", `A query of the benchmark failed: ${reply.error}`);
  return reply;
}
