/**
 * `contract_tokens.type`, text. Ingest writes it; serve lists balances in `sac_balances` only of tokens that are `SAC`.
 *
 * - `SAC`: a Stellar Asset Contract, proven by its id (CAP-46-6)
 * - `SEP41`: another token with the interface of SEP-41
 * - `SEP50`: a contract with the interface of SEP-50, whose tokens are not fungible
 * - `NONE`: its code is known, and it is none of these
 * - `UNKNOWN`: met as if it were a token; its code is not known yet
 */
export type ContractTokenType = "SAC" | "SEP41" | "SEP50" | "NONE" | "UNKNOWN";

/** `protocol_wasms.kind`, text; null where the code's bytes have not been seen. */
export type CodeKind = Exclude<ContractTokenType, "SAC" | "UNKNOWN">;
