import { uint64, type Words, XdrError } from "../../shared/xdr/words.ts";
import { MemoType } from "../../shared/xdr/xdr.generated.ts";
import type { MemoType as MemoTypeName } from "../schema/enums.generated.ts";
import { textOfBytes } from "../values/utf8.ts";

/** What is written on a transaction. */
export interface MemoNode {
  readonly type: MemoTypeName;
  /** TEXT: the text, null where its bytes are no UTF-8. ID: decimal. HASH and RETURN: 64 lower-case hex digits. NONE: null. */
  readonly text: string | null;
  /** The memo's bytes: those of the text, 8 of an id (big-endian), 32 of a hash. NONE: null. */
  readonly bytes: Buffer | null;
  /** The same bytes. */
  readonly base64: string | null;
}

/**
 * The memo at word `p`.
 * @param bytes those of `x`
 * @throws XdrError
 */
export function memoAt(x: Words, bytes: Buffer, p: number): MemoNode {
  const body = (p + 1) * 4;
  switch (x[p]) {
    case MemoType.memoNone:
      return { type: "NONE", text: null, bytes: null, base64: null };
    case MemoType.memoText: {
      const text = bytes.subarray(body + 4, body + 4 + (x[p + 1]! >>> 0));
      return memo("TEXT", textOfBytes(text), text);
    }
    case MemoType.memoId:
      return memo("ID", uint64(x, p + 1).toString(), bytes.subarray(body, body + 8));
    case MemoType.memoHash:
    case MemoType.memoReturn: {
      const hash = bytes.subarray(body, body + 32);
      return memo(x[p] === MemoType.memoHash ? "HASH" : "RETURN", hash.toString("hex"), hash);
    }
    default:
      throw new XdrError("Memo", p * 4);
  }
}

function memo(type: MemoTypeName, text: string | null, bytes: Buffer): MemoNode {
  return { type, text, bytes, base64: bytes.toString("base64") };
}
