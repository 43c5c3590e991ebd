import type { Database } from "../../shared/database/session.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import { isUncounted } from "./counted-events.ts";
import type { Pending } from "./state-table.ts";

/**
 * Adds a ledger's evidence to the code that the contracts run. A contract whose code is not known yet tells nothing, nor does one whose tag
 * the ledger wrote: it may have named other code for a while.
 */
const COUNT = `
  insert into token_layouts as t (wasm_hash, agreements, differences, contradictions, contradicted_ledger, contradiction)
  select c.wasm_hash, sum(r.agreements), sum(r.differences), sum(r.contradictions), case when sum(r.contradictions) > 0 then $6::integer end,
    min(r.contradiction)
  from unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
      as r (contract, agreements, differences, contradictions, contradiction)
    join contract_code c on c.contract_id = r.contract join protocol_contracts p on p.contract_id = r.contract
  where c.wasm_hash is not null and not coalesce(p.tag_key = any($7::bytea[]), false) and ${isUncounted("$6")}
  group by c.wasm_hash
  on conflict (wasm_hash) do update set agreements = t.agreements + excluded.agreements, differences = t.differences + excluded.differences,
    contradictions = t.contradictions + excluded.contradictions,
    contradicted_ledger = coalesce(t.contradicted_ledger, excluded.contradicted_ledger),
    contradiction = coalesce(t.contradiction, excluded.contradiction)`;

/** Tells the contracts of codes whose layout is proven, or is not any more, where their balances are read from. */
const APPLY = `
  with flipped as (update token_layouts set is_applied = is_proven where is_applied <> is_proven returning wasm_hash)
  select refresh_contract_tokens(array(select tokens_of_code(array(select wasm_hash from flipped))))`;

/** Their events say something else than their storage, so that no sum of events is their balances. */
const MARK = `
  with marked as (update contract_tokens set events_differ = true where id = any($1::uuid[]) and not events_differ returning id)
  select refresh_contract_tokens(array_agg(id)) from marked having count(*) > 0`;

/**
 * The statements of a ledger's evidence for and against reading balances from storage; none where there is none. Send them behind those of
 * the contracts and their tokens.
 */
export function writeEvidence(sql: Database, { layoutEvidence, executableTags, header }: LedgerRows): Pending {
  if (layoutEvidence.length === 0) return [];
  const { bytea, bigint, text, uuid } = arrayText;
  const queries: Pending = [];
  const counted = layoutEvidence.filter(
    (row) => row.isOfOneExecutable && (row.agreements > 0 || row.differences > 0 || row.contradictions > 0),
  );
  if (counted.length > 0) {
    const values = [
      bytea(counted.map((row) => row.contract.bytes)),
      bigint(counted.map((row) => BigInt(row.agreements))),
      bigint(counted.map((row) => BigInt(row.differences))),
      bigint(counted.map((row) => BigInt(row.contradictions))),
      text(counted.map((row) => row.contradiction)),
      header.sequence,
      bytea(executableTags.filter((tag) => tag.wasmHash !== null).map((tag) => tag.tagKey)),
    ];
    queries.push(sql.unsafe(COUNT, values, { prepare: true }), sql.unsafe(APPLY, [], { prepare: true }));
  }
  const differing = layoutEvidence.filter((row) => row.hasNegativeAmount || (row.isOfOneExecutable && row.differences > 0));
  if (differing.length > 0) queries.push(sql.unsafe(MARK, [uuid(differing.map((row) => row.contractId))], { prepare: true }));
  return queries;
}
