import type { Plugin } from "graphql-yoga";
import { createSchemaGate } from "../../http/schema-gate.ts";
import type { Pool } from "../../database/pool.ts";
import { Loaders } from "../../loaders/loaders.ts";
import type { PipelineContext } from "../pipeline-context.ts";
import { latestLedger } from "../../queries/cursors.ts";
import { inSnapshot, type Snapshot } from "../../database/snapshot.ts";
import { formatTime } from "../../values/time.ts";

/** Gives each execution its snapshot and loaders, and says in the context how fresh it was, or that the schema is too old. */
export function useSnapshot(pool: Pool): Plugin<PipelineContext> {
  const gate = createSchemaGate();
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => {
        const context = args.contextValue as PipelineContext;
        return inSnapshot(pool, async (snapshot) => {
          const beside: { freshness?: Promise<void>; schema?: ReturnType<typeof gate> } = {};
          snapshot.onBegin = () => {
            // First: a statement that fails for want of a table would keep the version from being read.
            beside.schema = gate(snapshot);
            // Behind the statement that began the snapshot, in its flight.
            beside.freshness = Promise.resolve()
              .then(() => readFreshness(context, snapshot))
              .catch(() => {});
          };
          context.snapshot = snapshot;
          context.loaders = new Loaders(snapshot);
          const result: Awaited<ReturnType<typeof executeFn>> = await executeFn(args);
          if (beside.freshness !== undefined) await beside.freshness;
          context.refused = (await beside.schema) ?? undefined;
          return result;
        });
      });
    },
  };
}

async function readFreshness(context: PipelineContext, snapshot: Snapshot): Promise<void> {
  const latest = await latestLedger(snapshot);
  const closedAt = latest?.closed_at == null ? null : formatTime(latest.closed_at);
  const age = latest?.age ?? null;
  context.ledger = {
    sequence: latest?.ledger ?? null,
    closedAt,
    lagSeconds: age === null ? null : Math.max(0, Math.round(age)),
  };
}
