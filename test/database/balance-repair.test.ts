import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { writeTokenBalances } from "../../functions/ingest/persist/token-balances.ts";
import { askRpc, type RpcSummary } from "../../functions/ingest/tokens/ask-rpc.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { decodeStrkey } from "../../functions/shared/strkey.ts";
import { testDatabase } from "../fixtures/database.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { seeded } from "../fixtures/hostile-ledgers.ts";
import {
  addContract,
  addressOf,
  addStubs,
  addVerdict,
  contractNamed,
  ContractWorld,
  holderNamed,
  metadata,
  setCursor,
  text,
} from "../fixtures/stubs/contract-world.ts";
import { startStubRpc, type StubRpc } from "../fixtures/stubs/rpc.ts";
import { i128 } from "../fixtures/sc-values.ts";

const CODE = Buffer.from("code of tokens that keep balances in their own way");
const FIRST = 1_000;

type Balances = Map<string, bigint>;

/** A token that was there before the database, and what its holders have at the end of each ledger. */
class OldToken {
  readonly contract: string;
  readonly id: string;
  readonly #ledgers = new Map<number, Balances>();

  constructor(world: ContractWorld, name: string, balances: Balances) {
    this.contract = contractNamed(name);
    this.id = contractUuid(this.contract);
    this.#ledgers.set(FIRST, balances);
    world.add(
      this.contract,
      { code: CODE },
      { ...metadata(name, "OLD", 7), balance: ([id]) => i128(this.at(world.ledger).get(addressOf(id)) ?? 0n) },
    );
  }

  at(ledger: number): Balances {
    return this.#ledgers.get(ledger)!;
  }

  /** The next ledger moves this. @returns what it moved, by holder */
  close(ledger: number, moves: readonly [from: string, to: string, amount: bigint][]): Balances {
    const balances = new Map(this.at(ledger - 1));
    const moved: Balances = new Map();
    for (const [from, to, amount] of moves)
      for (const [holder, change] of [
        [from, -amount],
        [to, amount],
      ] as const) {
        balances.set(holder, (balances.get(holder) ?? 0n) + change);
        moved.set(holder, (moved.get(holder) ?? 0n) + change);
      }
    this.#ledgers.set(ledger, balances);
    return moved;
  }
}

/** Writes what the events of a ledger moved, as ingestion does. */
async function writeLedger(sql: Database, ledger: number, moved: readonly (readonly [OldToken, Balances])[]): Promise<void> {
  const tokenBalances = moved.flatMap(([token, balances]) =>
    Array.from(balances, ([holder, change]) => ({
      account: { bytes: decodeStrkey(holder)!, text: holder },
      contractId: token.id,
      contract: { bytes: decodeStrkey(token.contract)!, text: token.contract },
      stored: null,
      moved: change,
    })),
  );
  await Promise.all(writeTokenBalances(sql, { tokenBalances, header: { sequence: ledger } } as unknown as LedgerRows));
  await sql`update cursors set ledger = ${ledger} where name = 'events'`;
  await setCursor(sql, ledger);
}

interface Row {
  account_id: Uint8Array;
  summed: string;
  summed_ledger: number;
  simulated_ledger: number | null;
}

async function rowsOf(sql: Database, token: OldToken): Promise<Row[]> {
  return [
    ...(await sql<
      Row[]
    >`select account_id, summed, summed_ledger, simulated_ledger from sep41_balances where contract_id = ${token.id}::uuid`),
  ];
}

async function setUp(world: ContractWorld, tokens: readonly OldToken[]): Promise<{ sql: Database; rpc: StubRpc }> {
  const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers: sandboxLedgers(1), ...world.options });
  after(() => rpc.stop());
  const sql = (await testDatabase()).connect();
  await setCursor(sql, FIRST);
  await addVerdict(sql, CODE, "SEP41");
  await addStubs(
    sql,
    tokens.map(({ contract }) => contract),
  );
  for (const { contract } of tokens) await addContract(sql, contract, CODE);
  return { sql, rpc };
}

/** A pass with everything due that was postponed. */
async function pass(sql: Database, rpc: StubRpc): Promise<RpcSummary> {
  for (const queue of ["metadata_queue", "repair_queue", "code_queue"]) await sql`update ${sql(queue)} set next_try = now()`;
  return askRpc(sql, { rpcUrl: rpc.url, networkPassphrase: SANDBOX_PASSPHRASE, deadline: Date.now() + 20_000, timeoutMs: 2_000 });
}

const holders = Array.from({ length: 16 }, (_, i) => holderNamed(`holder ${i}`));

