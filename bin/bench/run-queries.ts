import type { LoadFigures, LoadOrder } from "./load.ts";
import { percentile } from "./percentile.ts";

/** Sends one GraphQL request's body and gives the answer's. */
export type Ask = (body: string) => Promise<string>;

/**
 * Measures every query at every concurrency.
 * @param connect one asker for each request at a time
 * @throws Error when an answer has errors
 */
export async function runQueries({ queries, concurrencies, requests }: LoadOrder, connect: () => Promise<Ask>): Promise<LoadFigures[]> {
  const figures: LoadFigures[] = [];
  for (const concurrency of concurrencies) {
    const askers = await Promise.all(Array.from({ length: concurrency }, connect));
    for (const { name, query, variables } of queries) {
      const bodies = variables.map((set) => JSON.stringify({ query, variables: set }));
      const measure = async (runs: number): Promise<number[]> => {
        const times: number[] = [];
        let next = 0;
        const loop = async (ask: Ask): Promise<void> => {
          while (next < runs) {
            const body = bodies[next++ % bodies.length]!;
            const start = performance.now();
            const answer = await ask(body);
            times.push(performance.now() - start);
            if (answer.includes('"errors"')) throw new Error(`${name}: ${answer.slice(0, 300)}`);
          }
        };
        await Promise.all(askers.map(loop));
        return times;
      };
      await measure(Math.ceil(requests / 2));
      const times = await measure(requests);
      figures.push({ name, concurrency, p50: percentile(times, 0.5), p99: percentile(times, 0.99) });
    }
  }
  return figures;
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
