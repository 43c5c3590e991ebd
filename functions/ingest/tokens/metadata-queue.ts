import { createHash } from "node:crypto";
import type { Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";
import { backOff, jitter } from "../../shared/retry.ts";
import { ContractIds } from "../ledger/contract-ids.ts";
import { storableText } from "../persist/binary-copy.ts";
import { createRpcClient, type RpcClient } from "../source/rpc-client.ts";
import { requireRpcNetwork } from "../source/rpc-network.ts";
import type { Report } from "../source/source-report.ts";
import { ContractCallError } from "./contract-call.ts";
import { fetchTokenMetadata, type TokenMetadata } from "./token-metadata.ts";

/** Options of `drainMetadataQueue`. */
export interface MetadataOptions {
  /** Stellar RPC; undefined: the queue waits until there is one. */
  rpcUrl: string | undefined;
  networkPassphrase: string;
  /** When the pass must be over, milliseconds since 1970. */
  deadline: number;
  signal?: AbortSignal | undefined;
  report?: Report | undefined;
  /** Bound of one request, milliseconds; 5,000 by default. */
  timeoutMs?: number;
}

/** What a pass did. */
export interface MetadataSummary {
  /** Tokens that got their metadata. */
  resolved: number;
  /** Tokens that did not answer as they should; they are asked again later. */
  postponed: number;
  /** Tokens that were asked for the last time. */
  givenUp: number;
  /** Tokens that still wait, due or not. */
  pending: number;
  /** Why the pass ended before its time; null: it did not. */
  problem: WalletError | null;
}

interface Due {
  token_id: string;
  contract_id: string;
  attempts: number;
}

/** Answers that a contract may fail to give before it is given up. */
const MAX_ATTEMPTS = 8;
/** Seconds between two attempts at a token. */
const PAUSES = { first: 60, longest: 24 * 3600, factor: 4 };
const BATCH = 16;
/** Tokens asked at once, three calls each. */
const AT_ONCE = 2;
/** So many tokens in a row without any answer mean that it is the server, not the token. */
const SILENT_TOKENS = 3;
/** A token is begun only with so much time left, milliseconds. */
const TOKEN_MS = 6_000;
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/** One pass over the queue. */
class Pass {
  readonly #sql: Database;
  readonly #client: RpcClient;
  readonly #ids: ContractIds;
  readonly #deadline: number;
  readonly #signal: AbortSignal;
  readonly #summary: MetadataSummary;
  #silent = 0;

  constructor(sql: Database, client: RpcClient, options: MetadataOptions, signal: AbortSignal, summary: MetadataSummary) {
    this.#sql = sql;
    this.#client = client;
    this.#ids = new ContractIds(createHash("sha256").update(options.networkPassphrase).digest());
    this.#deadline = options.deadline;
    this.#signal = signal;
    this.#summary = summary;
  }

  async run(): Promise<void> {
    const sql = this.#sql;
    while (this.#hasTime()) {
      const due = await sql<Due[]>`
        select token_id, contract_id, attempts from metadata_queue
        where status = 'pending' and (next_try is null or next_try <= now()) order by next_try nulls first, token_id limit ${BATCH}`;
      if (due.length === 0) return;
      const waiting = due.values();
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(waiting)));
    }
  }

  #hasTime(): boolean {
    return this.#summary.problem === null && !this.#signal.aborted && Date.now() + TOKEN_MS <= this.#deadline;
  }

  async #work(waiting: Iterator<Due>): Promise<void> {
    while (this.#hasTime()) {
      const { value: token, done } = waiting.next();
      if (done) return;
      await this.#resolve(token);
    }
  }

  async #resolve(token: Due): Promise<void> {
    let metadata: TokenMetadata;
    try {
      metadata = await fetchTokenMetadata(this.#client, token.contract_id, this.#ids, this.#signal);
    } catch (error) {
      if (this.#signal.aborted) return;
      await this.#postpone(token, error);
      return;
    }
    this.#silent = 0;
    await this.#store(token, metadata);
    this.#summary.resolved++;
  }

  async #store({ token_id }: Due, { name, symbol, decimals, asset }: TokenMetadata): Promise<void> {
    // Where the ledger has proven the token in the meantime, the ledger's word stands.
    await this.#sql`
      with done as (delete from metadata_queue where token_id = ${token_id}::uuid returning token_id)
      update contract_tokens t set type = case when ${asset !== null}::boolean then 'SAC' else t.type end, code = coalesce(${asset?.code ?? null}::text, t.code),
        issuer = coalesce(${asset?.issuer ?? null}::text, t.issuer), name = ${name}, symbol = ${symbol}, decimals = ${decimals}::integer, updated_at = now()
      from done where t.id = done.token_id and t.type <> 'SAC'`;
  }

  async #postpone({ token_id, attempts }: Due, error: unknown): Promise<void> {
    const answered = error instanceof ContractCallError;
    if (!answered && !(error instanceof WalletError)) throw error;
    // A server that does not answer is no proof against a token: it is never given up for that.
    const last = answered && attempts + 1 >= MAX_ATTEMPTS;
    await this.#sql`
      update metadata_queue set attempts = attempts + 1, status = ${last ? "failed" : "pending"}, last_error = ${storableText(error.message.slice(0, 500))},
        next_try = now() + make_interval(secs => ${jitter(backOff(attempts + 1, PAUSES))}::double precision), updated_at = now()
      where token_id = ${token_id}::uuid`;
    if (last) this.#summary.givenUp++;
    else this.#summary.postponed++;
    this.#silent = answered ? 0 : this.#silent + 1;
    if (!answered && this.#silent >= SILENT_TOKENS) this.#summary.problem = error;
  }
}

/**
 * One pass over the queue of tokens without metadata: asks each due contract for name, symbol and decimals, and stores what it says,
 * outside of any ledger transaction. A token that is a Stellar Asset Contract by its id becomes one. Tokens that fail are asked again
 * with growing pauses, a bounded number of times.
 * @param sql the lock's session, with no ledger being written
 * @returns never rejects for RPC's sake: see `problem`
 * @throws what the database throws
 */
export async function drainMetadataQueue(sql: Database, options: MetadataOptions): Promise<MetadataSummary> {
  const { rpcUrl, networkPassphrase, deadline, report, timeoutMs = 5_000 } = options;
  const summary: MetadataSummary = { resolved: 0, postponed: 0, givenUp: 0, pending: 0, problem: null };
  // What the ledgers have proven since it was queued needs no question.
  await sql`delete from metadata_queue q using contract_tokens t where t.id = q.token_id and t.type = 'SAC'`;
  const timeLeft = Math.max(0, deadline - Date.now());
  if (rpcUrl && timeLeft > TOKEN_MS && (await isDue(sql))) {
    const late = AbortSignal.timeout(timeLeft);
    const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
    try {
      const client = createRpcClient({ url: rpcUrl, timeoutMs, attempts: 2, limit: MAX_RESPONSE_BYTES, report });
      await requireRpcNetwork(client, networkPassphrase, signal);
      await new Pass(sql, client, options, signal, summary).run();
    } catch (error) {
      if (error instanceof WalletError) summary.problem = error;
      else if (!signal.aborted) throw error;
    }
  }
  const [row] = await sql<{ pending: number }[]>`select count(*)::integer as pending from metadata_queue where status = 'pending'`;
  return { ...summary, pending: row?.pending ?? 0 };
}

async function isDue(sql: Database): Promise<boolean> {
  const due = await sql`select from metadata_queue where status = 'pending' and (next_try is null or next_try <= now()) limit 1`;
  return due.length > 0;
}
