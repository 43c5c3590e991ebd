import { randomBytes, randomUUID } from "node:crypto";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { int128 } from "../../shared/xdr/words.ts";
import { readContractDataEntry, ScValType } from "../../shared/xdr/xdr.generated.ts";
import { fetchBalance } from "./balance-call.ts";
import { ContractCallError } from "./contract-call.ts";
import { dataKey, fetchEntries, type RpcEntry } from "./ledger-entries.ts";
import { Failure, type RpcPass, type Unit, type Work } from "./rpc-pass.ts";
import { scvAddress, scvSymbol, scvVec } from "./sc-bytes.ts";
import { memberAt } from "./sc-members.ts";

/** Code whose balances turned out not to be what its storage says. */
interface RefutedLayout {
  /** Hex. */
  wasmHash: string;
  /** The ledger of what was compared, as far as it is here. */
  ledger: number;
  /** The contract, and what was compared. */
  contradiction: string;
}

/** What was done about the storage of tokens. */
export interface LayoutsSummary {
  /** Balances that were the same in storage and by `balance()`. */
  equal: number;
  /** Hex of the hashes of codes whose storage is from now on known to say the balances. */
  confirmed: string[];
  refuted: RefutedLayout[];
}

interface Check {
  wasm_hash: Buffer;
  attempts: number;
  silences: number;
}

/** A holder whose balance can be compared, of a contract that has run one code alone. */
interface Holder {
  wasm_hash: Buffer;
  contract_id: Buffer;
  contract: string;
  account_id: Buffer;
  is_temporary: boolean;
  stored: string;
  stored_ledger: number;
}

/** What a comparison gave; null: the two were not of the same moment, or one of them is missing. */
type Comparison = { isEqual: boolean; ledger: number; told: bigint; stored: bigint } | null;

/** Holders with the same balance in both that settle it. */
const ENOUGH = 3;
/** Codes in a round. */
const CODES = 4;
/** Seconds until a code is looked at again that has nobody to ask for. */
const IDLE = 10 * 60;

/**
 * Compares what `balance()` says with the entries that balances are read from (tables `layout_checks`, `token_layouts`), as of one ledger.
 * Three holders for whom both are the same confirm the layout of a code; one for whom they are not refutes it for good. Of codes that are
 * confirmed one holder in each pass is compared all the same.
 *
 * Code is shared, and who deploys a contract may let it write, under other code, what the shared code never would. So only contracts count
 * that were created with the code and have run no other, and entries that changed after the contract's first ledger. Within one ledger other
 * code may have come and gone unseen, and have left an entry of a durability that the shared code does not read: a temporary entry, which few
 * tokens use, may confirm but never refutes.
 */
export class LayoutChecks implements Work {
  readonly summary: LayoutsSummary = { equal: 0, confirmed: [], refuted: [] };
  readonly #pass: RpcPass;
  readonly #cursor: number;
  readonly #newest: number;
  #hasAudited = false;

  /**
   * @param cursor the newest ledger in the database
   * @param newest no later ledger can have closed by now
   */
  constructor(pass: RpcPass, cursor: number, newest: number) {
    this.#pass = pass;
    this.#cursor = cursor;
    this.#newest = newest;
  }

