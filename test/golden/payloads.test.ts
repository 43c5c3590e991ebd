import assert from "node:assert/strict";
import { hash as digest } from "node:crypto";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows, OperationRow, StateChangeRow, TransactionRow } from "../../functions/ingest/indexer/rows.ts";
import type { Address } from "../../functions/shared/xdr/address.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { byteaText } from "../../functions/shared/columns/bytea.ts";
import { nativeContract } from "../../functions/shared/columns/contract-id.ts";
import { Payload } from "../../functions/shared/columns/history/payload-decoder.ts";
import { PayloadEncoder } from "../../functions/shared/columns/history/payload-encoder.ts";
import { operationPlace, transactionOfToid } from "../../functions/shared/columns/toid.ts";
import { coreLedgers, indexedLedgers, PUBNET } from "../fixtures/golden-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";

/*
 * Every transaction of the shared ledgers is packed by ingest's encoder and unpacked by serve's decoder: the rows come back, and the parts of
 * the envelope make the envelope that the ledger has.
 */

/** What a network's ledgers are packed and unpacked with. */
class Network {
  readonly id: Buffer;
  readonly native: string;
  readonly indexer: Indexer;
  readonly encoders: readonly [withSignatures: boolean, encoder: PayloadEncoder][];

  constructor(passphrase: string) {
    this.id = digest("sha256", passphrase, "buffer");
    this.native = byteaText(nativeContract(passphrase));
    this.indexer = createIndexer(passphrase);
    this.encoders = [true, false].map((withSignatures) => [withSignatures, new PayloadEncoder(nativeContract(passphrase), withSignatures)]);
  }
}
const networks = new Map<string, Network>();

const column = ({ bytes }: Address): string => byteaText(bytes);
const optional = (address: Address | null): string | null => (address === null ? null : column(address));
const byBytes = (a: Address, b: Address): number => Buffer.compare(a.bytes, b.bytes);

/** A transaction with what belongs to it, its lists in the order that the writer gives them. */
interface Whole {
  row: TransactionRow;
  operations: OperationRow[];
  stateChanges: StateChangeRow[];
}

function wholeTransactions({ transactions, operations, stateChanges }: LedgerRows): Whole[] {
  const operationsOf = Map.groupBy(operations, ({ toid }) => transactionOfToid(toid));
  const changesOf = Map.groupBy(stateChanges, ({ transaction }) => transaction);
  return transactions.map((row) => {
    const own = operationsOf.get(row.toid) ?? [];
    for (const { accounts } of [row, ...own]) accounts.sort(byBytes);
    return { row, operations: own, stateChanges: changesOf.get(row.toid) ?? [] };
  });
}

/** The state change as it is decoded; no text column has ever held NUL. */
function decodedChange({
  transaction,
  operation,
  account,
  tokenId,
  counterparty,
  signer,
  spender,
  creator,
  destination,
  ...rest
}: StateChangeRow): object {
  assert.ok(operation === 0 || transactionOfToid(operation) === transaction);
  const storable = JSON.parse(JSON.stringify(rest).replaceAll("\\u0000", "\uFFFD")) as typeof rest;
  return {
    ...storable,
    operation: operationPlace(operation),
    account: column(account),
    tokenId: optional(tokenId),
    counterparty: optional(counterparty),
    signer: optional(signer),
    spender: optional(spender),
    creator: optional(creator),
    destination: optional(destination),
  };
}

const decodedOperation = ({ operationType, resultCode, successful, accounts, operationXdr }: OperationRow): object => ({
  operationType,
  resultCode,
  successful,
  accounts: accounts.map(column),
  operationXdr: Buffer.from(operationXdr).toString("base64"),
});

function assertRows(payload: Payload, { row, operations, stateChanges }: Whole, where: string): void {
  assert.equal(payload.feeCharged, row.feeCharged, where);
  assert.equal(payload.resultCode, row.resultCode, where);
  assert.equal(payload.envelopeType === "feeBump", row.isFeeBump, where);
  assert.deepEqual(payload.accounts, row.accounts.map(column), where);
  const decoded = payload.operations().map(({ operationXdr, ...rest }) => ({ ...rest, operationXdr: operationXdr.toString("base64") }));
  assert.deepEqual(decoded, operations.map(decodedOperation), where);
  assert.deepEqual(payload.stateChanges(), stateChanges.map(decodedChange), where);
}

