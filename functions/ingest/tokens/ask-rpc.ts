import type { Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";
import { createRpcClient } from "../source/rpc-client.ts";
import type { Report } from "../source/source-report.ts";
import { BalanceRepair, type RepairSummary } from "./balance-repair.ts";
import { LayoutChecks, type LayoutsSummary } from "./layout-checks.ts";
import { MissingCode } from "./missing-code.ts";
import { MissingInstances, type MissingSummary } from "./missing-instances.ts";
import { fillQueues, forgetAnswered, type QueueLengths, readQueues } from "./queues.ts";
import { RpcPass, UNIT_MS, type Unit, type Work } from "./rpc-pass.ts";
import { type NamesSummary, TokenNames } from "./token-names.ts";
import { TokenUris, type UrisSummary } from "./token-uris.ts";

/** Options of `askRpc`. */
export interface AskRpcOptions {
  /** Stellar RPC; undefined: everything waits until there is one. */
  rpcUrl: string | undefined;
  networkPassphrase: string;
  /** When the pass must be over, milliseconds since 1970. */
  deadline: number;
  signal?: AbortSignal | undefined;
  report?: Report | undefined;
  /** Bound of one request, milliseconds; 5,000 by default. */
  timeoutMs?: number;
}

/** What a pass did. */
export interface RpcSummary {
  instances: MissingSummary;
  code: MissingSummary;
  names: NamesSummary;
  balances: RepairSummary;
  layouts: LayoutsSummary;
  uris: UrisSummary;
  queues: QueueLengths;
  /** Why the pass ended before its time; null: it did not. */
  problem: WalletError | null;
}

const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** Ledgers that a server may be ahead by beside one for each second since our newest closed: clocks differ. */
const MAX_AHEAD = 100;

/** The newest ledger in the database, and one that no network can have closed yet. */
async function readLedgers(sql: Database): Promise<{ cursor: number; newest: number }> {
  const [row] = await sql<{ ledger: number; age: number }[]>`
    select ledger, greatest(0, extract(epoch from now() - closed_at))::integer as age from cursors where name = 'latest' and ledger is not null`;
  return { cursor: row?.ledger ?? 0, newest: row ? row.ledger + row.age + MAX_AHEAD : 0x7fffffff };
}

/**
 * One pass over what is left to ask Stellar RPC for, outside of any ledger's transaction: the code of contracts, the names of tokens, balances
 * that neither storage nor events tell, whether storage is right about balances, the URIs of NFTs; all in turns. What fails is asked for
 * again with growing pauses.
 * @param sql the lock's session, with no ledger being written
 * @returns never rejects for RPC's sake: see `problem`
 * @throws what the database throws
 */
export async function askRpc(sql: Database, options: AskRpcOptions): Promise<RpcSummary> {
  const { rpcUrl, networkPassphrase, deadline, report, timeoutMs = 5_000 } = options;
  const nothing: Omit<RpcSummary, "queues" | "problem"> = {
    instances: { resolved: 0, postponed: 0 },
    code: { resolved: 0, postponed: 0 },
    names: { resolved: 0, postponed: 0, givenUp: 0 },
    balances: { resolved: 0, postponed: 0 },
    layouts: { equal: 0, confirmed: [], refuted: [] },
    uris: { resolved: 0, postponed: 0 },
  };
  let done = nothing;
  let problem: WalletError | null = null;
  await fillQueues(sql);
  const timeLeft = Math.max(0, deadline - Date.now());
  if (rpcUrl && timeLeft > UNIT_MS) {
    const late = AbortSignal.timeout(timeLeft);
    const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
    const client = createRpcClient({ url: rpcUrl, timeoutMs, attempts: 2, limit: MAX_RESPONSE_BYTES, report });
    const pass = new RpcPass(sql, client, networkPassphrase, deadline, signal);
    const { cursor, newest } = await readLedgers(sql);
    const work = {
      instances: new MissingInstances(pass, cursor),
      code: new MissingCode(pass, cursor),
      names: new TokenNames(pass),
      balances: new BalanceRepair(pass, newest),
      layouts: new LayoutChecks(pass, cursor, newest),
      uris: new TokenUris(pass, cursor),
    };
    done = {
      instances: work.instances.summary,
      code: work.code.summary,
      names: work.names.summary,
      balances: work.balances.summary,
      layouts: work.layouts.summary,
      uris: work.uris.summary,
    };
    try {
      await pass.run(both(work.instances, work.code), [work.names, work.balances, work.layouts, work.uris]);
      ({ problem } = pass);
    } catch (error) {
      if (error instanceof WalletError) problem = error;
      else if (!signal.aborted) throw error;
    }
    await forgetAnswered(sql);
  }
  return { ...done, queues: await readQueues(sql), problem };
}

/** Two kinds of work as one. */
function both(one: Work, other: Work): Work {
  return { due: async (): Promise<Unit[]> => [...(await one.due()), ...(await other.due())] };
}
