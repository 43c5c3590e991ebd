import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";

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
function fastest(ledgers: Uint8Array[], rounds: number, each: (bytes: Uint8Array) => void): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (const bytes of ledgers) each(bytes);
    best = Math.min(best, (performance.now() - start) / ledgers.length);
  }
  return best;
}

export async function benchDecode(ledgers: Uint8Array[], passphrase: string, rounds: number): Promise<DecodeFigures> {
  const { LedgerCloseMeta } = await import("@stellar/stellar-sdk/xdr");
  const reader = new LedgerReader();
  const indexer = createIndexer(passphrase);
  return {
    open: fastest(ledgers, rounds, (bytes) => reader.open(bytes).close()),
    index: fastest(ledgers, rounds, (bytes) => {
      const ledger = reader.open(bytes);
      indexer.index(ledger);
      ledger.close();
    }),
    // Slow and steady: two rounds show it.
    sdkDecode: fastest(ledgers, Math.min(rounds, 2), (bytes) => LedgerCloseMeta.fromXdr(bytes)),
  };
}
