import type { Plugin } from "graphql-yoga";
import { byteaHex } from "../../../shared/columns/bytea.ts";
import type { Pool } from "../../database/pool.ts";
import { inSnapshot, type Snapshot } from "../../database/snapshot.ts";
import { historyUnreadable } from "../../errors/client-errors.ts";
import { Budget } from "../../loaders/budget.ts";
import { Loaders, type LoadersOptions } from "../../loaders/loaders.ts";
import { latestLedger } from "../../queries/cursors.ts";
import type { Context, GraphqlFacts } from "../../resolvers/context.ts";
import { formatTime } from "../../values/time.ts";
import { createDatabaseGate, type DatabaseGate } from "../database-gate.ts";

/**
 * Gives each execution its snapshot, loaders and budget, and says in the context how fresh it was, or why it must not be shown.
 * @param networkPassphrase of the settings; null: the database decides
 * @param points that an execution may take
 */
export function useSnapshot(pool: Pool, networkPassphrase: string | null, points: number): Plugin<Context> {
  const gate = createDatabaseGate(networkPassphrase);
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => {
        const context = args.contextValue as Context;
        return inSnapshot(pool, async (snapshot) => {
          const beside: { freshness?: Promise<void>; verdict?: ReturnType<DatabaseGate> } = {};
          snapshot.onBegin = () => {
            // First: a statement that fails because a table is missing would keep the version from being read.
            beside.verdict = gate(snapshot);
            // Sent behind the statement that began the snapshot, without waiting for it.
            beside.freshness = Promise.resolve()
              .then(() => readFreshness(context.facts, snapshot))
              .catch(() => {});
          };
          context.errors.length = 0;
          const budget = new Budget({ points, milliseconds: pool.deadlineMs });
          const passphrase = async (): Promise<string> => (await gate(snapshot)).networkPassphrase;
          context.readFrom(new Loaders(snapshot, loadersOptions(context, passphrase, budget)), budget);
          try {
            let result: Awaited<ReturnType<typeof executeFn>> = await executeFn(args);
            // What was resolved until then is of no use, and each further field may have left an error.
            if (budget.exceeded !== null) result = { errors: [budget.exceeded] };
            if (beside.freshness !== undefined) await beside.freshness;
            context.facts.refusal = (await beside.verdict)?.refusal ?? undefined;
            return result;
          } finally {
            context.facts.statements = snapshot.statements;
            context.facts.taken = budget.taken;
            const { cost } = context.facts;
            if (cost !== undefined) cost.charged = Math.max(cost.complexity, budget.points);
            context.facts.unavailable = (snapshot.answered === 0 ? snapshot.unavailable : null) ?? undefined;
          }
        });
      });
    },
  };
}

/** A part of the history that cannot be read becomes one error of the response, however often it is met. */
function loadersOptions({ errors }: Context, networkPassphrase: LoadersOptions["networkPassphrase"], budget: Budget): LoadersOptions {
  const reported = new Set<string>();
  return {
    networkPassphrase,
    budget,
    reportUnreadable(part, error) {
      const unreadable = JSON.stringify(part);
      if (reported.has(unreadable)) return;
      reported.add(unreadable);
      errors.push(historyUnreadable(part, error));
    },
  };
}

async function readFreshness(facts: GraphqlFacts, snapshot: Snapshot): Promise<void> {
  const latest = await latestLedger(snapshot);
  const closedAt = latest?.closed_at == null ? null : formatTime(latest.closed_at);
  const age = latest?.age ?? null;
  facts.ledger = {
    sequence: latest?.ledger ?? null,
    hash: latest?.ledger_hash == null ? null : byteaHex(latest.ledger_hash),
    closedAt,
    protocolVersion: latest?.protocol_version ?? null,
    lagSeconds: age === null ? null : Math.max(0, Math.round(age)),
    ...(latest?.newer_protocol_from == null ? {} : { newerProtocolFrom: latest.newer_protocol_from }),
  };
}
