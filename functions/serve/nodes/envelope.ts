import { hash as digest } from "node:crypto";
import type { Payload } from "../../shared/columns/history/payload-decoder.ts";
import { accountAt, muxedAsWritten } from "../../shared/xdr/addresses.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import { int64, type Words } from "../../shared/xdr/words.ts";
import { EnvelopeType, skipMemo, skipMuxedAccount, skipPreconditions } from "../../shared/xdr/xdr.generated.ts";
import { memoAt, type MemoNode } from "./memo.ts";
import { preconditionsAt, type PreconditionsNode } from "./preconditions.ts";

/** The parts of a payload that are the envelope. */
type EnvelopeParts = Pick<Payload, "envelopeType" | "transactionXdr" | "feeBumpXdr" | "signatures" | "feeBumpSignatures">;

/** What a transaction has before its operations: word offsets. */
interface Head {
  x: Words;
  /** uint32, then the sequence number. */
  fee: number;
  conditions: number;
  memo: number;
  /** Their number. */
  operations: number;
}

/**
 * What a transaction's envelope says besides its operations, which are not walked over; of a fee bump, its inner transaction unless named
 * otherwise. Each part is read when it is asked for.
 */
export class Envelope {
  readonly #parts: EnvelopeParts;
  #headRead: Head | null = null;
  #memo: MemoNode | null = null;

  /** Every member throws XdrError when the parts are none. */
  constructor(parts: EnvelopeParts) {
    this.#parts = parts;
  }

  get memo(): MemoNode {
    const { x, memo } = this.#head;
    return (this.#memo ??= memoAt(x, this.#parts.transactionXdr, memo));
  }

  /** `G…`, or `M…` as it is written. */
  get sourceAddress(): string {
    const { x } = this.#head;
    return (this.#parts.envelopeType === "v0" ? accountAt(x, 0) : muxedAsWritten(x, 0)).text;
  }

  /** Who pays, as written: the fee source of a fee bump, else the source. */
  get feeAddress(): string {
    const { feeBumpXdr } = this.#parts;
    return feeBumpXdr === null ? this.sourceAddress : muxedAsWritten(wordsOf(feeBumpXdr), 0).text;
  }

  /** The sequence number, decimal. */
  get sequence(): string {
    const { x, fee } = this.#head;
    return int64(x, fee + 1).toString();
  }

  /** The most that the fee may be, stroops: of a fee bump its own. */
  get maxFee(): string {
    const { feeBumpXdr } = this.#parts;
    if (feeBumpXdr !== null) {
      const x = wordsOf(feeBumpXdr);
      return int64(x, skipMuxedAccount(x, 0)).toString();
    }
    const { x, fee } = this.#head;
    return String(x[fee]! >>> 0);
  }

  get operationCount(): number {
    const { x, operations } = this.#head;
    return x[operations]! >>> 0;
  }

  /** Null: there are none. */
  get preconditions(): PreconditionsNode | null {
    const { x, conditions } = this.#head;
    return preconditionsAt(x, conditions);
  }

  /** XDR of the whole `TransactionEnvelope`; null when its signatures were not kept. */
  get xdr(): Buffer | null {
    const { envelopeType, transactionXdr, signatures, feeBumpXdr, feeBumpSignatures } = this.#parts;
    if (signatures === null) return null;
    if (envelopeType === "v0") return Buffer.concat([V0, transactionXdr, signatures]);
    if (envelopeType === "v1") return Buffer.concat([V1, transactionXdr, signatures]);
    if (feeBumpXdr === null || feeBumpSignatures === null) return null;
    return Buffer.concat([FEE_BUMP, feeBumpXdr, V1, transactionXdr, signatures, NO_EXTENSION, feeBumpSignatures]);
  }

  /**
   * The hash of a fee bump's inner transaction, hex; null: it is no fee bump.
   * @param networkId SHA-256 of the network passphrase
   */
  innerHash(networkId: Uint8Array): string | null {
    if (this.#parts.envelopeType !== "feeBump") return null;
    return digest("sha256", Buffer.concat([networkId, V1, this.#parts.transactionXdr]), "hex");
  }

  get #head(): Head {
    return (this.#headRead ??= headOf(this.#parts));
  }
}

/** XDR of unions' discriminants. */
const V0 = word(EnvelopeType.envelopeTypeTxV0);
const V1 = word(EnvelopeType.envelopeTypeTx);
const FEE_BUMP = word(EnvelopeType.envelopeTypeTxFeeBump);
const NO_EXTENSION = word(0);

function word(value: number): Buffer {
  return Buffer.of(0, 0, 0, value);
}

function headOf({ envelopeType, transactionXdr }: EnvelopeParts): Head {
  const x = wordsOf(transactionXdr);
  // The source of a `TransactionV0` is a bare key, and its `TimeBounds?` has the form of `Preconditions` without later arms.
  const fee = envelopeType === "v0" ? 8 : skipMuxedAccount(x, 0);
  const conditions = fee + 3;
  const memo = skipPreconditions(x, conditions);
  return { x, fee, conditions, memo, operations: skipMemo(x, memo) };
}
