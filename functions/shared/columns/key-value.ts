/**
 * `state_changes.key_value`, jsonb: an object with the members that apply, null in rows of other kinds.
 *
 * | kind | `old`, `new` |
 * | --- | --- |
 * | HOME_DOMAIN SET, UPDATE, CLEAR | the home domain, UTF-8 |
 * | DATA_ENTRY ADD, UPDATE, REMOVE | the entry's value in base64 |
 * | ALLOWANCE UPDATE | neither; `live_until_ledger` is the ledger with which the allowance ends |
 *
 * Ingest writes it, serve shows each member as a field.
 */

/** Content of the column. */
export type KeyValue = {
  /** Absent when there was nothing before. */
  old?: string;
  /** Absent when there is nothing afterwards. */
  new?: string;
  live_until_ledger?: number;
};

/** The content of the column's text; an empty object for null. */
export function readKeyValue(column: string | null): KeyValue {
  return column === null ? {} : (JSON.parse(column) as KeyValue);
}
