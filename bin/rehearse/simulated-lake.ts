import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { lakeFile } from "../../functions/ingest/source/lake-names.ts";
import { SimulatedChain } from "../simulated-network/chain.ts";

const LAYOUT = { ledgersPerBatch: 1, batchesPerPartition: 64 };
const PASSPHRASE = "Stellar Wallet Rehearsal ; 2026";
const CLOSE_SECONDS = 5;

/** Writes a data lake (SEP-54) with a simulated chain whose newest ledger has just closed. */
export function writeSimulatedLake(directory: string, ledgers: number): void {
  const startedAt = Math.floor(Date.now() / 1000) - ledgers * CLOSE_SECONDS;
  const chain = new SimulatedChain({ passphrase: PASSPHRASE, seed: "rehearsal", startLedger: 2, startedAt, closeSeconds: CLOSE_SECONDS });
  const config = { networkPassphrase: PASSPHRASE, version: "1.0", compression: "zstd", ...LAYOUT };
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, ".config.json"), JSON.stringify(config));
  for (let i = 0; i < ledgers; i++) {
    const sequence = chain.next;
    const bytes = chain.close();
    const file = join(directory, `${lakeFile(LAYOUT, sequence).path}.xdr.zst`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, zstdCompressSync(batchOf(sequence, bytes)));
  }
}

/** A `LedgerCloseMetaBatch` of one ledger: first and last sequence, then an array of length one. */
function batchOf(sequence: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(sequence, 0);
  head.writeUInt32BE(sequence, 4);
  head.writeUInt32BE(1, 8);
  return Buffer.concat([head, bytes]);
}
