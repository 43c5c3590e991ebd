import { setTimeout as wait } from "node:timers/promises";
import type { Serve } from "./serve.ts";

const TIMEOUT_MS = 3_000;

/**
 * Asks for an unknown hash once, so that the first request finds a connection and warm code. A database that is down must not
 * fail the init phase: the first request reports it.
 */
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
  await Promise.race([serve.handle(request).catch(() => {}), wait(TIMEOUT_MS, undefined, { ref: false })]);
}