/** The XDR of a union's discriminant. */
const word = (value: number): Buffer => Buffer.of(0, 0, 0, value);
const [V0, V1, FEE_BUMP] = [0, 2, 5];

/** TransactionEnvelope from the parts of a payload, and what the network signs of it. */
function envelopeOf({ envelopeType, transactionXdr, signatures, feeBumpXdr, feeBumpSignatures }: Payload): {
  envelope: Buffer;
  signed: Buffer;
} {
  assert.ok(signatures);
  if (envelopeType === "v0") {
    const signed = Buffer.concat([word(V1), word(0), transactionXdr]);
    return { envelope: Buffer.concat([word(V0), transactionXdr, signatures]), signed };
  }
  const inner = Buffer.concat([word(V1), transactionXdr, signatures]);
  if (envelopeType === "v1") return { envelope: inner, signed: Buffer.concat([word(V1), transactionXdr]) };
  const signed = Buffer.concat([word(FEE_BUMP), feeBumpXdr!, inner, word(0)]);
  return { envelope: Buffer.concat([signed, feeBumpSignatures!]), signed };
}

/** @returns the envelopes that the payloads make, in the order of the transactions, and the kinds of them */
function checkLedger(name: string, passphrase: string, bytes: Uint8Array): { envelopes: Buffer[]; kinds: string[] } {
  let network = networks.get(passphrase);
  if (!network) networks.set(passphrase, (network = new Network(passphrase)));
  const ledger = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const envelopes: Buffer[] = [];
  const kinds: string[] = [];
  for (const [at, whole] of wholeTransactions(indexBytes(network.indexer, bytes)).entries()) {
    const where = `${name} transaction ${at + 1}`;
    const { row, operations, stateChanges } = whole;
    for (const [withSignatures, encoder] of network.encoders) {
      const payload = new Payload(Buffer.from(encoder.encode({ ...row, operations, stateChanges }, row.envelope)), network.native);
      assertRows(payload, whole, where);
      kinds.push(payload.envelopeType);
      if (!withSignatures) {
        assert.deepEqual([payload.signatures, payload.feeBumpSignatures], [null, null], where);
        continue;
      }
      const { envelope, signed } = envelopeOf(payload);
      assert.equal(digest("sha256", Buffer.concat([network.id, signed]), "hex"), Buffer.from(row.hash).toString("hex"), where);
      assert.ok(ledger.includes(envelope), `${where}: the ledger has no such envelope`);
      envelopes.push(envelope);
    }
  }
  return { envelopes, kinds };
}

/** All envelopes of a ledger by the SDK. */
function sdkEnvelopes(bytes: Uint8Array): string[] {
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  const all =
    meta.type === "v0"
      ? meta.v0.txSet.txs
      : (meta.type === "v1" ? meta.v1 : meta.v2).txSet.v1TxSet.phases.flatMap((phase) =>
          phase.type === "v0Components"
            ? phase.v0Components.flatMap((component) => component.txsMaybeDiscountedFee.txs)
            : phase.parallelTxsComponent.executionStages.flat(2),
        );
  return all.map((envelope) => envelope.toXdr("base64"));
}

sharedTest("pubnet and synthetic ledgers come back from their payloads, with the envelopes that the SDK finds", () => {
  for (const { name, passphrase, bytes } of indexedLedgers()) {
    const { envelopes } = checkLedger(name, passphrase, bytes);
    assert.deepEqual(envelopes.map((envelope) => envelope.toString("base64")).sort(), sdkEnvelopes(bytes).sort(), name);
  }
});

sharedTest("the chain comes back from its payloads", async () => {
  let ledgers = 0;
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    const bytes = Uint8Array.from(ledger.bytes);
    checkLedger(String(ledger.sequence), PUBNET, bytes);
    ledgers++;
  }
  assert.equal(ledgers, 48);
});

sharedTest("stellar-core's ledgers come back from their payloads, every kind of envelope included", () => {
  const seen = new Set<string>();
  for (const { name, passphrase, bytes } of coreLedgers()) for (const kind of checkLedger(name, passphrase, bytes).kinds) seen.add(kind);
  assert.deepEqual([...seen].sort(), ["feeBump", "v0", "v1"]);
});
