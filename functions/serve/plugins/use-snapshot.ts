import type { Plugin } from "graphql-yoga";
import type { Lanes } from "../lanes.ts";
import { Loaders } from "../loaders/loaders.ts";
import type { PipelineContext } from "../pipeline-context.ts";
import { latestLedger } from "../queries/cursors.ts";
import { inSnapshot, type Snapshot } from "../snapshot.ts";
import { answerTime } from "../values/time.ts";

/** Gives each execution its snapshot and loaders, and says in the context how fresh it was. */
export function useSnapshot(lanes: Lanes): Plugin<PipelineContext> {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => {
        const context = args.contextValue as PipelineContext;
        return inSnapshot(lanes, async (snapshot) => {
          let freshness: Promise<void> | null = null;
          snapshot.onBegin = () => {
            freshness = readFreshness(context, snapshot).catch(() => {});
          };
          context.snapshot = snapshot;
          context.loaders = new Loaders(snapshot);
          const result: Awaited<ReturnType<typeof executeFn>> = await executeFn(args);
          if (freshness !== null) await (freshness as Promise<void>);
          return result;
        });
      });
    },
  };
}

async function readFreshness(context: PipelineContext, snapshot: Snapshot): Promise<void> {
  const latest = await latestLedger(snapshot);
  const closedAt = latest?.closed_at == null ? null : answerTime(latest.closed_at);
  const age = latest?.age ?? null;
  context.ledger = {
    sequence: latest?.ledger ?? null,
    closedAt,
    lagSeconds: age === null ? null : Math.max(0, Math.round(age)),
  };
}
