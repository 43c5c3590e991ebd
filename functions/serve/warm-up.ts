import { setTimeout as wait } from "node:timers/promises";
import type { Serve } from "./serve.ts";

const LIMIT = 3_000;

/** Asks for an unknown hash once. Init must not fail because the database is down: the first request will say so. */
export async function warmUp(serve: Serve): Promise<void> {
  const body = JSON.stringify({ query: `{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }` });
  const request = {
    method: "POST",
    path: "/graphql/query",
    query: "",
    target: "/graphql/query",
    headers: { "content-type": "application/json" },
    body: Buffer.from(body),
    id: "warm-up",
  };
  await Promise.race([serve.handle(request).catch(() => {}), wait(LIMIT, undefined, { ref: false })]);
}
