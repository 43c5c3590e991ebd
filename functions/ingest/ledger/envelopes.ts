import { hash as digest } from "node:crypto";
import type { Address } from "../../shared/xdr/address.ts";
import { accountAt, muxedAsWritten, muxedToAccount } from "../../shared/xdr/addresses.ts";
import type { RecordEnvelope } from "../../shared/columns/history/record.ts";
import { bytesAt, type Ledger } from "./ledger.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import {
  readFeeBumpTransaction,
  readParallelTxsComponent,
  readTransaction,
  readTransactionSet,
  readTransactionSetV1,
  readTransactionV0,
  readTxSetComponentTxsMaybeDiscountedFee,
  skipFeeBumpTransaction,
  skipOperation,
  skipTransaction,
  skipTransactionEnvelope,
  skipTransactionPhase,
  skipTransactionV0,
  skipTxSetComponent,
} from "../../shared/xdr/xdr.generated.ts";

/** What a transaction's envelope says; for a fee bump, of its inner transaction unless named otherwise. */
export interface Envelope {
  isFeeBump: boolean;
  /** The network hash of a fee bump's inner transaction; null: it is no fee bump. */
  innerHash: Uint8Array | null;
  /** Source account as `G…`. */
  source: Address;
  /** Source account as written: `M…` when muxed. */
  sourceAsWritten: Address;
  /** Who pays: the fee source of a fee bump, else the source. `G…` */
  feeAccount: Address;
  /** Offset: sequence number, int64. */
  seqNum: number;
  /** Offsets of the operations. */
  operations: number[];
  isSoroban: boolean;
  /** Its XDR in parts, views into the ledger's bytes. */
  parts: RecordEnvelope;
}

const V0 = 0;
const V1 = 2;
const FEE_BUMP = 5;

/** Offsets of all envelopes of the transaction set, in its own (hash) order. */
function envelopeOffsets(ledger: Ledger): number[] {
  const { x } = ledger;
  if (ledger.metaVersion === 0) return elements(x, readTransactionSet(x, ledger.txSet).txs, skipTransactionEnvelope);
  const offsets: number[] = [];
  for (const phase of elements(x, readTransactionSetV1(x, ledger.txSet + 1).phases, skipTransactionPhase)) {
    if (x[phase] === 0) {
      for (const component of elements(x, phase + 1, skipTxSetComponent)) {
        offsets.push(...elements(x, readTxSetComponentTxsMaybeDiscountedFee(x, component + 1).txs, skipTransactionEnvelope));
      }
    } else {
      parallelEnvelopes(x, readParallelTxsComponent(x, phase + 1).executionStages, offsets);
    }
  }
  return offsets;
}

/** CAP-63: stages of clusters of envelopes. */
function parallelEnvelopes(x: Words, stages: number, offsets: number[]): void {
  let p = stages;
  for (let stage = x[p++]! >>> 0; stage > 0; stage--) {
    for (let cluster = x[p++]! >>> 0; cluster > 0; cluster--) {
      for (let n = x[p++]! >>> 0; n > 0; n--) {
        offsets.push(p);
        p = skipTransactionEnvelope(x, p);
      }
    }
  }
}

/** No common transaction is longer; the buffer grows for one that is. */
const PAYLOAD_BYTES = 4096;

/** Hashes envelopes of one network as the network does. */
class EnvelopeHasher {
  readonly #networkId: Buffer;
  #payload = Buffer.allocUnsafe(PAYLOAD_BYTES);

  /** @param networkId SHA-256 of the network passphrase */
  constructor(networkId: Buffer) {
    this.#networkId = networkId;
  }

  /**
   * The network hash of the envelope at `p`: SHA-256 of network id, envelope type and transaction. For V1 and fee bumps type and
   * transaction stand together in the ledger's bytes; a V0 transaction is hashed as the V1 transaction that it is equal to.
   * @returns the 32 bytes as a latin1 string, for use as a key
   */
  hash(x: Words, bytes: Uint8Array, p: number): string {
    const type = x[p]!;
    const end =
      type === V1 ? skipTransaction(x, p + 1) : type === FEE_BUMP ? skipFeeBumpTransaction(x, p + 1) : skipTransactionV0(x, p + 1);
    const start = type === V0 ? (p + 1) * 4 : p * 4;
    const head = type === V0 ? 40 : 32;
    const size = head + end * 4 - start;
    if (this.#payload.length < size) this.#payload = Buffer.allocUnsafe(size * 2);
    const payload = this.#payload;
    this.#networkId.copy(payload);
    if (type === V0) {
      payload.writeUInt32BE(V1, 32);
      payload.writeUInt32BE(0, 36);
    }
    payload.set(bytes.subarray(start, end * 4), head);
    return digest("sha256", payload.subarray(0, size), "binary");
  }
}

function readEnvelope(hasher: EnvelopeHasher, x: Words, bytes: Uint8Array, p: number): Envelope {
  const between = (start: number, end: number): Uint8Array => bytesAt(bytes, start, end - start);
  const envelopeEnd = skipTransactionEnvelope(x, p);
  if (x[p] === V0) {
    const tx = readTransactionV0(x, p + 1);
    const end = skipTransactionV0(x, p + 1);
    const source = accountAt(x, tx.sourceAccountEd25519);
    const operations = elements(x, tx.operations, skipOperation);
    return {
      isFeeBump: false,
      innerHash: null,
      source,
      sourceAsWritten: source,
      feeAccount: source,
      seqNum: tx.seqNum,
      operations,
      isSoroban: false,
      parts: {
        type: "v0",
        transaction: between(p + 1, end),
        signatures: between(end, envelopeEnd),
        feeBump: null,
        feeBumpSignatures: null,
      },
    };
  }
  const isFeeBump = x[p] === FEE_BUMP;
  const bump = isFeeBump ? readFeeBumpTransaction(x, p + 1) : null;
  // The inner envelope is a union with its own type word.
  const start = bump ? bump.innerTx + 1 : p + 1;
  const tx = readTransaction(x, start);
  const end = skipTransaction(x, start);
  const source = muxedToAccount(x, tx.sourceAccount);
  return {
    isFeeBump,
    innerHash: bump ? Buffer.from(hasher.hash(x, bytes, bump.innerTx), "latin1") : null,
    source,
    sourceAsWritten: muxedAsWritten(x, tx.sourceAccount),
    feeAccount: bump ? muxedToAccount(x, bump.feeSource) : source,
    seqNum: tx.seqNum,
    operations: elements(x, tx.operations, skipOperation),
    isSoroban: x[tx.ext] === 1,
    parts: {
      type: bump ? "feeBump" : "v1",
      transaction: between(start, end),
      signatures: between(end, bump ? bump.ext : envelopeEnd),
      feeBump: bump ? between(p + 1, bump.innerTx) : null,
      // Behind the extension point, which has one value only.
      feeBumpSignatures: bump ? between(bump.ext + 1, envelopeEnd) : null,
    },
  };
}

/**
 * All envelopes of the ledger by network hash (32 bytes as a latin1 string). Each is read when asked for.
 * @param networkId SHA-256 of the network passphrase
 */
export function envelopesByHash(ledger: Ledger, networkId: Buffer): Map<string, () => Envelope> {
  const { x, bytes } = ledger;
  const hasher = new EnvelopeHasher(networkId);
  const envelopes = new Map<string, () => Envelope>();
  for (const p of envelopeOffsets(ledger)) envelopes.set(hasher.hash(x, bytes, p), () => readEnvelope(hasher, x, bytes, p));
  return envelopes;
}
