/**
 * `protocol_wasms.functions`, jsonb: a list of these, the functions that code says it has (SEP-48), in its order. Ingest writes it, serve
 * shows it.
 */
export interface ContractFunction {
  name: string;
  inputs: { name: string; type: string }[];
  /** One type or none. */
  outputs: string[];
}

/**
 * Characters of the JSON of a code's functions. The network's largest contract (128 KiB) could list functions of more than 500,000; those with
 * thirty functions need 4,000. Functions from the first that does not fit on are left out.
 */
export const MAX_FUNCTIONS_LENGTH = 32_768;
