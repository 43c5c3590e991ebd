/**
 * `contract_tokens.type`, text. Ingest writes it; serve lists balances in `sac_balances` only of tokens that are `SAC`.
 *
 * - `SAC`: a Stellar Asset Contract, proven by its id (CAP-46-6)
 * - `SEP41`: another token with the interface of SEP-41
 * - `UNKNOWN`: seen holding balances; what it is has not been proven yet
 */
export type ContractTokenType = "SAC" | "SEP41" | "UNKNOWN";
