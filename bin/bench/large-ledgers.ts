import { hash as digest } from "node:crypto";
import type { Envelope } from "../../functions/ingest/ledger/envelopes.ts";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import { bytesAt, type Ledger } from "../../functions/ingest/ledger/ledger.ts";
import { transactions } from "../../functions/ingest/ledger/transactions.ts";
import { elements } from "../../functions/shared/xdr/words.ts";
import {
  readLedgerHeader,
  readTransactionResultMetaV1,
  skipLedgerCloseMetaExt,
  skipTransactionResultMetaV1,
} from "../../functions/shared/xdr/xdr.generated.ts";

/** What a large ledger is like. */
export interface LargeLedgerSize {
  transactions: number;
  /** At least so many, as far as the samples have transactions of several. */
  operations: number;
}

/** About ten times a ledger of the public network in 2026. */
export const TEN_TIMES_TODAY: LargeLedgerSize = { transactions: 3_000, operations: 10_000 };

const CLOSE_SECONDS = 5n;
/** Arms of TransactionEnvelope. */
const [V0, V1, FEE_BUMP] = [0, 2, 5];
/** Byte offsets in a TransactionResultMetaV1: the hash; the result's code and, of a fee bump, the inner transaction's hash. */
const [HASH_AT, CODE_AT, INNER_HASH_AT] = [4, 44, 48];
const FEE_BUMP_CODES = new Set([1, -13]);
/** Byte offsets in a LedgerHeader. */
const [PREVIOUS_HASH_AT, TX_SET_HASH_AT, CLOSE_TIME_AT] = [4, 36, 68];
/** Stroops; of each component of a transaction set. */
const BASE_FEE = 100n;

/** A transaction of the ledgers that were given. */
interface Sample {
  envelope: Envelope;
  /** Byte offset of the sequence number in the transaction. */
  seqNumAt: number;
  /** XDR `TransactionResultMetaV1`. */
  meta: Uint8Array;
  /** Byte offset in it at which its TransactionResultPair ends. */
  resultEnd: number;
}

/** A sample with another sequence number, and so another hash. */
interface Copy {
  hash: Buffer;
  isSoroban: boolean;
  /** XDR `TransactionEnvelope`. */
  envelope: Buffer;
  meta: Buffer;
  /** XDR `TransactionResultPair`, a view of `meta`. */
  result: Buffer;
}

function sha256(...parts: Uint8Array[]): Buffer {
  return digest("sha256", Buffer.concat(parts), "buffer");
}

function int32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeInt32BE(value, i * 4);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function samplesOf(ledger: Ledger, networkId: Buffer): Sample[] {
  const { x, bytes } = ledger;
  const metas = elements(x, ledger.txProcessing, skipTransactionResultMetaV1);
  return Array.from(transactions(ledger, networkId), ({ envelope }, i) => ({
    envelope,
    seqNumAt: envelope.seqNum * 4 - (envelope.parts.transaction.byteOffset - bytes.byteOffset),
    meta: bytesAt(bytes, metas[i]!, skipTransactionResultMetaV1(x, metas[i]!) - metas[i]!),
    resultEnd: (readTransactionResultMetaV1(x, metas[i]!).feeProcessing - metas[i]!) * 4,
  }));
}

/** @param by what its sequence number is larger by */
function copyOf({ envelope, seqNumAt, meta: sampleMeta, resultEnd }: Sample, by: bigint, networkId: Buffer): Copy {
  const { type, signatures, feeBump, feeBumpSignatures } = envelope.parts;
  const transaction = Buffer.from(envelope.parts.transaction);
  transaction.writeBigInt64BE(BigInt.asIntN(64, transaction.readBigInt64BE(seqNumAt) + by), seqNumAt);
  // A V0 transaction is hashed as the V1 transaction that it is equal to.
  const inner = sha256(networkId, type === "v0" ? int32(V1, V0) : int32(V1), transaction);
  const meta = Buffer.from(sampleMeta);
  let hash = inner;
  let bytes = Buffer.concat([int32(type === "v0" ? V0 : V1), transaction, signatures]);
  if (feeBump && feeBumpSignatures) {
    // Behind the inner envelope: an extension point.
    const bump = Buffer.concat([int32(FEE_BUMP), feeBump, bytes, int32(0)]);
    hash = sha256(networkId, bump);
    bytes = Buffer.concat([bump, feeBumpSignatures]);
    if (FEE_BUMP_CODES.has(meta.readInt32BE(CODE_AT))) meta.set(inner, INNER_HASH_AT);
  }
  meta.set(hash, HASH_AT);
  return { hash, isSoroban: envelope.isSoroban, envelope: bytes, meta, result: meta.subarray(HASH_AT, resultEnd) };
}

