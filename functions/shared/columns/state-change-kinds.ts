/**
 * Kinds of state changes, as `CATEGORY/REASON`. Only these pairs exist. Ingest writes them, serve turns each pair into a GraphQL type; the
 * schema's enums StateChangeCategory and StateChangeReason name the same values.
 *
 * The order is part of the format of payloads and links (docs/history-format.md): a kind is stored as its number, from 1, and the number
 * less one is its bit in `account_links.kinds`. Append, never reorder or remove; at most 30 fit into the bits.
 *
 * A new pair goes here first: then serve does not compile until it has a type, and ingest may write it.
 */
export const STATE_CHANGE_KINDS = [
  "BALANCE/DEBIT",
  "BALANCE/CREDIT",
  "BALANCE/MINT",
  "BALANCE/BURN",
  "ACCOUNT/CREATE",
  "ACCOUNT/MERGE",
  "SIGNER/ADD",
  "SIGNER/UPDATE",
  "SIGNER/REMOVE",
  "SIGNATURE_THRESHOLD/UPDATE",
  "FLAGS/SET",
  "FLAGS/CLEAR",
  "HOME_DOMAIN/SET",
  "HOME_DOMAIN/UPDATE",
  "HOME_DOMAIN/CLEAR",
  "DATA_ENTRY/ADD",
  "DATA_ENTRY/UPDATE",
  "DATA_ENTRY/REMOVE",
  "ALLOWANCE/UPDATE",
  "TRUSTLINE/ADD",
  "TRUSTLINE/UPDATE",
  "TRUSTLINE/REMOVE",
  "BALANCE_AUTHORIZATION/SET",
  "BALANCE_AUTHORIZATION/CLEAR",
] as const;

type StateChangeKind = (typeof STATE_CHANGE_KINDS)[number];

/** What was changed. */
export type StateChangeCategory = StateChangeKind extends `${infer Category}/${string}` ? Category : never;

type ReasonOf<Kind extends string> = Kind extends `${string}/${infer Reason}` ? Reason : never;

/** How it was changed; of one category: how that may change. */
export type StateChangeReason<Category extends StateChangeCategory = StateChangeCategory> = Category extends StateChangeCategory
  ? ReasonOf<Extract<StateChangeKind, `${Category}/${string}`>>
  : never;
