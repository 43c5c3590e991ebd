import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { openLedger } from "../../functions/ingest/ledger/open-ledger.ts";
import type { RawLedger } from "../../functions/ingest/source/ledger-source.ts";

/** Milliseconds a ledger on one core, the best of the rounds. */
export interface DecodeFigures {
  /** Strict walk over every byte, hash of the header. */
  open: number;
  /** From bytes to rows, opening included. */
  index: number;
  /** The Stellar SDK's `LedgerCloseMeta.fromXDR`, for comparison. */
  sdkDecode: number;
}

/** Runs `each` over all ledgers `rounds` times; milliseconds a ledger of the fastest round. */
function fastest(ledgers: RawLedger[], rounds: number, each: (bytes: Uint8Array) => void): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (const { bytes } of ledgers) each(bytes);
    best = Math.min(best, (performance.now() - start) / ledgers.length);
  }
  return best;
}

export async function benchDecode(ledgers: RawLedger[], passphrase: string, rounds: number): Promise<DecodeFigures> {
  const { LedgerCloseMeta } = await import("@stellar/stellar-sdk/xdr");
  const indexer = createIndexer(passphrase);
  return {
    open: fastest(ledgers, rounds, openLedger),
    index: fastest(ledgers, rounds, (bytes) => indexer.index(bytes)),
    // Slow and steady: two rounds show it.
    sdkDecode: fastest(ledgers, Math.min(rounds, 2), (bytes) => LedgerCloseMeta.fromXdr(bytes)),
  };
}
