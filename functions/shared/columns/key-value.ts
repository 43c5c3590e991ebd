/**
 * `keyValue` of state changes: an object with the members that apply, null in changes of other kinds. JSON in payloads.
 *
 * | kind | `old`, `new` |
 * | --- | --- |
 * | HOME_DOMAIN SET, UPDATE, CLEAR | the home domain, UTF-8 |
 * | DATA_ENTRY ADD, UPDATE, REMOVE | the entry's value in base64 |
 * | ALLOWANCE UPDATE | neither; `live_until_ledger` is the ledger with which the allowance ends |
 * | BALANCE CREDIT, MINT | neither; `to_text` or `to_bytes` (hex) is the receiver's id among the many of one account, where it is no number |
 *
 * Ingest writes it, serve shows each member as a field.
 */
export type KeyValue = {
  /** Absent when there was nothing before. */
  old?: string;
  /** Absent when there is nothing afterwards. */
  new?: string;
  live_until_ledger?: number;
  to_text?: string;
  to_bytes?: string;
};