for (const seed of [1, 2])
  test(`balances that are known in part become exact with a server that fails half of the time, while ledgers come (seed ${seed})`, async () => {
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const world = new ContractWorld(FIRST);
    const tokens = ["one", "two"].map(
      (name) => new OldToken(world, name, new Map(holders.map((holder) => [holder, 100_000n + BigInt(Math.floor(random() * 1e6))]))),
    );
    const { sql, rpc } = await setUp(world, tokens);
    rpc.fault = ({ method }) => (method === "getNetwork" || random() < 0.5 ? null : pick([{ status: 503 }, { cut: 0 }, { cut: 40 }]));
    const AHEAD = 4;
    const moved = new Map<number, (readonly [OldToken, Balances])[]>();
    let closed = FIRST;
    const close = (): void => {
      closed++;
      const moves = (): [string, string, bigint][] =>
        Array.from({ length: 3 }, () => [pick(holders), pick(holders), BigInt(Math.floor(random() * 1_000))]);
      moved.set(
        closed,
        tokens.map((token) => [token, token.close(closed, moves())] as const),
      );
    };
    for (let i = 0; i < AHEAD; i++) close();
    let cursor = FIRST;
    let wereAhead = 0;
    for (let round = 0; round < 8; round++) {
      for (let i = 0; i < 2; i++) {
        close();
        await writeLedger(sql, ++cursor, moved.get(cursor)!);
      }
      // The server may be behind our ledgers, or ahead of them.
      world.ledger = cursor + Math.floor(random() * (AHEAD + 3)) - 2;
      if (world.ledger > cursor) wereAhead++;
      await pass(sql, rpc);
      for (const token of tokens)
        for (const row of await rowsOf(sql, token)) {
          if (row.simulated_ledger === null) continue;
          // What the row says is of a ledger that it names, also while ours are behind it.
          const at = Math.max(cursor, row.summed_ledger);
          const expected = token.at(at).get(holders.find((holder) => Buffer.from(decodeStrkey(holder)!).equals(row.account_id))!)!;
          assert.equal(row.summed, String(expected), `ledger ${at}, our newest ${cursor}: ${JSON.stringify(row)}`);
        }
    }
    world.ledger = cursor;
    for (let i = 0; i < 10; i++) {
      const { balances } = await pass(sql, rpc);
      if (balances.resolved + balances.postponed === 0) break;
    }
    assert.ok(wereAhead > 0);
    for (const token of tokens) {
      const rows = await rowsOf(sql, token);
      assert.ok(rows.length > 10);
      assert.deepEqual(rows.filter(({ simulated_ledger }) => simulated_ledger === null).length, 0);
    }
    const [names] = await sql`select count(*)::int as named from contract_tokens where name is not null`;
    assert.equal(names!.named, 2, "the server only slows it");
  });

test("a simulation never replaces what is newer, nor do events that it knew count again", async () => {
  const world = new ContractWorld(FIRST);
  const [a, b] = [holders[0]!, holders[1]!];
  const token = new OldToken(world, "guard", new Map([[a, 100n]]));
  const { sql, rpc } = await setUp(world, [token]);
  const first = token.close(FIRST + 1, [[a, b, 10n]]);
  const second = token.close(FIRST + 2, [[a, b, 5n]]);
  await writeLedger(sql, FIRST + 1, [[token, first]]);
  const sums = async (): Promise<unknown> => {
    const rows = await rowsOf(sql, token);
    return [a, b].map((holder, i) => {
      const row = rows.find(({ account_id }) => holderOf(account_id) === holder);
      return ["ab"[i], row?.summed, row?.simulated_ledger];
    });
  };
  assert.deepEqual(await sums(), [
    ["a", "-10", null],
    ["b", "10", null],
  ]);
  // Behind our ledgers: refused.
  world.ledger = FIRST;
  assert.deepEqual((await pass(sql, rpc)).balances, { resolved: 0, postponed: 2 });
  assert.deepEqual(await sums(), [
    ["a", "-10", null],
    ["b", "10", null],
  ]);
  // Ahead of them.
  world.ledger = FIRST + 2;
  assert.deepEqual((await pass(sql, rpc)).balances, { resolved: 2, postponed: 0 });
  const told = [
    ["a", "85", FIRST + 2],
    ["b", "15", FIRST + 2],
  ];
  assert.deepEqual(await sums(), told);
  await writeLedger(sql, FIRST + 2, [[token, second]]);
  assert.deepEqual(await sums(), told, "the ledger's event was in it");
  await writeLedger(sql, FIRST + 3, [[token, token.close(FIRST + 3, [[b, a, 1n]])]]);
  assert.deepEqual(await sums(), [
    ["a", "86", FIRST + 2],
    ["b", "14", FIRST + 2],
  ]);
});

function holderOf(bytes: Uint8Array): string | undefined {
  return holders.find((holder) => Buffer.from(decodeStrkey(holder)!).equals(bytes));
}

