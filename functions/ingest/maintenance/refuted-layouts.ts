import type { Database } from "../../shared/database/session.ts";

/** Code of SEP-41 tokens whose balances are not read from storage, because the ledger contradicted it. */
export interface RefutedLayout {
  /** Hex. */
  wasmHash: string;
  /** The first ledger with a contradiction, and what it was. */
  ledger: number;
  contradiction: string;
}

/** More in one invocation are told by their number alone. */
const MAX_TOLD = 100;

/** The layouts that were contradicted for the first time in these ledgers. */
export async function refutedLayouts(sql: Database, from: number, to: number): Promise<RefutedLayout[]> {
  return [
    ...(await sql<RefutedLayout[]>`
      select encode(l.wasm_hash, 'hex') as "wasmHash", l.contradicted_ledger as ledger, coalesce(l.contradiction, '') as contradiction
      from token_layouts l join protocol_wasms w on w.wasm_hash = l.wasm_hash and w.kind = 'SEP41'
      where l.contradicted_ledger between ${from} and ${to} and l.confirmed is distinct from true
      order by l.contradicted_ledger, l.wasm_hash limit ${MAX_TOLD}`),
  ];
}
