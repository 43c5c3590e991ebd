import { hash as digest } from "node:crypto";
import { decodeStrkey } from "../../shared/strkey.ts";
import { scAddressAt } from "../../shared/xdr/addresses.ts";
import {
  ContractExecutableType,
  readContractDataEntry,
  readContractExecutableExternalRef,
  readScContractInstance,
  ScValType,
} from "../../shared/xdr/xdr.generated.ts";
import { arrayText } from "../persist/array-text.ts";
import { ContractCallError } from "./contract-call.ts";
import { dataKey, fetchEntries, instanceKey, MAX_KEYS, type RpcEntry } from "./ledger-entries.ts";
import { assetOfInstance, type ProvenAsset } from "./proven-asset.ts";
import { queueMissingCode } from "./queues.ts";
import { Failure, type RpcPass, type Unit, type Work } from "./rpc-pass.ts";
import { scvExecutableTag } from "./sc-bytes.ts";
import { stringBytes } from "./sc-members.ts";

/** What was done about something that ledgers have not shown. */
export interface MissingSummary {
  resolved: number;
  /** It is asked for again later, as often as it takes. */
  postponed: number;
}

interface Stub {
  token_id: string;
  contract_id: string;
  attempts: number;
  silences: number;
}

/** A contract's instance, as far as it tells what the contract is. */
interface Instance {
  stub: Stub;
  contract: Uint8Array;
  keyHash: Buffer;
  entry: RpcEntry;
  wasmHash: Uint8Array | null;
  tag: { key: Buffer; owner: Uint8Array; name: Uint8Array } | null;
}

/** Asks for the instances of contracts that are met as tokens and whose executable no ledger here has shown. */
export class MissingInstances implements Work {
  readonly summary: MissingSummary = { resolved: 0, postponed: 0 };
  readonly #pass: RpcPass;
  readonly #cursor: number;

  /** @param cursor the newest ledger in the database */
  constructor(pass: RpcPass, cursor: number) {
    this.#pass = pass;
    this.#cursor = cursor;
  }

