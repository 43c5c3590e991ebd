/**
 * Kinds of state changes: `state_changes.state_change_category` and `.state_change_reason`, text. Only these pairs exist. Ingest
 * writes them, serve turns each pair into a GraphQL type; the schema's enums StateChangeCategory and StateChangeReason name the same
 * values.
 *
 * A new pair goes here first: then serve does not compile until it has a type, and ingest may write it.
 */
export const STATE_CHANGE_KINDS = {
  BALANCE: ["DEBIT", "CREDIT", "MINT", "BURN"],
  ACCOUNT: ["CREATE", "MERGE"],
  SIGNER: ["ADD", "UPDATE", "REMOVE"],
  SIGNATURE_THRESHOLD: ["UPDATE"],
  DATA_ENTRY: ["ADD", "UPDATE", "REMOVE"],
  HOME_DOMAIN: ["SET", "UPDATE", "CLEAR"],
  ALLOWANCE: ["UPDATE"],
  FLAGS: ["SET", "CLEAR"],
  TRUSTLINE: ["ADD", "UPDATE", "REMOVE"],
  BALANCE_AUTHORIZATION: ["SET", "CLEAR"],
} as const;

/** What was changed. */
export type StateChangeCategory = keyof typeof STATE_CHANGE_KINDS;

/** How it was changed; of one category: how that may change. */
export type StateChangeReason<Category extends StateChangeCategory = StateChangeCategory> = (typeof STATE_CHANGE_KINDS)[Category][number];
