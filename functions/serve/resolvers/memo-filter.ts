import type { MemoNode } from "../nodes/memo.ts";

/** Does a memo have the value that was asked for? */
type MemoFilter = (memo: MemoNode) => boolean;

/** Bytes that a text memo has at most. */
const LONGEST_TEXT = 28;
const ID = /^(?:0|[1-9][0-9]{0,19})$/;
const HEX = /^[0-9a-fA-F]{64}$/;
/** 32 bytes; none is as long as a text memo may be. */
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/**
 * What a memo must be to have a value: a text of the same bytes, an id of the same digits, a hash or a return hash of the same hex or base64
 * digits. People write the same deposit's memo as a text or as an id, so the type does not count.
 * @returns "nothing" when no memo can have it
 */
export function readMemoFilter(value: string): MemoFilter | "nothing" {
  const text = Buffer.from(value);
  const isId = ID.test(value);
  const hash = HEX.test(value) ? Buffer.from(value, "hex") : BASE64.test(value) ? Buffer.from(value, "base64") : null;
  if (text.length > LONGEST_TEXT && hash === null) return "nothing";
  return ({ type, text: own, bytes }) => {
    if (type === "TEXT") return bytes !== null && text.equals(bytes);
    if (type === "ID") return isId && own === value;
    return hash !== null && bytes !== null && hash.equals(bytes);
  };
}
