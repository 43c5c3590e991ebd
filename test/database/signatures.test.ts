import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { byteaText } from "../../functions/shared/columns/bytea.ts";
import { nativeContract } from "../../functions/shared/columns/contract-id.ts";
import { Payload } from "../../functions/shared/columns/history/payload-decoder.ts";
import { type TestDatabase, testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";

const LEDGER = "63092990";
const native = byteaText(nativeContract(PUBNET));

async function ingestOne(storeSignatures: boolean): Promise<TestDatabase> {
  const database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), "wallet-ledger-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(shared(`ledgers/pubnet/${LEDGER}.xdr.gz`), join(folder, `${LEDGER}.xdr.gz`));
  assert.equal((await ingestChain(database.url, { folder, storeSignatures })).ledgers, 1);
  return database;
}

async function payloads(database: TestDatabase): Promise<{ bytes: number; payload: Payload }[]> {
  const rows = await database.connect()<{ payload: Uint8Array }[]>`select payload from transactions order by to_id`;
  return rows.map(({ payload }) => ({ bytes: payload.length, payload: new Payload(Buffer.from(payload), native) }));
}

sharedTest("without signatures everything else is stored as it is", async () => {
  const [withThem, without] = [await ingestOne(true), await ingestOne(false)];
  const otherTables = async (database: TestDatabase) => ({ ...(await tableHashes(database.connect())), transactions: null });
  assert.deepEqual(await otherTables(without), await otherTables(withThem));
  const [full, lean] = [await payloads(withThem), await payloads(without)];
  assert.ok(full.length > 100);
  for (const [at, { payload, bytes }] of full.entries()) {
    const other = lean[at]!;
    assert.ok(payload.signatures !== null && payload.signatures.length >= 4);
    assert.deepEqual([other.payload.signatures, other.payload.feeBumpSignatures], [null, null]);
    assert.ok(other.bytes < bytes);
    assert.deepEqual(other.payload.transactionXdr, payload.transactionXdr);
    assert.deepEqual(other.payload.feeBumpXdr, payload.feeBumpXdr);
    assert.deepEqual(
      [other.payload.feeCharged, other.payload.resultCode, other.payload.envelopeType, other.payload.accounts],
      [payload.feeCharged, payload.resultCode, payload.envelopeType, payload.accounts],
    );
    assert.deepEqual(other.payload.operations(), payload.operations());
    assert.deepEqual(other.payload.stateChanges(), payload.stateChanges());
  }
});
