import assert from "node:assert/strict";
import type { Ending } from "./invocation.ts";
import type { SourceFault } from "./memory-source.ts";
import type { PlannedInvocation, Step } from "./plan.ts";

/** How an invocation may end that met a broken connection. */
export const DATABASE_CODES: readonly string[] = ["DATABASE_UNREACHABLE", "PERSIST_FAILED"];

/** How an invocation may end that met a faulty source. */
const SOURCE_CODES: Record<SourceFault["kind"], readonly string[]> = {
  unavailable: ["SOURCE_UNAVAILABLE"],
  ends: [],
  delay: [],
  twice: ["LEDGER_GAP"],
  skips: ["LEDGER_GAP"],
  swaps: ["LEDGER_GAP"],
  foreign: ["NETWORK_MISMATCH"],
  fork: ["CHAIN_BROKEN"],
  short: ["LEDGER_CORRUPT"],
  long: ["LEDGER_CORRUPT"],
  flipped: ["LEDGER_CORRUPT"],
};

/** Fails when an invocation ended with an error that nothing in its plan explains. */
export function assertExplained({ code, ...ending }: Ending, { source, database }: PlannedInvocation, { failover }: Step): void {
  if (code === null) return;
  const allowed = [
    ...(source ? SOURCE_CODES[source.kind] : []),
    ...((database && database.fault.kind !== "delay") || failover ? DATABASE_CODES : []),
  ];
  assert.ok(allowed.includes(code), `an invocation ended with ${code}, which nothing explains: ${JSON.stringify(ending)}`);
}
