import type { TokenMetadata } from "./token-metadata.ts";
import { fetchTokenMetadata } from "./token-metadata.ts";
import { BATCH, Failure, type RpcPass, type Unit, type Work } from "./rpc-pass.ts";

/** What was done about the names of tokens. */
export interface NamesSummary {
  /** Tokens that got their metadata. */
  resolved: number;
  /** Tokens that did not answer as they should; they are asked again later. */
  postponed: number;
  /** Tokens that were asked for the last time. */
  givenUp: number;
}

interface Due {
  token_id: string;
  contract_id: string;
  has_decimals: boolean;
  /** The ledger since which it has its code; null: not known. */
  since_ledger: number | null;
  attempts: number;
  silences: number;
}

/** Answers that a contract may fail to give before it is given up; new code of it begins anew. */
const MAX_ATTEMPTS = 8;

/** Asks tokens, which by their code are some, for name, symbol and decimals (table `metadata_queue`). */
export class TokenNames implements Work {
  readonly summary: NamesSummary = { resolved: 0, postponed: 0, givenUp: 0 };
  readonly #pass: RpcPass;

  constructor(pass: RpcPass) {
    this.#pass = pass;
  }

  async due(): Promise<Unit[]> {
    const due = await this.#pass.sql<Due[]>`
      select q.token_id, q.contract_id, t.type = 'SEP41' as has_decimals, q.attempts, q.silences,
        greatest(p.since_ledger, e.since_ledger) as since_ledger
      from metadata_queue q join contract_tokens t on t.id = q.token_id
      left join protocol_contracts p on p.token_id = q.token_id left join executable_tags e on e.tag_key = p.tag_key
      where q.status = 'pending' and (q.next_try is null or q.next_try <= now()) and t.type in ('SEP41', 'SEP50')
      order by q.next_try nulls first, q.token_id limit ${BATCH}`;
    return due.map((token) => () => this.#resolve(token));
  }

  async #resolve(token: Due): Promise<void> {
    const { client, signal } = this.#pass;
    const metadata = await this.#pass.request(() => fetchTokenMetadata(client, token.contract_id, token.has_decimals, signal));
    if (metadata instanceof Failure) return this.#postpone(token, metadata);
    // A server behind our ledgers would tell what the code before said.
    if (metadata.ledger < (token.since_ledger ?? 0))
      return this.#postpone(
        token,
        new Failure(new Error(`name: the server is at ledger ${metadata.ledger}, before the contract's code`), false),
      );
    await this.#store(token, metadata);
    this.summary.resolved++;
  }

  async #store({ token_id }: Due, { name, symbol, decimals }: TokenMetadata): Promise<void> {
    // New code may tell of NFTs too what the code before did not.
    await this.#pass
      .sql`update repair_queue set attempts = 0, next_try = now() where token_id = ${token_id}::uuid and next_try = 'infinity'`;
    await this.#pass.sql`
      with done as (delete from metadata_queue where token_id = ${token_id}::uuid returning token_id)
      update contract_tokens t set name = ${name}, symbol = ${symbol}, decimals = ${decimals}::integer, updated_at = now()
      from done where t.id = done.token_id and t.type <> 'SAC'`;
  }

  async #postpone({ token_id, attempts, silences }: Due, failure: Failure): Promise<void> {
    // A server that does not answer is no proof against a token: it is never given up for that.
    const isLast = failure.answered && attempts + 1 >= MAX_ATTEMPTS;
    await this.#pass.sql`
      update metadata_queue set attempts = attempts + ${failure.answered ? 1 : 0}::integer, silences = ${failure.answered ? 0 : silences + 1}::integer,
        status = ${isLast ? "failed" : "pending"}, last_error = ${failure.reason},
        next_try = now() + make_interval(secs => ${failure.pause(attempts + silences + 1)}::double precision), updated_at = now()
      where token_id = ${token_id}::uuid`;
    if (isLast) this.summary.givenUp++;
    else this.summary.postponed++;
  }
}
