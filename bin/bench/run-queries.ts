import type { LoadFigures, LoadOrder } from "./load.ts";
import { percentile } from "./percentile.ts";
import type { BenchQuery } from "./queries.ts";

/** Sends one GraphQL request's body and gives the answer's. */
export type Ask = (body: string) => Promise<string>;

/**
 * Measures every query at every concurrency, after all of them have been asked as often for warming up: the first query must not
 * pay for the code that all of them run.
 * @param connect one asker for each request at a time
 * @throws Error when an answer has errors
 */
export async function runQueries({ queries, concurrencies, requests }: LoadOrder, connect: () => Promise<Ask>): Promise<LoadFigures[]> {
  const warmUp = await Promise.all(Array.from({ length: Math.max(...concurrencies) }, connect));
  for (const query of queries) await measure(query, warmUp, requests);
  const figures: LoadFigures[] = [];
  for (const concurrency of concurrencies) {
    // New connections: the server closes those that are silent for some seconds.
    const askers = await Promise.all(Array.from({ length: concurrency }, connect));
    for (const query of queries) {
      const times = await measure(query, askers, requests);
      figures.push({ name: query.name, concurrency, p50: percentile(times, 0.5), p99: percentile(times, 0.99) });
    }
  }
  return figures;
}

/** Milliseconds of each request; the askers share them. */
async function measure({ name, query, variables }: BenchQuery, askers: readonly Ask[], requests: number): Promise<number[]> {
  const bodies = variables.map((set) => JSON.stringify({ query, variables: set }));
  const times: number[] = [];
  let next = 0;
  const loop = async (ask: Ask): Promise<void> => {
    while (next < requests) {
      const body = bodies[next++ % bodies.length]!;
      const start = performance.now();
      const answer = await ask(body);
      times.push(performance.now() - start);
      if (answer.includes('"errors"')) throw new Error(`${name}: ${answer.slice(0, 300)}`);
    }
  };
  await Promise.all(askers.map(loop));
  return times;
}

/** Answers the process's one order. @param run its figures */
export function onOrder(run: (order: LoadOrder) => Promise<unknown>): void {
  process.once("message", (order: LoadOrder) => {
    run(order).then(
      (figures) => process.send!(figures),
      (error: unknown) => process.send!({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
}
