import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../functions/shared/database/session.ts";
import { missingRows, NEWEST_LEDGER, type NewestLedger } from "../fixtures/newest-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { asWalletError } from "../../functions/ingest/invocation/as-wallet-error.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ApiErrors, readAccount, type Chain } from "./chain.ts";

/** Looks at the database again and again while ingestion is disturbed. */
export interface Watcher {
  /** Ends the looking. @throws AssertionError for the first thing seen that must never be seen */
  stop(): Promise<{ looks: number; outages: number }>;
}

interface State {
  cursor: number | null;
  oldest: number | null;
  newest: number | null;
  ledgers: number;
  torn: number;
  beyond: number;
  newestLedger: NewestLedger | null;
}

/** One statement, so one snapshot. `torn`: ledgers of which a part is missing; `beyond`: rows of ledgers that are not there. */
function look(sql: Database): Promise<State[]> {
  return sql<State[]>`
    select (select ledger from cursors where name = 'latest') as cursor, (select ledger from cursors where name = 'oldest') as oldest,
      (select max(sequence) from ledgers) as newest, (select count(*)::int from ledgers) as ledgers,
      (select count(*)::int from ledgers l
        where l.transaction_count <> (select count(*) from transactions t where t.to_id >> 32 = l.sequence and t.ledger_created_at = l.closed_at)
          or l.transaction_count <> (select count(distinct h.to_id) from transaction_hashes h where h.to_id >> 32 = l.sequence)
          or (l.transaction_count > 0) <> exists (select from account_links a where a.ledger_number = l.sequence and a.ledger_created_at = l.closed_at)
      ) as torn, ${sql.unsafe(NEWEST_LEDGER)} as "newestLedger",
      (select count(*)::int from (
        select to_id >> 32 from transactions union all select to_id >> 32 from transaction_hashes union all select ledger_number from account_links
        union all select last_modified_ledger from accounts union all select last_modified_ledger from trustline_balances
        union all select last_modified_ledger from liquidity_pools union all select last_modified_ledger from liquidity_pool_balances
        union all select last_modified_ledger from claimable_balances union all select last_modified_ledger from offers
      ) as rows (ledger) where not exists (select from ledgers l where l.sequence = rows.ledger)) as beyond`;
}

/** Whole ledgers without a gap, the cursor at the newest, and never behind where it was. */
function assertWhole(state: State, previous: number | null): void {
  const { cursor, oldest, newest, ledgers, torn, beyond, newestLedger } = state;
  const missing = missingRows(newestLedger);
  assert.deepEqual(
    { torn, beyond, ...missing },
    { torn: 0, beyond: 0, operations: 0, stateChanges: 0 },
    `a reader saw a part of a ledger: ${JSON.stringify({ ...state, newestLedger: undefined })}`,
  );
  assert.equal(cursor, newest, "the cursor is not at the newest ledger");
  assert.equal(ledgers, cursor === null ? 0 : cursor - oldest! + 1, "a ledger is missing or there twice");
  assert.ok((cursor ?? 0) >= (previous ?? 0), `the cursor went back from ${previous} to ${cursor}`);
}

/** @param bears is an error of a look no finding, for the server was down? */
function watch(once: () => Promise<void>, pauseMs: number, bears: (error: unknown) => boolean): Watcher {
  const stop = new AbortController();
  let looks = 0;
  let outages = 0;
  const done = (async () => {
    while (!stop.signal.aborted) {
      try {
        await once();
        looks++;
      } catch (error) {
        if (!bears(error)) throw error;
        outages++;
      }
      await sleep(pauseMs);
    }
    // The last look is at what has come of it all.
    await once();
  })();
  // Reported by `stop`.
  done.catch(() => {});
  return {
    async stop() {
      stop.abort();
      await done;
      return { looks, outages };
    },
  };
}

function isUnreachable(error: unknown): boolean {
  const known = asWalletError(error);
  return known instanceof WalletError && known.code === "DATABASE_UNREACHABLE";
}

/**
 * Watches the tables by SQL.
 * @param reconnect for a server that goes down meanwhile: a session that it ended is replaced
 */
export function watchTables(sql: Database, pauseMs = 5, reconnect: (() => Database) | null = null): Watcher {
  let cursor: number | null = null;
  let session = sql;
  const once = async (): Promise<void> => {
    const [state] = await look(session);
    assertWhole(state!, cursor);
    ({ cursor } = state!);
  };
  const bears = (error: unknown): boolean => {
    if (!reconnect || !isUnreachable(error)) return false;
    session = reconnect();
    return true;
  };
  return watch(once, pauseMs, bears);
}

/**
 * Watches the API: each answer must be, byte for byte, that of the undisturbed run at the ledger that it names.
 * @param outages the server goes down meanwhile: the API may say that it cannot answer
 */
export function watchApi(databaseUrl: string, { account, answers }: Chain, pauseMs = 5, outages = false): Watcher {
  const api = testApi(databaseUrl, { networkPassphrase: SANDBOX_PASSPHRASE });
  let last: number | null = null;
  const watcher = watch(
    async () => {
      const { ledger, data } = await readAccount(api, account);
      assert.ok((ledger ?? 0) >= (last ?? 0), `the API went back from ledger ${last} to ${ledger}`);
      assert.equal(data, answers.get(ledger), `the API's answer at ledger ${ledger} is not that of the undisturbed run`);
      last = ledger;
    },
    pauseMs,
    (error) => outages && error instanceof ApiErrors,
  );
  return {
    async stop() {
      try {
        return await watcher.stop();
      } finally {
        await api.close();
      }
    },
  };
}
