import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { askRpc, type RpcSummary } from "../../functions/ingest/tokens/ask-rpc.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { decodeStrkey } from "../../functions/shared/strkey.ts";
import { testDatabase } from "../fixtures/database.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import {
  addContract,
  addressOf,
  addStubs,
  addVerdict,
  balanceKey,
  contractNamed,
  ContractWorld,
  holderNamed,
  metadata,
  setCursor,
  sha256,
} from "../fixtures/stubs/contract-world.ts";
import { startStubRpc, type StubRpc } from "../fixtures/stubs/rpc.ts";
import { i128 } from "../fixtures/sc-values.ts";

const CODE = Buffer.from("code whose storage is to be confirmed");
const CREATED = 900;
const LEDGER = 1_000;
const [ann, bob, cid, dan] = ["ann", "bob", "cid", "dan"].map((name) => holderNamed(name)) as [string, string, string, string];

/** What holders have by the entry and by `balance()`. */
interface Kept {
  stored: bigint;
  told?: bigint;
  /** The ledger that changed the entry last. */
  modified?: number;
  /** As the database has it. */
  known?: bigint;
  knownLedger?: number;
  temporary?: boolean;
  live?: number;
}

const amountMap = (amount: bigint): xdr.ScVal =>
  xdr.ScVal.scvMap([new xdr.ScMapEntry({ key: xdr.ScVal.scvSymbol("amount"), val: i128(amount) })]);

/** Contracts of one code, as entries and functions in the world and as rows of the database. */
class Case {
  readonly world = new ContractWorld(LEDGER + 3);
  readonly #sql: Database;
  readonly #rpc: StubRpc;

  private constructor(sql: Database, rpc: StubRpc, world: ContractWorld) {
    this.#sql = sql;
    this.#rpc = rpc;
    this.world = world;
  }

  static async begin(): Promise<Case> {
    const world = new ContractWorld(LEDGER + 3);
    const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers: sandboxLedgers(1), ...world.options });
    after(() => rpc.stop());
    const sql = (await testDatabase()).connect();
    await setCursor(sql, LEDGER);
    await addVerdict(sql, CODE, "SEP41");
    await sql`insert into token_layouts (wasm_hash) values (${sha256(CODE)})`;
    return new Case(sql, rpc, world);
  }

  get sql(): Database {
    return this.#sql;
  }

  get rpc(): StubRpc {
    return this.#rpc;
  }

  async add(
    name: string,
    kept: Record<string, Kept>,
    { created = CREATED, since = CREATED, asMap = false }: { created?: number | null; since?: number; asMap?: boolean } = {},
  ): Promise<string> {
    const contract = contractNamed(name);
    const sql = this.#sql;
    this.world.add(
      contract,
      { code: CODE },
      {
        ...metadata(name, "N", 7),
        balance: ([id]) => {
          const { stored, told = stored } = kept[addressOf(id)]!;
          return i128(told);
        },
      },
    );
    await addStubs(sql, [contract]);
    await addContract(sql, contract, CODE, created, since);
    for (const [
      holder,
      { stored, modified = LEDGER - 5, known = stored, knownLedger = modified, temporary = false, live },
    ] of Object.entries(kept)) {
      this.world.setData(contract, balanceKey(holder), asMap ? amountMap(stored) : i128(stored), {
        modified,
        temporary,
        ...(live !== undefined && { live }),
      });
      await sql`
        insert into sep41_balances (account_id, contract_id, stored, stored_ledger, is_temporary, last_modified_ledger)
        values (${decodeStrkey(holder)}, ${contractUuid(contract)}::uuid, ${String(known)}::numeric, ${knownLedger}, ${temporary}, ${knownLedger})`;
    }
    return contract;
  }

  async pass(): Promise<RpcSummary["layouts"]> {
    await this.#sql`update layout_checks set next_try = now()`;
    const { layouts, problem } = await askRpc(this.#sql, {
      rpcUrl: this.#rpc.url,
      networkPassphrase: SANDBOX_PASSPHRASE,
      deadline: Date.now() + 20_000,
      timeoutMs: 2_000,
    });
    assert.equal(problem, null);
    return layouts;
  }

  /** True or false as it is settled; null: it is not. */
  async confirmed(): Promise<boolean | null> {
    const [row] = await this.#sql<{ confirmed: boolean | null }[]>`select confirmed from token_layouts`;
    return row!.confirmed;
  }

  async sources(): Promise<string[]> {
    const rows = await this.#sql<{ balances_from: string }[]>`select distinct balances_from from contract_tokens order by 1`;
    return rows.map(({ balances_from }) => balances_from);
  }
}

test("three holders for whom entry and balance() are the same confirm a layout, and its tokens are read from storage", async () => {
  const it = await Case.begin();
  await it.add("one", { [ann]: { stored: 5n }, [bob]: { stored: 2n ** 127n - 1n } });
  await it.add("two", { [cid]: { stored: 7n } }, { asMap: true });
  await it.add("old", { [dan]: { stored: 1n, told: 2n } }, { created: null, since: 950 });
  assert.deepEqual(await it.sources(), ["EVENTS", "PARTIAL"]);
  let equal = 0;
  for (let i = 0; i < 4 && (await it.confirmed()) === null; i++) equal += (await it.pass()).equal;
  assert.deepEqual([await it.confirmed(), equal, await it.sources()], [true, 3, ["STORAGE"]]);
  assert.equal((await it.sql`select from layout_checks`).length, 0);
});