/** What a contract gives as a balance, and the ledger that the server says it is of; null: the true one. */
const hostile: [string, xdr.ScVal | string, number | null][] = [
  ["a negative amount", i128(-1n), null],
  ["the least i128", i128(-(2n ** 127n)), null],
  ["a u64", xdr.ScVal.scvU64(5n), null],
  ["a text", text("5"), null],
  ["nothing", xdr.ScVal.scvVoid(), null],
  ["a huge text", text(Buffer.alloc(1 << 20, "9")), null],
  ["a failure", "HostError: Error(Budget, ExceededLimit)", null],
  ["a ledger that cannot have closed", i128(5n), 2_000_000_000],
  ["no ledger", i128(5n), 0],
  ["a negative ledger", i128(5n), -5],
];
test("a token whose events differ is asked again for balances that have changed, any other is not", async () => {
  const world = new ContractWorld(FIRST);
  const [holder, quiet] = [holderNamed("moves"), holderNamed("does not")];
  const tokens = ["takes a fee", "is honest"].map(
    (name) =>
      new OldToken(
        world,
        name,
        new Map([
          [holder, 50n],
          [quiet, 7n],
        ]),
      ),
  );
  const [taking, honest] = tokens as [OldToken, OldToken];
  const { sql, rpc } = await setUp(world, tokens);
  await sql`update contract_tokens set events_differ = true where id = ${taking.id}`;
  const touched: Balances = new Map([
    [holder, 1n],
    [quiet, 1n],
  ]);
  await writeLedger(
    sql,
    FIRST,
    tokens.map((token) => [token, touched] as const),
  );
  await pass(sql, rpc);
  const known = async (token: OldToken): Promise<string[]> =>
    (await rowsOf(sql, token)).map((row) => `${row.summed} ${row.simulated_ledger}`).sort();
  assert.deepEqual(
    [await known(taking), await known(honest)],
    [
      ["50 1000", "7 1000"],
      ["50 1000", "7 1000"],
    ],
  );
  // 10 are told, 9 arrive.
  for (const token of tokens) token.close(FIRST + 1, [[holderNamed("sender"), holder, 9n]]);
  await writeLedger(
    sql,
    FIRST + 1,
    tokens.map((token) => [token, new Map([[holder, 10n]])] as const),
  );
  // RPC is behind: what it tells is older than what is known.
  await pass(sql, rpc);
  assert.deepEqual(
    [await known(taking), await known(honest)],
    [
      ["60 1000", "7 1000"],
      ["60 1000", "7 1000"],
    ],
  );
  world.ledger = FIRST + 1;
  await pass(sql, rpc);
  assert.deepEqual(
    [await known(taking), await known(honest)],
    [
      ["59 1001", "7 1000"],
      ["60 1000", "7 1000"],
    ],
  );
});

test("what is no balance is refused and asked for again", async () => {
  const world = new ContractWorld(FIRST + 1);
  const [holder, other] = [holders[0]!, holders[1]!];
  const tokens = hostile.map(
    ([what]) =>
      new OldToken(
        world,
        what,
        new Map([
          [holder, 100n],
          [other, 10n],
        ]),
      ),
  );
  const { sql, rpc } = await setUp(world, tokens);
  await writeLedger(
    sql,
    FIRST + 1,
    tokens.map((token) => [token, token.close(FIRST + 1, [[other, holder, 3n]])]),
  );
  const simulated = async (): Promise<number> => {
    const [row] = await sql<{ count: number }[]>`select count(*)::int from sep41_balances where simulated_ledger is not null`;
    return row!.count;
  };
  const honest = tokens.map(({ contract }) => world.contracts.get(contract)!);
  for (const [i, [what, value, ledger]] of hostile.entries()) {
    world.contracts.set(tokens[i]!.contract, { runs: null, functions: { ...honest[i]!.functions, balance: () => value } });
    if (ledger === null) continue;
    world.ledger = ledger;
    assert.equal((await pass(sql, rpc)).balances.resolved, 0, what);
    world.ledger = FIRST + 1;
    world.contracts.set(tokens[i]!.contract, { runs: null, functions: { ...honest[i]!.functions, balance: () => "HostError: later" } });
  }
  for (let i = 0; i < 2; i++) {
    const { balances } = await pass(sql, rpc);
    assert.equal(balances.resolved, 0);
    assert.equal(balances.postponed, 2 * tokens.length);
  }
  assert.equal(await simulated(), 0);
  for (const [i, { contract }] of tokens.entries()) world.contracts.set(contract, honest[i]!);
  assert.deepEqual((await pass(sql, rpc)).balances, { resolved: 2 * tokens.length, postponed: 0 });
  assert.equal(await simulated(), 2 * tokens.length);
});

