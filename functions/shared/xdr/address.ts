/**
 * A Stellar address in the form that the database stores: the strkey version byte followed by the whole payload
 * (33 bytes for `G…`, `C…`, `T…`, `X…`, `L…`; longer for `M…`, `B…` and `P…`). Interned by the ledger reader, so equal
 * addresses of a ledger are the same object.
 */
export interface Address {
  /** Version byte and payload. */
  readonly bytes: Uint8Array;
  /** The strkey, e.g. `GA5Z…`. */
  readonly text: string;
}