/** A GeneralizedTransactionSet: a classic phase of one component, and a Soroban phase of one stage of one cluster; each by hash. */
function transactionSet(previousHash: Uint8Array, copies: readonly Copy[]): Buffer {
  const sorted = copies.toSorted((a, b) => Buffer.compare(a.hash, b.hash));
  const phase = (isSoroban: boolean): Buffer[] => {
    const own = sorted.filter((copy) => copy.isSoroban === isSoroban).map(({ envelope }) => envelope);
    const fee = [int32(1), int64(BASE_FEE)];
    if (isSoroban) return [int32(1), ...fee, ...(own.length > 0 ? [int32(1, 1, own.length), ...own] : [int32(0)])];
    return [int32(0), int32(1, 0), ...fee, int32(own.length), ...own];
  };
  return Buffer.concat([int32(1), previousHash, int32(2), ...phase(false), ...phase(true)]);
}

interface Place {
  sequence: number;
  previousHash: Uint8Array;
  /** Seconds since 1970 UTC. */
  closedAt: bigint;
}

/** A LedgerCloseMeta version 2 in the place, of the template's protocol, which has the transactions in this order and nothing else. */
function closeMeta(template: Ledger, copies: readonly Copy[], place: Place): { bytes: Buffer; hash: Buffer } {
  const { x, bytes: raw, headerStart, headerEnd } = template;
  const set = transactionSet(place.previousHash, copies);
  const header = Buffer.from(bytesAt(raw, headerStart, headerEnd - headerStart));
  const resultHashAt = (readLedgerHeader(x, headerStart).txSetResultHash - headerStart) * 4;
  // Behind it: the hash of the bucket list.
  const sequenceAt = resultHashAt + 64;
  const results = copies.map(({ result }) => result);
  header.set(place.previousHash, PREVIOUS_HASH_AT);
  header.set(sha256(set), TX_SET_HASH_AT);
  header.writeBigInt64BE(place.closedAt, CLOSE_TIME_AT);
  header.set(sha256(int32(results.length), ...results), resultHashAt);
  header.writeUInt32BE(place.sequence, sequenceAt);
  const hash = sha256(header);
  const ext = bytesAt(raw, 1, skipLedgerCloseMetaExt(x, 1) - 1);
  // Behind the transactions: no upgrades, no SCP messages, the size of the live state, no evicted keys.
  const rest = [int32(0, 0), int64(0n), int32(0)];
  const metas = copies.map(({ meta }) => meta);
  return { bytes: Buffer.concat([int32(2), ext, hash, header, int32(0), set, int32(copies.length), ...metas, ...rest]), hash };
}

/** So many samples, in turns; those of several operations only while there are too few of these. */
function* chosen(samples: readonly Sample[], size: LargeLedgerSize): Generator<Sample> {
  const each = size.operations / size.transactions;
  const many = samples.filter(({ envelope }) => envelope.operations.length > each);
  let operations = 0;
  for (let i = 0; i < size.transactions; i++) {
    const from = many.length > 0 && operations < each * i ? many : samples;
    const sample = from[i % from.length]!;
    operations += sample.envelope.operations.length;
    yield sample;
  }
}

/**
 * Makes a chain of large ledgers out of the transactions of others, repeated with other sequence numbers; every hash is that of its
 * content. What the transactions changed is repeated as it was, so the balances say nothing.
 * @param ledgers raw, of one network; those of LedgerCloseMeta version 2 (protocol 23 and later) are used
 * @param count how many large ledgers
 * @returns raw, from sequence 1 on; none when no ledger can be used
 */
export function largeLedgers(
  ledgers: readonly Uint8Array[],
  networkPassphrase: string,
  size: LargeLedgerSize,
  count: number,
): Uint8Array[] {
  const reader = new LedgerReader();
  const networkId = digest("sha256", networkPassphrase, "buffer");
  const opened = ledgers.map((bytes) => reader.open(bytes));
  try {
    const usable = opened.filter(({ metaVersion }) => metaVersion === 2);
    const template = usable.at(-1);
    const samples = usable.flatMap((ledger) => samplesOf(ledger, networkId));
    if (!template || samples.length === 0) return [];
    const made: Uint8Array[] = [];
    let previousHash: Uint8Array = Buffer.alloc(32);
    for (let sequence = 1; sequence <= count; sequence++) {
      const first = (sequence - 1) * size.transactions;
      const copies = Array.from(chosen(samples, size), (sample, i) => copyOf(sample, BigInt(first + i + 1), networkId));
      const place = { sequence, previousHash, closedAt: template.closedAt + CLOSE_SECONDS * BigInt(sequence) };
      const { bytes, hash } = closeMeta(template, copies, place);
      made.push(bytes);
      previousHash = hash;
    }
    return made;
  } finally {
    for (const ledger of opened) ledger.close();
  }
}
