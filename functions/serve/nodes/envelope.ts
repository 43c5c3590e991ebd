import type { Payload } from "../../shared/columns/history/payload-decoder.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import type { Words } from "../../shared/xdr/words.ts";
import { skipMemo, skipMuxedAccount, skipPreconditions } from "../../shared/xdr/xdr.generated.ts";
import { memoAt, type MemoNode } from "./memo.ts";

/** The parts of a payload that are the envelope. */
type EnvelopeParts = Pick<Payload, "envelopeType" | "transactionXdr" | "feeBumpXdr" | "signatures" | "feeBumpSignatures">;

/** Word offsets of what a transaction has before its operations. */
interface Head {
  x: Words;
  memo: number;
}

/** What a transaction's envelope says besides its operations; of a fee bump, its inner transaction unless named otherwise. */
export class Envelope {
  readonly #parts: EnvelopeParts;
  #head: Head | null = null;
  #memo: MemoNode | null = null;

  constructor(parts: EnvelopeParts) {
    this.#parts = parts;
  }

  /** @throws XdrError */
  get memo(): MemoNode {
    const { x, memo } = this.#read();
    return (this.#memo ??= memoAt(x, this.#parts.transactionXdr, memo));
  }

  /** The operations, which follow the memo, are not walked over. */
  #read(): Head {
    return (this.#head ??= headOf(this.#parts));
  }
}

function headOf({ envelopeType, transactionXdr }: EnvelopeParts): Head {
  const x = wordsOf(transactionXdr);
  // The source's key alone, or a union; fee and sequence number; time bounds or their union.
  const source = envelopeType === "v0" ? 8 : skipMuxedAccount(x, 0);
  const conditions = source + 3;
  // `TimeBounds?` of a `TransactionV0` has the arms of `Preconditions` that it needs: none, time.
  const memo = skipPreconditions(x, conditions);
  skipMemo(x, memo);
  return { x, memo };
}
