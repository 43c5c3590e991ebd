import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import { makePartitionsAhead } from "../../functions/ingest/maintenance/partitions.ts";
import { AccountKeys } from "../../functions/ingest/persist/account-keys.ts";
import { HistoryEncoder } from "../../functions/ingest/persist/history.ts";
import { multiCopy } from "../../functions/ingest/persist/multi-copy.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { type PhaseFigures, phase } from "./phase.ts";
import { onServer } from "./scratch-database.ts";

/** Times that every ledger is written; the fastest counts. */
const PASSES = 3;

/** What the history alone takes, without current state, a ledger. */
export interface HistoryFigures {
  /** Milliseconds of packing the rows. */
  encode: PhaseFigures;
  /** Milliseconds from begin to the response of the commit, of which the packing is no part. */
  write: PhaseFigures;
  /** Bytes of the tables with their indexes and TOAST. */
  bytes: number;
}

/** Partitions or chunks that have rows: those that were made ahead would weigh on a short history. */
async function bytesOfHistory(sql: Database): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    select (pg_total_relation_size('transaction_hashes') + sum(pg_total_relation_size(inhrelid)))::float8 as bytes from pg_inherits
    where inhparent = any (array['transactions', 'account_links']::regclass[]) and pg_relation_size(inhrelid) > 0`;
  return row!.bytes;
}

/**
 * Writes the history of the ledgers and nothing else, one ledger a transaction.
 * @param url an empty, migrated database
 * @param ledgers raw, of one network
 */
export async function benchHistory(
  url: string,
  ledgers: readonly Uint8Array[],
  networkPassphrase: string,
  storeSignatures: boolean,
): Promise<HistoryFigures> {
  const reader = new LedgerReader();
  const indexer = createIndexer(networkPassphrase);
  const encodeMs: number[] = ledgers.map(() => Infinity);
  const writeMs: number[] = ledgers.map(() => Infinity);
  let bytes = 0;
  await onServer(url, async (sql) => {
    const [key] = await sql<{ secret: Uint8Array }[]>`select secret from account_key_secret`;
    const accountKeySecret = key!.secret;
    const encoder = new HistoryEncoder({ networkPassphrase, accountKeySecret, storeSignatures }, new AccountKeys(accountKeySecret));
    const days = new Set<number>();
    for (let pass = 0; pass < PASSES; pass++) {
      for (const [at, raw] of ledgers.entries()) {
        const ledger = reader.open(raw);
        const rows = indexer.index(ledger);
        ledger.close();
        await makePartitionsAhead(sql, Number(rows.header.closedAt), days);
        const start = performance.now();
        const copies = encoder.encode(rows);
        const encoded = performance.now();
        await Promise.all([sql.unsafe("begin").execute(), multiCopy(sql, copies, "commit")]);
        encodeMs[at] = Math.min(encodeMs[at]!, encoded - start);
        writeMs[at] = Math.min(writeMs[at]!, performance.now() - encoded);
      }
      // Keys that are there already take less room in an index.
      if (pass === 0) bytes = await bytesOfHistory(sql);
    }
  });
  return { encode: phase(encodeMs), write: phase(writeMs), bytes: bytes / ledgers.length };
}