  async due(): Promise<Unit[]> {
    const stubs = await this.#pass.sql<Stub[]>`
      select q.token_id, q.contract_id, q.attempts, q.silences
      from metadata_queue q join contract_tokens t on t.id = q.token_id
      where q.status = 'pending' and (q.next_try is null or q.next_try <= now()) and t.type = 'UNKNOWN'
        and not exists (select from protocol_contracts p where p.token_id = q.token_id)
      order by q.next_try nulls first, q.token_id limit ${MAX_KEYS}`;
    return stubs.length === 0 ? [] : [() => this.#ask(stubs)];
  }

  async #ask(stubs: readonly Stub[]): Promise<void> {
    const { client, signal } = this.#pass;
    const contracts = stubs.map((stub) => decodeStrkey(stub.contract_id)!);
    const keys = contracts.map(instanceKey);
    const found = await this.#pass.request(() => fetchEntries(client, keys, signal));
    if (found instanceof Failure) return this.#postpone(stubs, found);
    const told: Instance[] = [];
    const missing: Stub[] = [];
    const newer: Stub[] = [];
    for (const [i, stub] of stubs.entries()) {
      const entry = found.entries.get(keys[i]!.toString("hex"));
      if (!entry) missing.push(stub);
      // What it was at our newest ledger is not known; the ledgers to come show it.
      else if (entry.modifiedLedger > this.#cursor) newer.push(stub);
      else await this.#read(stub, contracts[i]!, keys[i]!, entry, told, missing);
    }
    await this.#store(told);
    await this.#postpone(missing, new Failure(new ContractCallError("getLedgerEntries: the contract's instance is not there"), true));
    await this.#postpone(
      newer,
      new Failure(new ContractCallError("getLedgerEntries: the contract's instance is newer than our ledgers"), false),
    );
  }

  async #read(stub: Stub, contract: Uint8Array, key: Buffer, entry: RpcEntry, told: Instance[], missing: Stub[]): Promise<void> {
    const { x, bytes } = entry;
    const { val } = readContractDataEntry(x, 1);
    if (x[val] !== ScValType.scvContractInstance) return void missing.push(stub);
    const { executable, storage } = readScContractInstance(x, val + 1);
    const instance = { stub, contract, keyHash: digest("sha256", key, "buffer"), entry };
    switch (x[executable]) {
      case ContractExecutableType.contractExecutableWasm:
        return void told.push({ ...instance, wasmHash: bytes.subarray(executable * 4 + 4, executable * 4 + 36), tag: null });
      case ContractExecutableType.contractExecutableExternalRef: {
        const { executableOwner, tag } = readContractExecutableExternalRef(x, executable + 1);
        const owner = scAddressAt(x, executableOwner).bytes;
        const name = stringBytes(x, bytes, tag);
        const tagKey = digest("sha256", dataKey(owner, scvExecutableTag(name)), "buffer");
        return void told.push({ ...instance, wasmHash: null, tag: { key: tagKey, owner, name } });
      }
    }
    const asset = assetOfInstance(stub.contract_id, entry, storage, this.#pass.ids);
    if (asset === null) return void missing.push(stub);
    await this.#storeAsset(stub, asset);
  }

  /** Where the ledger has proven the token in the meantime, the ledger's word stands. */
  async #storeAsset({ token_id }: Stub, { code, issuer, name }: ProvenAsset): Promise<void> {
    await this.#pass.sql`
      with done as (delete from metadata_queue where token_id = ${token_id}::uuid returning token_id)
      update contract_tokens t set type = 'SAC', code = ${code}, issuer = ${issuer}, name = ${name}, symbol = ${code}, decimals = 7, updated_at = now()
      from done where t.id = done.token_id and t.type <> 'SAC'`;
    this.summary.resolved++;
  }

  /** What a ledger has said about a contract stays. */
  async #store(told: readonly Instance[]): Promise<void> {
    if (told.length === 0) return;
    const { bytea, integer, uuid } = arrayText;
    const tagged = told.flatMap(({ tag, entry }) => (tag ? [{ ...tag, ledger: entry.modifiedLedger }] : []));
    const { sql } = this.#pass;
    if (tagged.length > 0)
      await sql`
        insert into executable_tags (tag_key, owner_id, tag, since_ledger)
        select * from unnest(${bytea(tagged.map((t) => t.key))}::bytea[], ${bytea(tagged.map((t) => t.owner))}::bytea[],
          ${bytea(tagged.map((t) => t.name))}::bytea[], ${integer(tagged.map((t) => t.ledger))}::integer[])
        on conflict do nothing`;
    await sql`
      with written as (
        insert into protocol_contracts (contract_id, token_id, wasm_hash, tag_key, since_ledger, key_hash, live_until_ledger)
        select * from unnest(${bytea(told.map((i) => i.contract))}::bytea[], ${uuid(told.map((i) => i.stub.token_id))}::uuid[],
          ${bytea(told.map((i) => i.wasmHash))}::bytea[], ${bytea(told.map((i) => i.tag?.key ?? null))}::bytea[],
          ${integer(told.map((i) => i.entry.modifiedLedger))}::integer[], ${bytea(told.map((i) => i.keyHash))}::bytea[],
          ${integer(told.map((i) => i.entry.liveUntilLedger))}::integer[])
        on conflict do nothing returning token_id)
      select refresh_contract_tokens(array_agg(token_id)) from written having count(*) > 0`;
    await queueMissingCode(sql);
    this.summary.resolved += told.length;
  }

  /** Never given up: an archived contract may come back. */
  async #postpone(stubs: readonly Stub[], failure: Failure): Promise<void> {
    if (stubs.length === 0) return;
    const pauses = stubs.map(({ attempts, silences }) => failure.pause(attempts + silences + 1));
    await this.#pass.sql`
      update metadata_queue q set attempts = q.attempts + ${failure.answered ? 1 : 0}::integer,
        silences = case when ${failure.answered}::boolean then 0 else q.silences + 1 end,
        last_error = ${failure.reason}, next_try = now() + make_interval(secs => s.pause), updated_at = now()
      from unnest(${arrayText.uuid(stubs.map((stub) => stub.token_id))}::uuid[], ${`{${pauses.join(",")}}`}::double precision[]) as s(token_id, pause)
      where q.token_id = s.token_id`;
    this.summary.postponed += stubs.length;
  }
}
