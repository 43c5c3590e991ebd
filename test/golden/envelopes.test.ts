import assert from "node:assert/strict";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { coreLedgers, indexedLedgers, PUBNET } from "../fixtures/golden-ledgers.ts";
import { envelopesOf, saidByNode, saidBySdk } from "../fixtures/sdk-envelopes.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";
import { transactionNodes } from "../fixtures/transaction-nodes.ts";

/*
 * What the API says of a transaction is read from its payload by our reader. Here it is compared with what the SDK decodes of the envelopes in
 * the ledger itself.
 */

/** Compares every transaction of a ledger; the envelopes of its set are in another order. @returns how many there are */
function compare(name: string, passphrase: string, bytes: Uint8Array): number {
  const expected = envelopesOf(xdr.LedgerCloseMeta.fromXdr(bytes)).map(saidBySdk);
  const byEnvelope = new Map(expected.map((said) => [said.envelopeXdr, said]));
  const nodes = transactionNodes(passphrase, bytes);
  assert.equal(nodes.length, expected.length, name);
  for (const node of nodes) {
    const said = saidByNode(node);
    const envelope = byEnvelope.get(said.envelopeXdr);
    assert.ok(envelope && byEnvelope.delete(said.envelopeXdr), `${name}: the ledger has no such envelope: ${said.envelopeXdr}`);
    assert.deepEqual(said, envelope, name);
  }
  return expected.length;
}

sharedTest("what the API says of the public network's and the synthetic ledgers' transactions is what the SDK decodes", () => {
  let transactions = 0;
  for (const { name, passphrase, bytes } of indexedLedgers()) transactions += compare(name, passphrase, bytes);
  assert.ok(transactions > 1269);
});

sharedTest("what the API says of the chain's transactions is what the SDK decodes", async () => {
  let transactions = 0;
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    transactions += compare(String(ledger.sequence), PUBNET, Uint8Array.from(ledger.bytes));
  }
  assert.equal(transactions, 15228);
});

sharedTest("what the API says of the transactions of stellar-core's ledgers is what the SDK decodes", () => {
  let transactions = 0;
  for (const { name, passphrase, bytes } of coreLedgers()) transactions += compare(name, passphrase, bytes);
  assert.ok(transactions > 7788);
});
