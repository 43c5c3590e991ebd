import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { RawLedger } from "./memory-source.ts";

/** A folder of its own for a test file; gone with it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wallet-simulation-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes ledgers as files for a process of its own to read. */
export function ledgerFolder(ledgers: readonly RawLedger[]): string {
  const folder = temporaryFolder();
  for (const { bytes, sequence } of ledgers) writeFileSync(join(folder, `${sequence}.xdr`), bytes);
  return folder;
}
