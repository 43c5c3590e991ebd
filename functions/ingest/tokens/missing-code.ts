import { ScValType, readContractDataEntry } from "../../shared/xdr/xdr.generated.ts";
import { type CodeVerdict, codeVerdict } from "../code/code-verdict.ts";
import { arrayText } from "../persist/array-text.ts";
import { ContractCallError } from "./contract-call.ts";
import { codeKey, codeOf, dataKey, fetchEntries, MAX_KEYS, type RpcEntry } from "./ledger-entries.ts";
import type { MissingSummary } from "./missing-instances.ts";
import { BATCH, Failure, type RpcPass, type Unit, type Work } from "./rpc-pass.ts";
import { scvExecutableTag } from "./sc-bytes.ts";

interface Due {
  subject: Buffer;
  attempts: number;
  silences: number;
}

interface DueTag extends Due {
  owner_id: Buffer;
  tag: Buffer;
}

/**
 * Asks for the code that contracts run, and for the tags that name code (CAP-85), where no ledger here has shown them (table `code_queue`).
 * A verdict on code is one on the tokens of all contracts that run it.
 */
export class MissingCode implements Work {
  readonly summary: MissingSummary = { resolved: 0, postponed: 0 };
  readonly #pass: RpcPass;
  readonly #cursor: number;

  /** @param cursor the newest ledger in the database */
  constructor(pass: RpcPass, cursor: number) {
    this.#pass = pass;
    this.#cursor = cursor;
  }

  async due(): Promise<Unit[]> {
    const tags = await this.#pass.sql<DueTag[]>`
      select q.subject, q.attempts, q.silences, t.owner_id, t.tag from code_queue q join executable_tags t on t.tag_key = q.subject
      where q.is_tag and q.next_try <= now() order by q.next_try, q.subject limit ${MAX_KEYS}`;
    const codes = await this.#pass.sql<Due[]>`
      select subject, attempts, silences from code_queue where not is_tag and next_try <= now() order by next_try, subject limit ${BATCH}`;
    return [...(tags.length > 0 ? [() => this.#askTags(tags)] : []), ...(codes.length > 0 ? [() => this.#askCodes(codes)] : [])];
  }

  async #askTags(tags: readonly DueTag[]): Promise<void> {
    const { client, signal, sql } = this.#pass;
    const keys = tags.map(({ owner_id, tag }) => dataKey(owner_id, scvExecutableTag(tag)));
    const found = await this.#pass.request(() => fetchEntries(client, keys, signal));
    if (found instanceof Failure) return this.#postpone(tags, found);
    const missing: Due[] = [];
    for (const [i, tag] of tags.entries()) {
      const entry = found.entries.get(keys[i]!.toString("hex"));
      const wasmHash = entry && hashOfTag(entry);
      // Of one that is newer than our newest ledger the ledgers to come tell.
      if (!wasmHash || entry.modifiedLedger > this.#cursor) {
        missing.push(tag);
        continue;
      }
      await sql`
        with told as (
          update executable_tags set wasm_hash = ${wasmHash}, since_ledger = ${entry.modifiedLedger}
          where tag_key = ${tag.subject} and wasm_hash is null returning tag_key, wasm_hash),
          waiting as (
            insert into code_queue (subject, is_tag) select t.wasm_hash, false from told t left join protocol_wasms w on w.wasm_hash = t.wasm_hash
            where w.kind is null on conflict do nothing),
          done as (delete from code_queue where subject = ${tag.subject})
        select refresh_contract_tokens(array_agg(c.token_id)) from told t join protocol_contracts c on c.tag_key = t.tag_key having count(*) > 0`;
      this.summary.resolved++;
    }
    await this.#postpone(missing, new Failure(new ContractCallError("getLedgerEntries: the tag's entry is not there"), true));
  }

  async #askCodes(codes: readonly Due[]): Promise<void> {
    const { client, signal } = this.#pass;
    const keys = codes.map(({ subject }) => codeKey(subject));
    const found = await this.#pass.request(() => fetchEntries(client, keys, signal));
    if (found instanceof Failure) return this.#postpone(codes, found);
    const missing: Due[] = [];
    for (const [i, code] of codes.entries()) {
      const entry = found.entries.get(keys[i]!.toString("hex"));
      if (entry) await this.#store(code.subject, codeVerdict(codeOf(entry)));
      else missing.push(code);
    }
    await this.#postpone(missing, new Failure(new ContractCallError("getLedgerEntries: the code is not there"), true));
  }

  async #store(wasmHash: Buffer, { kind, protocolId, functions }: CodeVerdict): Promise<void> {
    await this.#pass.sql`
      with told as (
        insert into protocol_wasms as w (wasm_hash, kind, protocol_id, functions)
        values (${wasmHash}, ${kind}, ${protocolId}, ${functions}::text::jsonb)
        on conflict (wasm_hash) do update set kind = excluded.kind, protocol_id = excluded.protocol_id, functions = excluded.functions
        where w.kind is null returning wasm_hash),
        done as (delete from code_queue where subject = ${wasmHash})
      select refresh_contract_tokens(array(select tokens_of_code(array_agg(wasm_hash)))) from told having count(*) > 0`;
    this.summary.resolved++;
  }

  /** Never given up: what is archived may come back. */
  async #postpone(subjects: readonly Due[], failure: Failure): Promise<void> {
    if (subjects.length === 0) return;
    const pauses = subjects.map(({ attempts, silences }) => failure.pause(attempts + silences + 1));
    await this.#pass.sql`
      update code_queue q set attempts = q.attempts + ${failure.answered ? 1 : 0}::integer,
        silences = case when ${failure.answered}::boolean then 0 else q.silences + 1 end,
        last_error = ${failure.reason}, next_try = now() + make_interval(secs => s.pause)
      from unnest(${arrayText.bytea(subjects.map(({ subject }) => subject))}::bytea[], ${`{${pauses.join(",")}}`}::double precision[])
        as s(subject, pause)
      where q.subject = s.subject`;
    this.summary.postponed += subjects.length;
  }
}

/** The hash of the code that a tag's entry names. */
function hashOfTag({ x, bytes }: RpcEntry): Buffer | null {
  const { val } = readContractDataEntry(x, 1);
  return x[val] === ScValType.scvBytes && x[val + 1] === 32 ? bytes.subarray(val * 4 + 8, val * 4 + 40) : null;
}
