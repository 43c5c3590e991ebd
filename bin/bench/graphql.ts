import { WalletError } from "../../functions/shared/errors.ts";
import { percentile } from "./percentile.ts";
import type { BenchQuery } from "./queries.ts";

/** Milliseconds over HTTP, one request at a time. */
export interface QueryFigures {
  name: string;
  p50: number;
  p99: number;
}

async function ask(url: string, query: string, variables: Record<string, string>): Promise<number> {
  const start = performance.now();
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const elapsed = performance.now() - start;
  if (!response.ok || text.includes('"errors"')) {
    throw new WalletError(
      "VERIFY_FAILED",
      `A query of the benchmark failed: HTTP ${response.status} ${text.slice(0, 300)}. Check the API.`,
    );
  }
  return elapsed;
}

/** @param runs requests a query, after as many again for warming up, at most 50 */
export async function benchGraphql(url: string, queries: BenchQuery[], runs: number): Promise<QueryFigures[]> {
  const figures: QueryFigures[] = [];
  for (const { name, query, variables } of queries) {
    const once = (i: number): Promise<number> => ask(url, query, variables[i % variables.length]!);
    for (let i = 0; i < Math.min(runs, 50); i++) await once(i);
    const times: number[] = [];
    for (let i = 0; i < runs; i++) times.push(await once(i));
    figures.push({ name, p50: percentile(times, 0.5), p99: percentile(times, 0.99) });
  }
  return figures;
}
