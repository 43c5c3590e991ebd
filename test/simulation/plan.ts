import { random, type Random } from "../../bin/simulated-network/random.ts";
import type { Fault } from "../fixtures/fault-proxy.ts";
import type { SourceFault } from "./memory-source.ts";

/** One invocation and what befalls it. */
export interface PlannedInvocation {
  /** Milliseconds after the step's beginning. */
  startsAfter: number;
  source: SourceFault | null;
  /** The fault strikes when the connection comes to this message. */
  database: { from: "client" | "server"; index: number; fault: Fault } | null;
  /** Stops after so many ledgers; null: runs on. */
  ledgers: number | null;
  /** Whole seconds; 0: drain and exit. */
  tailSeconds: number;
}

/** Invocations that overlap; the next step begins when all are over. */
export interface Step {
  /** Milliseconds before it begins: sessions that were cut may hold the lock still, or not. */
  pause: number;
  invocations: PlannedInvocation[];
  /** Milliseconds into the step: every backend ends, and nobody gets a connection for a while. */
  failover: { at: number; milliseconds: number } | null;
}

/** How many messages an undisturbed invocation exchanges: where faults may strike. */
export interface Extent {
  client: number;
  server: number;
  ledgers: number;
}

const DATABASE_FAULTS: Fault["kind"][] = ["terminate", "terminate", "cut", "cut", "cut-inside", "delay"];
const SOURCE_FAULTS: SourceFault["kind"][] = [
  "unavailable",
  "ends",
  "delay",
  "twice",
  "skips",
  "swaps",
  "foreign",
  "fork",
  "short",
  "long",
  "flipped",
];

/** What a seed makes happen, and nothing but the seed. After the plan follow undisturbed invocations. */
export function makePlan(seed: number, extent: Extent): Step[] {
  const from = random(`simulation ${seed}`);
  return Array.from({ length: 2 + from.below(4) }, () => {
    const overlapping = from.below(4) === 0 ? 2 + from.below(2) : 1;
    const invocations = Array.from({ length: overlapping }, () => planInvocation(from, extent));
    return {
      pause: from.below(30),
      invocations,
      failover: from.below(8) === 0 ? { at: from.below(60), milliseconds: 10 + from.below(80) } : null,
    };
  });
}

function planInvocation(from: Random, extent: Extent): PlannedInvocation {
  // Early messages more often than late ones: every invocation has them.
  const share = (1 + from.below(1000)) / 1000;
  const side = from.pick(["client", "server"] as const);
  const kind = from.pick(DATABASE_FAULTS);
  const fault: Fault = kind === "delay" ? { kind, milliseconds: from.below(40) } : { kind };
  return {
    startsAfter: from.below(3) === 0 ? from.below(50) : 0,
    source:
      from.below(2) === 0 ? { kind: from.pick(SOURCE_FAULTS), at: from.below(extent.ledgers), amount: from.below(1 << 16) % 4096 } : null,
    database: from.below(3) > 0 ? { from: side, index: Math.floor(extent[side] * share * share), fault } : null,
    ledgers: from.below(3) === 0 ? 1 + from.below(extent.ledgers) : null,
    tailSeconds: from.below(12) === 0 ? 1 : 0,
  };
}

/** The plan as text, for the report of a failure. */
export function describePlan(plan: Step[]): string {
  return plan.map((step, i) => `  step ${i + 1}: ${JSON.stringify(step)}`).join("\n");
}