test("two holders are not enough, nor is one who is asked for twice", async () => {
  const it = await Case.begin();
  await it.add("one", { [ann]: { stored: 5n }, [bob]: { stored: 6n } });
  await it.add("two", { [ann]: { stored: 7n } });
  for (let i = 0; i < 4; i++) await it.pass();
  assert.equal(await it.confirmed(), null);
});

test("one holder for whom they differ refutes it for good, loudly", async () => {
  const it = await Case.begin();
  const contract = await it.add("one", { [ann]: { stored: 5n, told: 6n } });
  const { refuted } = await it.pass();
  const contradiction = `${contract}: balance() says 6, the storage 5`;
  assert.deepEqual(refuted, [{ wasmHash: sha256(CODE).toString("hex"), ledger: LEDGER, contradiction }]);
  assert.deepEqual([await it.confirmed(), await it.sources()], [false, ["EVENTS"]]);
  const [row] = await it.sql`select contradiction, is_proven from token_layouts`;
  assert.deepEqual({ ...row }, { contradiction, is_proven: false });
  await it.add("two", { [bob]: { stored: 5n }, [cid]: { stored: 5n }, [dan]: { stored: 5n } });
  const calls = it.rpc.calls.length;
  assert.deepEqual(await it.pass(), { equal: 0, confirmed: [], refuted: [] });
  assert.ok(it.rpc.calls.length - calls <= 4, "it is not asked about any more");
  assert.equal(await it.confirmed(), false);
});

const strangers: [string, Kept, { created?: number | null; since?: number }][] = [
  ["a contract that is older than the database", { stored: 5n, told: 0n }, { created: null }],
  ["a contract that had other code before", { stored: 5n, told: 0n }, { since: CREATED + 1 }],
  ["an entry of the ledger that made the contract", { stored: 5n, told: 0n, modified: CREATED }, {}],
  ["a temporary entry, which the code may not read", { stored: 5n, told: 0n, temporary: true }, {}],
];
for (const [what, kept, options] of strangers)
  test(`${what} does not refute the code of others`, async () => {
    const it = await Case.begin();
    await it.add("stranger", { [ann]: kept }, options);
    for (let i = 0; i < 3; i++) await it.pass();
    assert.equal(await it.confirmed(), null);
  });

test("a contract that ran other code for some time does not refute or confirm", async () => {
  const it = await Case.begin();
  const contract = await it.add("there and back", { [ann]: { stored: 5n }, [bob]: { stored: 5n }, [cid]: { stored: 5n } });
  await it.sql`insert into former_executables (subject, until_ledger, wasm_hash) values (${decodeStrkey(contract)}, 950, ${sha256(Buffer.from("x"))})`;
  for (let i = 0; i < 3; i++) await it.pass();
  assert.equal(await it.confirmed(), null);
});

test("what is not of the same moment is not compared", async () => {
  const it = await Case.begin();
  // The entry changes between the simulation and its reading; it is archived; the server is behind our ledgers, or not true to them.
  await it.add("one", {
    [ann]: { stored: 9n, told: 5n, modified: LEDGER + 5, known: 5n, knownLedger: LEDGER - 5 },
    [bob]: { stored: 9n, told: 0n, live: LEDGER },
    [cid]: { stored: 9n, told: 5n, known: 8n, knownLedger: LEDGER },
    [dan]: { stored: 9n, told: 5n, known: 8n },
  });
  for (let i = 0; i < 4; i++) assert.deepEqual(await it.pass(), { equal: 0, confirmed: [], refuted: [] });
  assert.equal(await it.confirmed(), null);
});

test("one odd response refutes nothing", async () => {
  const it = await Case.begin();
  const kept = { [ann]: { stored: 5n, told: 0n } as Kept };
  await it.add("one", kept);
  let asked = 0;
  it.rpc.fault = ({ method }) => {
    if (method === "simulateTransaction" && ++asked > 1) kept[ann]!.told = 5n;
    return null;
  };
  const { equal, refuted } = await it.pass();
  assert.deepEqual([equal, refuted, await it.confirmed()], [1, [], null]);
});

test("tokens that are read from storage are compared now and then, confirmed or not", async () => {
  const it = await Case.begin();
  await it.sql`update token_layouts set confirmed = true`;
  await it.add("one", { [ann]: { stored: 5n, told: 4n } });
  assert.deepEqual(await it.sources(), ["STORAGE"]);
  for (let i = 0; i < 60 && (await it.confirmed()) === true; i++) await it.pass();
  assert.deepEqual([await it.confirmed(), await it.sources()], [false, ["EVENTS"]]);
});

test("a server that fails half of the time only slows the comparison", async () => {
  const it = await Case.begin();
  await it.add("one", { [ann]: { stored: 5n }, [bob]: { stored: 6n }, [cid]: { stored: 7n } });
  let calls = 0;
  it.rpc.fault = ({ method }) => (method !== "getNetwork" && calls++ % 2 === 0 ? { status: 503 } : null);
  for (let i = 0; i < 5 && (await it.confirmed()) === null; i++) await it.pass();
  assert.equal(await it.confirmed(), true);
});