test("the greatest i128 is a balance", async () => {
  const world = new ContractWorld(FIRST + 1);
  const [holder, other] = [holders[0]!, holders[1]!];
  const most = 2n ** 127n - 1n;
  const token = new OldToken(
    world,
    "most",
    new Map([
      [holder, most - 1n],
      [other, 1n],
    ]),
  );
  const { sql, rpc } = await setUp(world, [token]);
  await writeLedger(sql, FIRST + 1, [[token, token.close(FIRST + 1, [[other, holder, 1n]])]]);
  await pass(sql, rpc);
  assert.deepEqual((await rowsOf(sql, token)).map(({ summed }) => summed).sort(), ["0", String(most)].sort());
});

test("tokens have their turns: one with many holders, or one that always fails, does not keep the others waiting", async () => {
  const world = new ContractWorld(FIRST + 1);
  const crowd = Array.from({ length: 1_100 }, (_, i) => holderNamed(`crowd ${i}`));
  const large = new OldToken(world, "large", new Map(crowd.map((holder) => [holder, 5n])));
  const broken = new OldToken(world, "broken", new Map(crowd.slice(0, 50).map((holder) => [holder, 5n])));
  const small = new OldToken(world, "small", new Map(crowd.slice(0, 3).map((holder) => [holder, 7n])));
  const tokens = [large, broken, small];
  const { sql, rpc } = await setUp(world, tokens);
  const { functions } = world.contracts.get(broken.contract)!;
  world.contracts.set(broken.contract, { runs: null, functions: { ...functions, balance: () => "HostError: never" } });
  const touch = (token: OldToken): readonly [OldToken, Balances] => [
    token,
    token.close(
      FIRST + 1,
      [...token.at(FIRST).keys()].map((holder) => [holder, contractNamed("till"), 1n] as const),
    ),
  ];
  await writeLedger(sql, FIRST + 1, tokens.map(touch));
  // Most of the large token's have been told.
  await sql`
    update sep41_balances set simulated_ledger = ${FIRST + 1}
    where contract_id = ${large.id}::uuid and account_id not in (
      select account_id from (select account_id, row_number() over (order by account_id) as n from sep41_balances where contract_id = ${large.id}::uuid) r
      where n % 10 = 0)`;
  const order: string[] = [];
  const { balance } = world.contracts.get(large.contract)!.functions;
  let asked = 0;
  for (const token of [large, small]) {
    const { functions: its } = world.contracts.get(token.contract)!;
    world.contracts.set(token.contract, {
      runs: null,
      functions: {
        ...its,
        balance: (args) => (order.push(token === large ? "large" : "small"), asked++, token === large ? balance!(args) : i128(7n)),
      },
    });
  }
  const controller = new AbortController();
  rpc.fault = ({ method }) => {
    if (method === "simulateTransaction" && asked > 60) controller.abort();
    return null;
  };
  await askRpc(sql, {
    rpcUrl: rpc.url,
    networkPassphrase: SANDBOX_PASSPHRASE,
    deadline: Date.now() + 20_000,
    signal: controller.signal,
  });
  assert.equal(order.filter((name) => name === "small").length, 4, order.join(" "));
  assert.ok(order.lastIndexOf("small") < 30, order.join(" "));
  // The windows of a large token are all gone through, without a look at the whole of it each time.
  rpc.fault = () => null;
  for (let i = 0; i < 6; i++) await pass(sql, rpc);
  assert.equal((await rowsOf(sql, large)).filter(({ simulated_ledger }) => simulated_ledger === null).length, 0);
  const [queue] = await sql`select rounds > 0 as is_done from repair_queue where token_id = ${large.id}::uuid`;
  assert.equal(queue!.is_done, true);
  const [failing] = await sql`select attempts > 1 as has_failed, last_error from repair_queue where token_id = ${broken.id}::uuid`;
  assert.deepEqual({ ...failing }, { has_failed: true, last_error: "balance: HostError: never" });
});

test("tokens whose balances are all known are not asked", async () => {
  const world = new ContractWorld(FIRST + 1);
  const token = new OldToken(world, "known", new Map([[holders[0]!, 5n]]));
  const { sql, rpc } = await setUp(world, [token]);
  await writeLedger(sql, FIRST + 1, [[token, token.close(FIRST + 1, [[holders[0]!, holders[1]!, 1n]])]]);
  await sql`update protocol_contracts set created_ledger = 1`;
  await sql`select refresh_contract_tokens(array(select id from contract_tokens))`;
  const { balances, names } = await pass(sql, rpc);
  assert.deepEqual([balances.resolved + balances.postponed, names.resolved], [0, 1]);
});
