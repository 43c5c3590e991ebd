import { backOff, jitter } from "../../shared/retry.ts";
import { decodeStrkey } from "../../shared/strkey.ts";
import { arrayText } from "../persist/array-text.ts";
import { callContract } from "./contract-call.ts";
import { BATCH, Failure, PAUSES, type RpcPass, type Unit, type Work } from "./rpc-pass.ts";
import { scvNumber } from "./sc-bytes.ts";
import { tokenText } from "./token-values.ts";

/** What was done about the URIs of NFTs. */
export interface UrisSummary {
  resolved: number;
  /** NFTs that told none; they are asked for again later. */
  postponed: number;
}

/** An NFT without a URI, with the type that its contract gives `token_uri` as its argument. */
interface Nft {
  contract_id: string;
  contract: string;
  token_id: string;
  argument: string | null;
}

/** What one told; null: nothing that can be used. */
interface Told {
  token_id: string;
  uri: string | null;
}

/** NFTs that one contract has asked for in its turn. */
const NFTS = 4;
/** Times that the NFTs of a contract are asked for again when they told nothing. */
const MAX_ATTEMPTS = 8;
/** In bytes of UTF-8. Longer ones hold what they describe. */
const MAX_URI_BYTES = 2_048;

/** Asks contracts for the URIs of their NFTs, `token_uri(token_id)` (SEP-50; table `nfts`). */
export class TokenUris implements Work {
  readonly summary: UrisSummary = { resolved: 0, postponed: 0 };
  readonly #pass: RpcPass;
  readonly #cursor: number;
  /** Contracts that the server was silent about in this pass. */
  readonly #silent = new Set<string>();

  /** @param cursor the newest ledger in the database */
  constructor(pass: RpcPass, cursor: number) {
    this.#pass = pass;
    this.#cursor = cursor;
  }

  async due(): Promise<Unit[]> {
    const fresh = await this.#pass.sql<Nft[]>`
      select n.contract_id, n.contract, n.token_id,
        jsonb_path_query_first(w.functions, '$[*] ? (@.name == "token_uri").inputs[0].type') #>> '{}' as argument
      from nfts_without_uri(${BATCH * NFTS}, ${NFTS}) n left join contract_code c on c.token_id = n.contract_id
      left join protocol_wasms w on w.wasm_hash = c.wasm_hash`;
    const again = await this.#pass.sql<Nft[]>`
      select n.contract_id, q.contract, n.token_id::text,
        jsonb_path_query_first(w.functions, '$[*] ? (@.name == "token_uri").inputs[0].type') #>> '{}' as argument
      from (
        select q.token_id, t.contract_id as contract from repair_queue q join contract_tokens t on t.id = q.token_id
        where q.next_try <= now() and t.type = 'SEP50' order by q.next_try, q.token_id limit ${BATCH}) q
      cross join lateral (
        select * from nfts f where f.contract_id = q.token_id and f.owner_id is not null and f.uri is null and f.uri_ledger < ${this.#cursor}
          order by f.uri_ledger limit ${NFTS}) n
      left join contract_code c on c.token_id = n.contract_id left join protocol_wasms w on w.wasm_hash = c.wasm_hash`;
    return [...this.#units(fresh, false), ...this.#units(again, true)];
  }

  #units(nfts: readonly Nft[], isAgain: boolean): Unit[] {
    const contracts = Map.groupBy(nfts, (nft) => nft.contract_id);
    return Array.from(contracts)
      .filter(([contract]) => !this.#silent.has(contract))
      .map(
        ([, group]) =>
          () =>
            this.#ask(group, isAgain),
      );
  }

  async #ask(nfts: readonly Nft[], isAgain: boolean): Promise<void> {
    const { contract_id } = nfts[0]!;
    // A range of NFTs is done up to the last that was asked for, so nothing may be left out.
    const told: Told[] = [];
    for (const nft of nfts.toSorted((a, b) => (BigInt(a.token_id) < BigInt(b.token_id) ? -1 : 1))) {
      const one = await this.#askFor(nft);
      if (one === null) {
        this.#silent.add(contract_id);
        break;
      }
      told.push(one);
    }
    const { sql } = this.#pass;
    if (told.length > 0)
      await sql`
        select set_nft_uris(${contract_id}::uuid, ${`{${told.map(({ token_id }) => token_id).join(",")}}`}::numeric[],
          ${arrayText.text(told.map(({ uri }) => uri))}::text[], ${this.#cursor})`;
    const failed = told.filter(({ uri }) => uri === null).length;
    this.summary.resolved += told.length - failed;
    this.summary.postponed += failed;
    if (isAgain) await this.#settle(contract_id, failed > 0 || told.length < nfts.length);
    else if (failed > 0) await sql`insert into repair_queue (token_id) values (${contract_id}::uuid) on conflict do nothing`;
  }

  /** A contract whose NFTs go on to tell nothing is asked less and less often, and in the end for the new ones alone. */
  async #settle(contract: string, hasFailed: boolean): Promise<void> {
    const pause = jitter(backOff(1, PAUSES));
    await this.#pass.sql`
      update repair_queue set attempts = attempts + ${hasFailed ? 1 : 0}::integer, next_try = case
        when not ${hasFailed}::boolean then now()
        when attempts + 1 >= ${MAX_ATTEMPTS} then 'infinity'
        else now() + make_interval(secs => ${pause}::double precision * power(${PAUSES.factor}::integer, attempts)) end
      where token_id = ${contract}::uuid`;
  }

  /** Null: no answer. */
  async #askFor({ contract, token_id, argument }: Nft): Promise<Told | null> {
    const { client, signal } = this.#pass;
    const id = scvNumber(argument ?? "u32", token_id);
    if (id === null) return { token_id, uri: null };
    const told = await this.#pass.request(async () => {
      const { value } = await callContract(client, decodeStrkey(contract)!.subarray(1), "token_uri", signal, [id]);
      return { token_id, uri: tokenText(value, "token_uri", MAX_URI_BYTES) };
    });
    if (!(told instanceof Failure)) return told;
    return told.answered ? { token_id, uri: null } : null;
  }
}
