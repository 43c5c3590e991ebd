import { decodeStrkey } from "../../shared/strkey.ts";
import { fetchBalance } from "./balance-call.ts";
import { allOf, BATCH, Failure, type RpcPass, type Unit, type Work } from "./rpc-pass.ts";

/** What was done about the balances of tokens. */
export interface RepairSummary {
  /** Balances that a contract has told. */
  resolved: number;
  /** Holders of whom it told nothing that can be used; they are asked for again later. */
  postponed: number;
}

interface Token {
  token_id: string;
  contract_id: string;
  events_differ: boolean;
  position: string | null;
  attempts: number;
  silences: number;
}

interface Holder {
  account_id: Buffer;
}

/** Holders looked at for those that are due; of these the newest come first. */
const WINDOW = 1_000;
/** Holders that one token has asked for in its turn, at once. */
const HOLDERS = 4;
/** A window whose holders fail so often in a row is passed over until the next round. */
const MAX_ATTEMPTS = 3;
/** No pause of a token is longer, seconds: it may get new holders. */
const LONGEST_PAUSE = 3600;
/** Seconds until the holders that came after a round are looked for. */
const NEXT_ROUND = 10 * 60;

/**
 * Asks tokens for the balances of their holders, where neither storage nor events tell all of it (tables `repair_queue`, `sep41_balances`):
 * the tokens in turns, each for its holders in windows by address; once, or, where events differ from the storage, again when the balance has
 * changed. A token that always fails waits longer each time.
 */
export class BalanceRepair implements Work {
  readonly summary: RepairSummary = { resolved: 0, postponed: 0 };
  readonly #pass: RpcPass;
  readonly #newest: number;
  /** Holders that were asked for in vain in this pass: token and address. */
  readonly #failed = new Set<string>();
  /** Those that were told; RPC may be behind the ledger that changed them. */
  readonly #told = new Set<string>();

  /** @param newest no later ledger can have closed by now */
  constructor(pass: RpcPass, newest: number) {
    this.#pass = pass;
    this.#newest = newest;
  }

  async due(): Promise<Unit[]> {
    const tokens = await this.#pass.sql<Token[]>`
      select q.token_id, t.contract_id, t.events_differ, q.position, q.attempts, q.silences from repair_queue q join contract_tokens t on t.id = q.token_id
      where q.next_try <= now() and t.type = 'SEP41' and t.balances_from = 'PARTIAL'
      order by q.next_try, q.token_id limit ${BATCH}`;
    return tokens.map((token) => () => this.#ask(token));
  }

  async #ask(token: Token): Promise<void> {
    const { holders, last } = await this.#window(token);
    const open = holders.filter(({ account_id }) => !this.#told.has(nameOf(token, account_id)));
    const due = open.filter(({ account_id }) => !this.#failed.has(nameOf(token, account_id))).slice(0, HOLDERS);
    if (due.length === 0) return last === null ? this.#endRound(token, open.length > 0) : this.#goOn(token, last);
    const failures = (await allOf(due.map((holder) => this.#askFor(token, holder)))).filter((failure) => failure !== null);
    this.summary.resolved += due.length - failures.length;
    this.summary.postponed += failures.length;
    const [failure] = failures;
    if (failure && failures.length === due.length) await this.#postpone(token, failure, last);
    else await this.#goOn(token, token.position);
  }

  /**
   * Holders that are due, in the next window.
   * @returns `last`: where the window ends, null: with the last holder
   */
  async #window({ token_id, position, attempts, events_differ }: Token): Promise<{ holders: Holder[]; last: string | null }> {
    const from = Buffer.from(position ?? "", "hex");
    // After a failure in any order, so that holders who always fail do not stand before the others.
    const rows = await this.#pass.sql<(Holder & { is_due: boolean })[]>`
      select account_id, simulated_ledger is null or (${events_differ}::boolean and last_modified_ledger > simulated_ledger) as is_due from (
        select account_id, last_modified_ledger, simulated_ledger from sep41_balances
        where contract_id = ${token_id}::uuid and account_id > ${from} order by account_id limit ${WINDOW}) as w
      order by case when ${attempts === 0}::boolean then last_modified_ledger else random() end desc`;
    const isFull = rows.length === WINDOW;
    const last = isFull ? rows.map(({ account_id }) => account_id.toString("hex")).reduce((a, b) => (a > b ? a : b)) : null;
    return { holders: rows.filter((row) => row.is_due), last };
  }

  /** Null: it is done. */
  async #askFor(token: Token, { account_id }: Holder): Promise<Failure | null> {
    const { client, signal, sql } = this.#pass;
    const contract = decodeStrkey(token.contract_id)!;
    const told = await this.#pass.request(() => fetchBalance(client, contract, account_id, this.#newest, signal));
    if (told instanceof Failure) {
      this.#failed.add(nameOf(token, account_id));
      return told;
    }
    // Never older over newer: events of later ledgers are in the sum already.
    const written = await sql`
      update sep41_balances set summed = ${told.amount.toString()}::numeric, summed_ledger = ${told.ledger}, simulated_ledger = ${told.ledger},
        last_modified_ledger = greatest(stored_ledger, ${told.ledger})
      where account_id = ${account_id} and contract_id = ${token.token_id}::uuid and (summed_ledger is null or summed_ledger <= ${told.ledger})`;
    if (written.count > 0) {
      this.#told.add(nameOf(token, account_id));
      return null;
    }
    this.#failed.add(nameOf(token, account_id));
    return new Failure(new Error(`balance: ledger ${told.ledger} is older than what is known`), false);
  }

  /** Behind the others that are due. */
  async #goOn({ token_id }: Token, position: string | null): Promise<void> {
    await this.#pass.sql`
      update repair_queue set position = ${position}, attempts = 0, silences = 0, next_try = clock_timestamp() where token_id = ${token_id}::uuid`;
  }

  async #endRound({ token_id, attempts }: Token, someFailed: boolean): Promise<void> {
    await this.#pass.sql`
      update repair_queue set position = null, rounds = rounds + ${someFailed ? 0 : 1}::integer, attempts = ${attempts},
        next_try = now() + make_interval(secs => ${NEXT_ROUND}) where token_id = ${token_id}::uuid`;
  }

  async #postpone({ token_id, position, attempts, silences }: Token, failure: Failure, last: string | null): Promise<void> {
    const failed = attempts + (failure.answered ? 1 : 0);
    const pause = Math.min(LONGEST_PAUSE, failure.pause(attempts + silences + 1));
    await this.#pass.sql`
      update repair_queue set position = ${failed >= MAX_ATTEMPTS ? last : position}, attempts = ${failed},
        silences = ${failure.answered ? 0 : silences + 1}::integer, last_error = ${failure.reason},
        next_try = now() + make_interval(secs => ${pause}::double precision)
      where token_id = ${token_id}::uuid`;
  }
}

function nameOf(token: Token, holder: Buffer): string {
  return `${token.token_id} ${holder.toString("hex")}`;
}
