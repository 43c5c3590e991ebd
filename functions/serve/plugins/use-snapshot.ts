import type { Plugin } from "graphql-yoga";
import type { Lanes } from "../lanes.ts";
import { Loaders } from "../loaders/loaders.ts";
import type { PipelineContext } from "../pipeline-context.ts";
import { latestLedger } from "../queries/cursors.ts";
import { Snapshot } from "../snapshot.ts";
import { answerTime, parseTime } from "../values/time.ts";

/**
 * Gives each execution its snapshot and loaders, and says in the context how fresh it was. An execution whose connection
 * broke (a lane frozen with its Lambda, a database restart) is repeated once: it only reads.
 */
export function useSnapshot(lanes: Lanes, now: () => number): Plugin<PipelineContext> {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args) => {
        const context = args.contextValue as PipelineContext;
        const first = await run(context);
        return context.snapshot?.lost ? run(context) : first;

        async function run(context: PipelineContext): Promise<Awaited<ReturnType<typeof executeFn>>> {
          const snapshot = new Snapshot(lanes);
          let freshness: Promise<void> | null = null;
          snapshot.onBegin = () => {
            freshness = readFreshness(context, snapshot, now).catch(() => {});
          };
          context.snapshot = snapshot;
          context.loaders = new Loaders(snapshot);
          try {
            const result = await executeFn(args);
            await Promise.resolve(freshness);
            return result;
          } finally {
            snapshot.end();
          }
        }
      });
    },
  };
}

async function readFreshness(context: PipelineContext, snapshot: Snapshot, now: () => number): Promise<void> {
  const latest = await latestLedger(snapshot);
  const closedAt = latest?.closed_at == null ? null : answerTime(latest.closed_at);
  const micros = closedAt === null ? null : parseTime(closedAt);
  context.ledger = {
    sequence: latest?.ledger ?? null,
    closedAt,
    lagSeconds: micros === null ? null : Math.max(0, Math.round((now() - Number(micros / 1000n)) / 1000)),
  };
}
