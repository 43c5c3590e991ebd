/**
 * `contract_tokens.balances_from`, text: where the balances of a SEP-41 token are read from.
 *
 * - `STORAGE`: from the entries of its storage, whose layout is proven
 * - `EVENTS`: from the sum of its events, all of which are here
 * - `PARTIAL`: neither; see `sep41_balances.simulated_ledger` for balances that `balance()` has told
 */
export type BalancesFrom = "STORAGE" | "EVENTS" | "PARTIAL";
