import type { Database } from "../../shared/database/session.ts";

/** How much the passes to come have to ask for. */
export interface QueueLengths {
  /** Contracts that are met as tokens whose code or name is not known. */
  metadata: number;
  /** Code and tags that no ledger has shown. */
  code: number;
  /** Tokens whose holders or NFTs have not all been asked for. */
  repair: number;
}

/** Puts into the queues what ledgers and answers have left to ask for, and takes out what has been answered otherwise. */
export async function fillQueues(sql: Database): Promise<void> {
  await forgetAnswered(sql);
  await queueMissingCode(sql);
  // Without an anti-join: its plan, made while the queue is short, would take seconds once it is long.
  await sql`
    insert into repair_queue (token_id) select id from contract_tokens where type = 'SEP41' and balances_from = 'PARTIAL' on conflict do nothing`;
  await sql`
    insert into layout_checks (wasm_hash) select l.wasm_hash from token_layouts l join protocol_wasms w on w.wasm_hash = l.wasm_hash
    where l.confirmed is null and w.kind = 'SEP41' on conflict do nothing`;
}

/** Puts into the queue the code that contracts run, and the tags that name code, as far as no ledger has shown them. */
export async function queueMissingCode(sql: Database): Promise<void> {
  // A step through the index for each code, not for each contract.
  await sql`
    with recursive codes as (
      (select wasm_hash from protocol_contracts where wasm_hash is not null order by wasm_hash limit 1)
      union all
      select (select p.wasm_hash from protocol_contracts p where p.wasm_hash > c.wasm_hash order by p.wasm_hash limit 1)
      from codes c where c.wasm_hash is not null),
    named as (
      select wasm_hash from codes union select wasm_hash from executable_tags union select wasm_hash from protocol_wasms where kind is null)
    insert into code_queue (subject, is_tag)
    select n.wasm_hash, false from named n left join protocol_wasms w on w.wasm_hash = n.wasm_hash where n.wasm_hash is not null and w.kind is null
    union all
    select tag_key, true from executable_tags where wasm_hash is null
    on conflict do nothing`;
}

/** Takes out of the queues what needs no request any more. */
export async function forgetAnswered(sql: Database): Promise<void> {
  await sql`delete from metadata_queue q using contract_tokens t where t.id = q.token_id and t.type in ('SAC', 'NONE')`;
  await sql`delete from code_queue q using protocol_wasms w where w.wasm_hash = q.subject and w.kind is not null`;
  await sql`delete from code_queue q using executable_tags t where t.tag_key = q.subject and t.wasm_hash is not null`;
  await sql`
    delete from repair_queue q using contract_tokens t
    where t.id = q.token_id and t.type <> 'SEP50' and (t.type <> 'SEP41' or t.balances_from <> 'PARTIAL')`;
  await sql`
    delete from repair_queue q using contract_tokens t where t.id = q.token_id and t.type = 'SEP50' and not exists (
      select from nfts n where n.contract_id = q.token_id and n.owner_id is not null and n.uri is null and n.uri_ledger is not null)`;
  await sql`delete from layout_checks q using token_layouts l where l.wasm_hash = q.wasm_hash and l.confirmed is not null`;
}

/** Counts them, whether they are due or not. */
export async function readQueues(sql: Database): Promise<QueueLengths> {
  const [row] = await sql<[QueueLengths]>`
    select (select count(*)::integer from metadata_queue where status = 'pending') as metadata,
      (select count(*)::integer from code_queue) as code,
      (select count(*)::integer from repair_queue where rounds = 0 and next_try < 'infinity') as repair`;
  return row;
}