  async due(): Promise<Unit[]> {
    const { sql } = this.#pass;
    const checks = await sql<Check[]>`
      select wasm_hash, attempts, silences from layout_checks where next_try <= now() order by next_try, wasm_hash limit ${CODES}`;
    const audited = this.#hasAudited ? null : await this.#anyHolder();
    this.#hasAudited = true;
    return [...checks.map((check) => () => this.#check(check)), ...(audited ? [() => this.#audit(audited)] : [])];
  }

  async #check(check: Check): Promise<void> {
    const holders = await this.#pass.sql<Holder[]>`
      select c.wasm_hash, c.contract_id, t.contract_id as contract, b.account_id, b.is_temporary, b.stored, b.stored_ledger
      from layout_checks l
      cross join lateral (
        select * from protocol_contracts p where p.wasm_hash = l.wasm_hash and p.created_ledger = p.since_ledger
          and not exists (select from former_executables f where f.subject = p.contract_id) limit 200) c
      join contract_tokens t on t.id = c.token_id
      cross join lateral (
        select * from sep41_balances s where s.contract_id = c.token_id and s.stored > 0 and s.stored_ledger > c.created_ledger
          and s.account_id <> all (l.holders) limit 1) b
      where l.wasm_hash = ${check.wasm_hash} order by random() limit ${ENOUGH}`;
    let failure: Failure | null = null;
    for (const holder of holders) {
      const result = await this.#compare(holder);
      if (result instanceof Failure) failure = result;
      else if (result?.isEqual === false) return this.#refute(holder, result);
      else if (result) await this.#agree(holder);
      else failure = new Failure(new ContractCallError("balance: the entry changed meanwhile"), false);
    }
    await this.#postpone(check, holders.length > 0 ? failure : null, holders.length > 0);
  }

  /** One holder of a token, both chosen at random: the first behind a random place, else the first of all. */
  async #anyHolder(): Promise<Holder | null> {
    const token = randomUUID();
    // The first byte says whether it is an account or a contract.
    const address = randomBytes(33);
    address[0] = address[0]! < 128 ? StrkeyVersion.account : StrkeyVersion.contract;
    const [holder] = await this.#pass.sql<Holder[]>`
      select p.wasm_hash, p.contract_id, t.contract_id as contract, b.account_id, b.is_temporary, b.stored, b.stored_ledger
      from (
        (select id, contract_id from contract_tokens where type = 'SEP41' and balances_from = 'STORAGE' and id >= ${token}::uuid order by id limit 1)
        union all
        (select id, contract_id from contract_tokens where type = 'SEP41' and balances_from = 'STORAGE' order by id limit 1)
        limit 1) t
      join protocol_contracts p on p.token_id = t.id and p.created_ledger = p.since_ledger and p.wasm_hash is not null
        and not exists (select from former_executables f where f.subject = p.contract_id)
      cross join lateral (
        (select * from sep41_balances s where s.contract_id = t.id and s.account_id >= ${address} order by s.account_id limit 100)
        union all
        (select * from sep41_balances s where s.contract_id = t.id order by s.account_id limit 100)) b
      where b.stored > 0 and b.stored_ledger > p.created_ledger limit 1`;
    return holder ?? null;
  }

  async #audit(holder: Holder): Promise<void> {
    const result = await this.#compare(holder);
    if (result instanceof Failure || result === null) return;
    if (result.isEqual) this.summary.equal++;
    else await this.#refute(holder, result);
  }

  /** What differs is compared once more: a balance is too much to lose to one odd response. */
  async #compare(holder: Holder): Promise<Comparison | Failure> {
    const first = await this.#pass.request(() => this.#once(holder));
    if (first instanceof Failure || first === null || first.isEqual) return first;
    return this.#pass.request(() => this.#once(holder));
  }

  /**
   * The entry is read after the simulation, so that it is that of the simulation's ledger if it has not changed since.
   * @throws ContractCallError
   */
  async #once({ contract_id, account_id, is_temporary, stored_ledger, stored }: Holder): Promise<Comparison> {
    const { client, signal } = this.#pass;
    const told = await fetchBalance(client, contract_id, account_id, this.#newest, signal);
    const key = dataKey(contract_id, scvVec([scvSymbol("Balance"), scvAddress(account_id)!]), is_temporary);
    const { ledger, entries } = await fetchEntries(client, [key], signal);
    const entry = entries.get(key.toString("hex"));
    if (!entry || ledger < told.ledger || entry.modifiedLedger > told.ledger) return null;
    // Of an archived entry `balance()` may say either.
    if (entry.liveUntilLedger === null || entry.liveUntilLedger < ledger) return null;
    const amount = amountOf(entry);
    if (amount === null || amount === 0n) return null;
    if (entry.modifiedLedger < stored_ledger) return null;
    if (entry.modifiedLedger === stored_ledger && amount !== BigInt(stored))
      throw new ContractCallError("getLedgerEntries: the entry is not what the ledger said");
    const isEqual = amount === told.amount;
    if (!isEqual && is_temporary) return null;
    return { isEqual, ledger: told.ledger, told: told.amount, stored: amount };
  }

  async #agree({ wasm_hash, account_id }: Holder): Promise<void> {
    const { sql } = this.#pass;
    this.summary.equal++;
    const [row] = await sql<{ count: number }[]>`
      update layout_checks set holders = holders || ${account_id}::bytea, attempts = 0, silences = 0
      where wasm_hash = ${wasm_hash} and ${account_id}::bytea <> all (holders) returning cardinality(holders) as count`;
    if (!row || row.count < ENOUGH) return;
    await sql`
      with told as (update token_layouts set confirmed = true, is_applied = true where wasm_hash = ${wasm_hash} and confirmed is null returning wasm_hash),
        done as (delete from layout_checks where wasm_hash = ${wasm_hash})
      select refresh_contract_tokens(array(select tokens_of_code(array_agg(wasm_hash)))) from told having count(*) > 0`;
    this.summary.confirmed.push(wasm_hash.toString("hex"));
  }

  async #refute(holder: Holder, { ledger, told, stored }: NonNullable<Comparison>): Promise<void> {
    const { wasm_hash, contract } = holder;
    const { sql } = this.#pass;
    const contradiction = `${contract}: balance() says ${told}, the storage ${stored}`;
    const at = Math.min(ledger, this.#cursor);
    await sql`
      with told as (
        update token_layouts set confirmed = false, is_applied = false, contradicted_ledger = ${at}, contradiction = ${contradiction}
        where wasm_hash = ${wasm_hash} and confirmed is distinct from false returning wasm_hash),
        done as (delete from layout_checks where wasm_hash = ${wasm_hash})
      select refresh_contract_tokens(array(select tokens_of_code(array_agg(wasm_hash)))) from told having count(*) > 0`;
    this.summary.refuted.push({ wasmHash: wasm_hash.toString("hex"), ledger: at, contradiction });
  }

  /** @param failure null: nothing failed */
  async #postpone({ wasm_hash, attempts, silences }: Check, failure: Failure | null, someAsked: boolean): Promise<void> {
    const isAnswered = failure?.answered ?? false;
    const isSilent = failure !== null && !isAnswered;
    const pause = failure ? failure.pause(attempts + silences + 1) : someAsked ? 0 : IDLE;
    await this.#pass.sql`
      update layout_checks set attempts = ${attempts + (isAnswered ? 1 : 0)}::integer, silences = ${isSilent ? silences + 1 : 0}::integer,
        last_error = ${failure?.reason ?? null}, next_try = now() + make_interval(secs => ${pause}::double precision)
      where wasm_hash = ${wasm_hash}`;
  }
}

/** The amount of a balance's entry: an i128, or a map with one as `amount`. */
function amountOf({ x, bytes }: RpcEntry): bigint | null {
  const { val } = readContractDataEntry(x, 1);
  if (x[val] === ScValType.scvI128) return int128(x, val + 1);
  const amount = x[val] === ScValType.scvMap ? memberAt(x, bytes, val + 1, "amount") : null;
  return amount !== null && x[amount] === ScValType.scvI128 ? int128(x, amount + 1) : null;
}
