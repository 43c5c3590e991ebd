import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import type { Ledger } from "../../functions/ingest/ledger/ledger.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox } from "../fixtures/ingest-sandbox.ts";
import { sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

/** A reader that keeps count. */
class CountingReader extends LedgerReader {
  readonly opened: Ledger[] = [];
  /** The most ledgers that were open at once. */
  most = 0;

  override open(bytes: Uint8Array): Ledger {
    const ledger = super.open(bytes);
    this.opened.push(ledger);
    this.most = Math.max(this.most, this.opened.filter(isOpen).length);
    return ledger;
  }
}

function isOpen(ledger: Ledger): boolean {
  try {
    return ledger.x.length > 0;
  } catch {
    return false;
  }
}

test("each ledger is opened once, verified too, and closed before the next one is opened", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wallet-opened-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [i, bytes] of sandboxLedgers(12).entries()) writeFileSync(join(folder, `${i + 1}.xdr`), bytes);
  const database = await testDatabase();
  const reader = new CountingReader();
  const { summary } = await ingestSandbox(database.url, fileSource(folder, { reader }), { startLedger: 1, verify: true });
  assert.equal(summary?.to, 12);
  assert.deepEqual(
    reader.opened.map(({ sequence }) => sequence),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  assert.deepEqual([reader.most, reader.opened.filter(isOpen).length], [1, 0]);
});
