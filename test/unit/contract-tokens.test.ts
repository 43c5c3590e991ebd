import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { random, type Random } from "../../bin/simulated-network/random.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { type Call, created, updated } from "../fixtures/call-ledger.ts";
import { instanceEntry } from "../fixtures/code-entries.ts";
import { contractChain, datum, type Step } from "../fixtures/contract-chain.ts";
import { address, type Holder, HOLDERS, MadeToken, type TokenShape } from "../fixtures/made-token.ts";
import { indexBytes, openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { TokenFold } from "../fixtures/token-fold.ts";
import { tokenProblemsOf } from "../fixtures/token-problems.ts";
import { i128, scMap, symbol } from "../fixtures/sc-values.ts";

const indexer = createIndexer(SANDBOX_PASSPHRASE);
const [one, two, three, other] = HOLDERS as [Holder, Holder, Holder, Holder];
const MAX = (1n << 127n) - 1n;

/** The rows of one ledger, which `wallet verify` agrees with. */
function rowsOf(step: Step): LedgerRows {
  const [bytes] = contractChain(1, [step]);
  assert.deepEqual(tokenProblemsOf(bytes!), []);
  return indexBytes(indexer, bytes!);
}

/** A call that succeeds, of anybody. */
function anyCall(token: MadeToken, { changes = [], events = [] }: Partial<Call>): Call {
  return token.call("f", [], { changes, events });
}

const SHAPES: readonly Partial<TokenShape>[] = [
  {},
  { value: "map", allowance: "from", keepsEmpty: false },
  { value: "asset", hasMapBodies: true },
  { isTemporary: true, allowance: "none", keepsEmpty: false },
  { isTemporary: true, value: "map", hasMapBodies: true },
];

/** What somebody does next: something that can be done. */
function nextCall(token: MadeToken, dice: Random, ledger: number): Call {
  const [from, to, spender] = [dice.pick(HOLDERS), dice.pick(HOLDERS), dice.pick(HOLDERS)];
  const has = token.balances.get(from.address) ?? 0n;
  const part = (of: bigint): bigint => (of * BigInt(1 + dice.below(4))) / 4n;
  const allowed = token.allowances.get(`${from.address} ${spender.address}`)?.amount ?? 0n;
  const most = allowed < has ? allowed : has;
  switch (dice.below(8)) {
    case 0:
      return token.mint(to, 1n + BigInt(dice.below(1_000)) * (dice.below(3) === 0 ? 1n << 100n : 1n));
    case 1:
      if (has > 0n) return token.burn(from, part(has));
      break;
    case 2:
      if (has > 0n) return token.clawback(from, part(has));
      break;
    case 3:
    case 4:
      return token.approve(from, spender, BigInt(dice.below(2_000)), ledger + dice.below(100));
    case 5:
      if (most > 0n) return token.transferFrom(spender, from, to, part(most));
      break;
    case 6:
      if (most > 0n) return token.burnFrom(spender, from, part(most));
  }
  return has > 0n ? token.transfer(from, to, part(has)) : token.mint(to, 1n + BigInt(dice.below(100)));
}

const SEEDS = 8;
const LEDGERS = 25;

test("of honest tokens the entries say what the events sum up to, at every ledger", () => {
  const seen = { restored: 0, evicted: 0, agreements: 0 };
  for (let seed = 0; seed < SEEDS; seed++) {
    const dice = random(`honest tokens ${seed}`);
    const tokens = SHAPES.map((shape, i) => new MadeToken(`honest ${seed} ${i}`, shape));
    const rebasing = new MadeToken(`rebasing ${seed}`);
    const fold = new TokenFold();
    const steps: Step[] = [];
    const books: (() => void)[] = [];
    for (let ledger = 1; ledger <= LEDGERS; ledger++) {
      const calls: Call[] = [];
      const evicted: xdr.LedgerKey[] = [];
      for (const token of tokens) {
        for (const holder of HOLDERS) {
          // An entry that is archived is brought back by whoever needs it, or by itself.
          if (!token.shape.isTemporary && token.isArchived(holder) && dice.below(3) === 0) {
            seen.restored++;
            calls.push(token.restore(holder));
          }
        }
        for (let n = dice.below(3); n > 0; n--) calls.push(nextCall(token, dice, ledger));
        const idle = HOLDERS.find((holder) => (token.balances.get(holder.address) ?? 0n) > 0n && !token.isArchived(holder));
        if (!token.shape.isTemporary && idle && !calls.some((call) => touches(call, token, idle)) && dice.below(4) === 0) {
          seen.evicted++;
          evicted.push(token.evict(idle));
        }
      }
      calls.push(dice.below(4) === 0 && ledger > 2 ? rebasing.rebase(one, 11n, 10n) : rebasing.mint(one, 1_000n));
      steps.push({ calls, evicted });
      const balances = tokens.map((token) => new Map(token.balances));
      const allowances = tokens.map((token) => new Map(Array.from(token.allowances, ([key, { amount }]) => [key, amount])));
      books.push(() => {
        for (const [i, token] of tokens.entries()) {
          const held = booked(balances[i]!);
          assert.deepEqual(fold.of("stored", token), held, `stored, seed ${seed}, ledger ${ledger}, token ${i}`);
          assert.deepEqual(fold.of("summed", token), held, `summed, seed ${seed}, ledger ${ledger}, token ${i}`);
          assert.deepEqual(fold.of("allowances", token), booked(allowances[i]!), `allowances, seed ${seed}, ledger ${ledger}, token ${i}`);
        }
      });
    }
    for (const [i, bytes] of contractChain(1, steps).entries()) {
      const ledger = openLedger(bytes);
      const rows = indexer.index(ledger);
      const problems = problemsOf(rows, ledger, SANDBOX_PASSPHRASE).filter(({ check }) => check !== "conservation");
      ledger.close();
      assert.deepEqual(problems, []);
      fold.play(rows);
      books[i]!();
    }
    for (const token of tokens) {
      const [agreements, ...against] = fold.evidence.get(token.contract.address) ?? [0, 0, 0];
      assert.deepEqual(against, [0, 0], `seed ${seed}: nothing speaks against ${token.contract.address}`);
      seen.agreements += agreements;
    }
    const [agreements, differences, contradictions] = fold.evidence.get(rebasing.contract.address)!;
    assert.ok(agreements > 0 && differences > 0 && contradictions === 0);
    assert.deepEqual(fold.of("stored", rebasing), booked(rebasing.balances));
    assert.notDeepEqual(fold.of("summed", rebasing), booked(rebasing.balances));
  }
  assert.ok(seen.restored > 10 && seen.evicted > 30 && seen.agreements > 500, JSON.stringify(seen));
});

/** Does a call change the entry of a holder's balance? What a ledger changes it does not evict. */
function touches({ changes = [] }: Call, token: MadeToken, holder: Holder): boolean {
  const { key: ledgerKey } = token.balanceDatum(holder);
  assert.ok(ledgerKey.type === "contractData");
  const key = Buffer.from(ledgerKey.contractData.key.toXdr());
  return changes.some((change) => {
    const entry =
      change.type === "ledgerEntryUpdated"
        ? change.updated
        : change.type === "ledgerEntryCreated"
          ? change.created
          : change.type === "ledgerEntryRestored"
            ? change.restored
            : null;
    return entry?.data.type === "contractData" && key.equals(entry.data.contractData.key.toXdr());
  });
}

function booked(amounts: ReadonlyMap<string, bigint>): Record<string, bigint> {
  return Object.fromEntries([...amounts].filter(([, amount]) => amount !== 0n));
}

function persistent(token: MadeToken, key: xdr.ScVal, value: xdr.ScVal): xdr.LedgerEntryChange[] {
  return created(datum(token.contract, key, xdr.ContractDataDurability.persistent).entry(value));
}

test("data under other keys is no balance and no allowance", () => {
  const token = new MadeToken("keys");
  const vec = (...values: xdr.ScVal[]): xdr.ScVal => xdr.ScVal.scvVec(values);
  const muxedAddress = xdr.ScVal.scvAddress(
    xdr.ScAddress.scAddressTypeMuxedAccount(new xdr.MuxedEd25519Account({ id: 1n, ed25519: Buffer.alloc(32, 1) })),
  );
  const parties = scMap({ from: address(one), spender: address(two) });
  const keys = [
    symbol("Balance"),
    vec(symbol("Balance")),
    vec(symbol("Balance"), address(one), address(two)),
    vec(symbol("balance"), address(one)),
    vec(symbol("Balances"), address(one)),
    vec(symbol("Balanc"), address(one)),
    vec(xdr.ScVal.scvString("Balance"), address(one)),
    vec(symbol("Balance"), symbol("one")),
    vec(symbol("Balance"), muxedAddress),
    vec(address(one), symbol("Balance")),
    xdr.ScVal.scvVec(null),
    vec(symbol("Allowance"), address(one)),
    vec(symbol("Allowance"), address(one), address(two)),
    vec(symbol("Allowance"), scMap({ from: address(one) })),
    vec(symbol("Allowance"), scMap({ from: address(one), spender: symbol("two") })),
    vec(symbol("Allowance"), scMap({ holder: address(one), spender: address(two) })),
    vec(symbol("Allowance"), scMap({ from: address(one), nonce: i128(1n), spender: address(two) })),
    vec(symbol("Allowances"), parties),
    vec(symbol("Allowance"), xdr.ScVal.scvMap(null)),
  ];
  const value = scMap({ amount: i128(5n), live_until_ledger: xdr.ScVal.scvU32(9) });
  const { tokenBalances, storedAllowances } = rowsOf({
    calls: [anyCall(token, { changes: keys.flatMap((key) => persistent(token, key, value)) })],
  });
  assert.deepEqual([tokenBalances, storedAllowances], [[], []]);
});

test("an entry of a balance says an i128, or it says nothing", () => {
  const key = (holder: Holder): xdr.ScVal => xdr.ScVal.scvVec([symbol("Balance"), address(holder)]);
  const amounts = (value: xdr.ScVal): unknown[] => {
    const token = new MadeToken("values");
    return rowsOf({ calls: [anyCall(token, { changes: persistent(token, key(one), value) })] }).tokenBalances.map(
      ({ stored }) => stored?.amount,
    );
  };
  assert.deepEqual(amounts(i128(MAX)), [MAX]);
  assert.deepEqual(amounts(i128(-MAX - 1n)), [-MAX - 1n]);
  assert.deepEqual(amounts(scMap({ amount: i128(7n), other: xdr.ScVal.scvString("x".repeat(60_000)) })), [7n]);
  assert.deepEqual(amounts(scMap({ a: i128(1n), amount: i128(8n), authorized: symbol("yes") })), [8n]);
  for (const value of [
    xdr.ScVal.scvU128(new xdr.Uint128Parts({ hi: 0n, lo: 5n })),
    xdr.ScVal.scvI64(5n),
    xdr.ScVal.scvString("5"),
    xdr.ScVal.scvVoid(),
    xdr.ScVal.scvVec([i128(5n)]),
    xdr.ScVal.scvMap(null),
    scMap({ amount: xdr.ScVal.scvI64(5n) }),
    scMap({ amounts: i128(5n) }),
  ])
    assert.deepEqual(amounts(value), [null]);
});

test("an entry of an allowance says an amount and a ledger, or it says nothing", () => {
  const key = xdr.ScVal.scvVec([symbol("Allowance"), scMap({ owner: address(one), spender: address(two) })]);
  const told = (members: Readonly<Record<string, xdr.ScVal>>): unknown[] => {
    const token = new MadeToken("allowed");
    const { storedAllowances } = rowsOf({ calls: [anyCall(token, { changes: persistent(token, key, scMap(members)) })] });
    return storedAllowances.map(({ op, amount, expirationLedger }) => (op === "REMOVE" ? null : [amount, expirationLedger]));
  };
  const [five, nine, far] = [i128(5n), xdr.ScVal.scvU32(9), xdr.ScVal.scvU32(4_294_967_295)];
  assert.deepEqual(told({ amount: five, live_until_ledger: nine }), [[5n, 9]]);
  assert.deepEqual(told({ amount: five, expiration_ledger: far }), [[5n, 4_294_967_295]]);
  assert.deepEqual(told({ amount: five, expiration_ledger: far, live_until_ledger: nine, more: symbol("x") }), [[5n, 9]]);
  for (const members of [
    { amount: five },
    { live_until_ledger: nine },
    { amount: i128(0n), live_until_ledger: nine },
    { amount: i128(-5n), live_until_ledger: nine },
    { amount: nine, live_until_ledger: nine },
    { amount: five, live_until_ledger: five },
    { amount: five, expiration_ledger: nine, live_until_ledger: symbol("x") },
  ] as Record<string, xdr.ScVal>[])
    assert.deepEqual(told(members), [null], Object.keys(members).join());
});

/** A value of any kind, more often than not one that a token might have. */
function anyValue(dice: Random, depth = 0): xdr.ScVal {
  const many = (): xdr.ScVal[] => Array.from({ length: dice.below(4) }, () => anyValue(dice, depth + 1));
  const id = Buffer.alloc(32, dice.below(3));
  switch (dice.below(depth > 2 ? 8 : 13)) {
    case 0:
      return symbol(dice.pick(["Balance", "Allowance", "transfer", "mint", "burn", "approve", "from", "spender", "amount"]));
    case 1:
    case 2:
      return address(dice.pick(HOLDERS));
    case 3:
      return dice.pick([
        xdr.ScVal.scvAddress(xdr.ScAddress.scAddressTypeMuxedAccount(new xdr.MuxedEd25519Account({ id: 3n, ed25519: id }))),
        xdr.ScVal.scvAddress(xdr.ScAddress.scAddressTypeLiquidityPool(new xdr.PoolId(id))),
      ]);
    case 4:
    case 5:
      return i128(dice.pick([0n, 5n, -5n, MAX, -MAX - 1n]));
    case 6:
      return dice.pick([
        xdr.ScVal.scvU32(dice.pick([0, 7, 4_294_967_295])),
        xdr.ScVal.scvVoid(),
        xdr.ScVal.scvVec(null),
        xdr.ScVal.scvMap(null),
      ]);
    case 7:
      return dice.pick([xdr.ScVal.scvString("Balance"), xdr.ScVal.scvBytes(id), xdr.ScVal.scvBool(true), xdr.ScVal.scvI64(5n)]);
    case 8:
      return xdr.ScVal.scvVec(many());
    case 9:
      return xdr.ScVal.scvVec([symbol(dice.pick(["Balance", "Allowance"])), anyValue(dice, depth + 1)]);
    case 10:
      return scMap({ amount: anyValue(dice, 3), live_until_ledger: anyValue(dice, 3) });
    case 11:
      return scMap({ [dice.pick(["from", "owner", "to"])]: anyValue(dice, 3), spender: anyValue(dice, 3) });
    default:
      return xdr.ScVal.scvMap(many().map((key) => new xdr.ScMapEntry({ key, val: anyValue(dice, depth + 1) })));
  }
}

/** A key or topics as tokens have them, or nearly. */
function nearly(dice: Random, head: readonly string[], ...parts: xdr.ScVal[]): xdr.ScVal[] {
  return [symbol(dice.pick(head)), ...parts.map((part) => (dice.below(6) === 0 ? anyValue(dice) : part))];
}

test("of anything that contracts store, emit and are called with, two readers make the same", () => {
  const dice = random("anything");
  const seen = { balances: 0, stored: 0, told: 0 };
  for (let n = 0; n < 60; n++) {
    const token = new MadeToken(`anything ${n}`);
    const party = (): xdr.ScVal => address(dice.pick(HOLDERS));
    const entry = (): xdr.LedgerEntryChange[] => {
      const parties = scMap({ [dice.pick(["from", "owner"])]: party(), spender: party() });
      const key = dice.pick([
        anyValue(dice),
        xdr.ScVal.scvVec(nearly(dice, ["Balance"], party())),
        xdr.ScVal.scvVec(nearly(dice, ["Allowance"], parties)),
      ]);
      const { temporary, persistent: kept } = xdr.ContractDataDurability;
      const { entry: of } = datum(token.contract, key, dice.pick([temporary, kept]));
      const value = (): xdr.ScVal =>
        dice.pick([anyValue(dice), i128(BigInt(dice.below(9) - 2)), scMap({ amount: i128(4n), live_until_ledger: xdr.ScVal.scvU32(7) })]);
      return dice.below(2) === 0 ? created(of(value())) : updated(of(value()), of(value()));
    };
    const emitted = (): xdr.ContractEvent => {
      const topics = nearly(dice, ["transfer", "mint", "burn", "clawback", "approve"], ...Array.from({ length: 1 + dice.below(2) }, party));
      const body = dice.pick([
        i128(5n),
        scMap({ amount: i128(5n), live_until_ledger: xdr.ScVal.scvU32(7) }),
        xdr.ScVal.scvVec([i128(5n), xdr.ScVal.scvU32(7)]),
      ]);
      return token.event(topics, dice.below(5) === 0 ? anyValue(dice) : body);
    };
    const calls = Array.from({ length: 4 }, () => {
      const events = Array.from({ length: 6 }, emitted);
      const args = [...nearly(dice, ["x"], party(), party(), party()).slice(1 + dice.below(2)), dice.pick([i128(3n), anyValue(dice)])];
      return token.call(dice.pick(["transfer_from", "burn_from", "f"]), args, { changes: Array.from({ length: 6 }, entry).flat(), events });
    });
    const rows = rowsOf({ calls });
    seen.balances += rows.tokenBalances.length;
    seen.stored += rows.storedAllowances.length;
    seen.told += rows.toldAllowances.length;
  }
  assert.ok(seen.balances > 200 && seen.stored > 100 && seen.told > 50, JSON.stringify(seen));
});

test("amounts at the ends of an i128 and beyond are summed up exactly", () => {
  const token = new MadeToken("extremes");
  const mint = token.event([symbol("mint"), address(one)], i128(MAX));
  const transfer = token.event([symbol("transfer"), address(two), address(three)], i128(MAX));
  const { tokenBalances, tokenSupplies } = rowsOf({
    calls: [anyCall(token, { events: [mint, mint] }), anyCall(token, { events: [mint, transfer] })],
  });
  const moved = new Map(tokenBalances.map(({ account, moved: sum }) => [account.text, sum]));
  assert.deepEqual(
    moved,
    new Map([
      [one.address, 3n * MAX],
      [two.address, -MAX],
      [three.address, MAX],
    ]),
  );
  assert.deepEqual(
    tokenSupplies.map(({ minted }) => minted),
    [3n * MAX],
  );
});

test("a negative amount is no movement, and marks the token", () => {
  const token = new MadeToken("negative");
  const negative = token.event([symbol("transfer"), address(one), address(two)], i128(-MAX - 1n));
  const rows = rowsOf({ calls: [anyCall(token, { events: [negative, token.event([symbol("burn"), address(one)], i128(-5n))] })] });
  assert.deepEqual([rows.tokenBalances, rows.tokenSupplies], [[], []]);
  assert.deepEqual(
    rows.layoutEvidence.map(({ hasNegativeAmount, agreements, differences, contradictions }) => [
      hasNegativeAmount,
      agreements,
      differences,
      contradictions,
    ]),
    [[true, 0, 0, 0]],
  );
});

test("an entry that becomes negative contradicts the storage", () => {
  const token = new MadeToken("overdrawn");
  const { layoutEvidence } = rowsOf({ calls: [token.mint(one, 1n), token.burn(one, 3n)] });
  const [evidence] = layoutEvidence;
  assert.deepEqual([evidence!.agreements, evidence!.contradictions], [2, 1]);
  assert.equal(evidence!.contradiction, `${token.contract.address}: the entry of ${one.address} is negative, -2`);
});

test("entries and events are of the contract whose they are, whoever calls", () => {
  const [victim, attacker] = [new MadeToken("victim"), new MadeToken("attacker")];
  const key = xdr.ScVal.scvVec([symbol("Balance"), address(one)]);
  // A contract can only write its own data and emit its own events: in the same call, those of the other say nothing of it.
  const forged = attacker.event([symbol("transfer"), address(one), address(two)], i128(5n));
  const call = victim.transfer(one, two, 2n);
  const { tokenBalances, layoutEvidence } = rowsOf({
    calls: [{ ...call, changes: [...call.changes!, ...persistent(attacker, key, i128(1n << 90n))], events: [forged, ...call.events!] }],
  });
  const of = ({ contract: { address: own } }: MadeToken): unknown[] =>
    tokenBalances
      .filter(({ contract: { text } }) => text === own)
      .map(({ account, stored, moved }) => [account.text, stored?.amount, moved]);
  assert.deepEqual(of(victim), [
    [one.address, -2n, -2n],
    [two.address, 2n, 2n],
  ]);
  assert.deepEqual(of(attacker), [
    [one.address, 1n << 90n, -5n],
    [two.address, undefined, 5n],
  ]);
  const evidence = new Map(layoutEvidence.map((row) => [row.contract.text, [row.agreements, row.differences, row.contradictions]]));
  assert.deepEqual(
    evidence,
    new Map([
      [attacker.contract.address, [0, 1, 1]],
      [victim.contract.address, [2, 0, 1]],
    ]),
  );
});

test("a footprint's entries that are written back unchanged are no evidence", () => {
  const token = new MadeToken("unchanged");
  const entry = token.balanceDatum(one).entry(i128(5n));
  const { tokenBalances, layoutEvidence } = rowsOf({ calls: [anyCall(token, { changes: updated(entry, entry) })] });
  assert.deepEqual([tokenBalances.length, layoutEvidence], [1, []]);
});

test("what is undone later in the ledger is compared operation by operation", () => {
  const token = new MadeToken("undone");
  token.balances.set(one.address, 10n);
  const entries = [10n, 4n].map((value) => token.balanceDatum(one).entry(i128(value)));
  const silently = (from: number, to: number): Call => anyCall(token, { changes: updated(entries[from]!, entries[to]!) });
  const { layoutEvidence } = rowsOf({ calls: [silently(0, 1), silently(1, 0)] });
  assert.deepEqual(
    layoutEvidence.map(({ differences }) => differences),
    [2],
  );
});

test("a temporary balance that was over and is made again begins with nothing", () => {
  const token = new MadeToken("over", { isTemporary: true });
  const { entry, ttl } = token.balanceDatum(two);
  const changes = [...updated(entry(i128(9n)), entry(i128(3n))), ...updated(ttl(4), ttl(900))];
  const mint = token.event([symbol("mint"), address(two)], i128(3n));
  const steps: Step[] = Array.from({ length: 5 }, () => ({ calls: [] }));
  steps.push({ calls: [anyCall(token, { changes, events: [mint] })] });
  const { layoutEvidence, tokenBalances } = indexBytes(indexer, contractChain(1, steps).at(-1)!);
  assert.deepEqual(
    layoutEvidence.map(({ agreements, differences }) => [agreements, differences]),
    [[1, 0]],
  );
  assert.deepEqual(
    tokenBalances.map(({ stored, moved }) => [stored?.amount, stored?.liveUntilLedger, moved]),
    [[3n, 900, 3n]],
  );
});

test("of two entries of one holder the persistent one counts", () => {
  const token = new MadeToken("twice");
  const [kept, fleeting] = [token.balanceDatum(one, false), token.balanceDatum(one, true)];
  for (const order of [
    [kept, fleeting],
    [fleeting, kept],
  ]) {
    const changes = order.flatMap((entry) => created(entry.entry(i128(entry === kept ? 5n : 7n))));
    const { tokenBalances } = rowsOf({ calls: [anyCall(token, { changes })] });
    assert.deepEqual(
      tokenBalances.map(({ stored }) => [stored?.amount, stored?.isTemporary]),
      [[5n, false]],
    );
  }
});

test("parties of events may be muxed, and stand for their accounts", () => {
  const token = new MadeToken("muxed", { isElsewhere: true });
  const muxed = new xdr.MuxedEd25519Account({ id: 7n, ed25519: keyOf(one) });
  const to = xdr.ScVal.scvAddress(xdr.ScAddress.scAddressTypeMuxedAccount(muxed));
  const { tokenBalances } = rowsOf({ calls: [anyCall(token, { events: [token.event([symbol("mint"), to], i128(5n))] })] });
  assert.deepEqual(
    tokenBalances.map(({ account, moved }) => [account.text, moved]),
    [[one.address, 5n]],
  );
});

function keyOf({ xdr: scAddress }: Holder): Uint8Array {
  assert.ok(scAddress.type === "scAddressTypeAccount");
  return scAddress.accountId.ed25519.toBytes();
}

test("a call that spends is of the function by its name and arguments, of the contract that is called", () => {
  const token = new MadeToken("spending", { allowance: "none", isElsewhere: true });
  const told = (functionName: string, ...args: xdr.ScVal[]): unknown[] =>
    rowsOf({ calls: [token.call(functionName, args, { changes: [], events: [] })] }).toldAllowances.map(
      ({ owner, spender, approved, spent }) => [owner.text, spender.text, approved, spent],
    );
  const [a, b, c] = [address(one), address(two), address(other)];
  assert.deepEqual(told("transfer_from", a, b, c, i128(5n)), [[two.address, one.address, null, 5n]]);
  assert.deepEqual(told("burn_from", a, b, i128(MAX)), [[two.address, one.address, null, MAX]]);
  for (const [name, ...args] of [
    ["transfer_from", a, b, i128(5n)],
    ["burn_from", a, b, c, i128(5n)],
    ["transfer_from", a, b, c, i128(-5n)],
    ["transfer_from", a, b, c, i128(0n)],
    ["transfer_from", a, b, c, xdr.ScVal.scvI64(5n)],
    ["transfer_from", a, symbol("b"), c, i128(5n)],
    ["transfer_fron", a, b, c, i128(5n)],
    ["burn_fron", a, b, i128(5n)],
  ] as const)
    assert.deepEqual(told(name, ...args), [], `${name} ${args.length}`);
  const failed = token.call("burn_from", [a, b, i128(5n)], { changes: [], events: [] });
  assert.deepEqual(rowsOf({ calls: [{ ...failed, failed: true }] }).toldAllowances, [], "a call that failed");
});

test("ledgers without tokens have no rows of tokens", () => {
  const token = new MadeToken("none");
  const changes = updated(instanceEntry(token.contract, { wasm: keyOf(one) }), instanceEntry(token.contract, { wasm: keyOf(one) }));
  const { tokenBalances, storedAllowances, toldAllowances, layoutEvidence, tokenSupplies } = rowsOf({
    calls: [anyCall(token, { changes: [...changes, ...persistent(token, symbol("k"), i128(5n))] })],
  });
  assert.deepEqual([tokenBalances, storedAllowances, toldAllowances, layoutEvidence, tokenSupplies], [[], [], [], [], []]);
});

test("verify finds what is wrong in the rows of tokens", () => {
  const [stored, told] = [new MadeToken("checked"), new MadeToken("told", { allowance: "none" })];
  const calls = [
    stored.mint(one, 100n),
    stored.approve(one, two, 5n, 90),
    told.approve(one, two, 5n, 90),
    told.transferFrom(two, one, three, 2n),
  ];
  const [bytes] = contractChain(1, [{ calls }]);
  const checks = (change: (rows: LedgerRows) => unknown): string[] => {
    const ledger = openLedger(bytes!);
    const rows = indexer.index(ledger);
    change(rows);
    const problems = problemsOf(rows, ledger, SANDBOX_PASSPHRASE);
    ledger.close();
    return problems.map(({ check }) => check).filter((check) => check !== "conservation");
  };
  assert.deepEqual(
    checks(() => {}),
    [],
  );
  const first = ({ tokenBalances }: LedgerRows): LedgerRows["tokenBalances"][number] =>
    tokenBalances.find(({ contract: { text } }) => text === stored.contract.address)!;
  assert.deepEqual(
    checks((rows) => (first(rows).stored!.amount = 101n)),
    ["balance"],
  );
  assert.deepEqual(
    checks((rows) => (first(rows).stored!.liveUntilLedger = 1)),
    ["balance"],
  );
  assert.deepEqual(
    checks((rows) => (first(rows).stored!.keyHash = Buffer.alloc(32))),
    ["balance"],
  );
  assert.deepEqual(
    checks((rows) => (first(rows).stored!.isTemporary = true)),
    ["balance"],
  );
  assert.deepEqual(
    checks((rows) => (first(rows).stored = null)),
    ["balance"],
  );
  assert.deepEqual(
    checks((rows) => (first(rows).moved = 99n)),
    ["moved"],
  );
  for (const change of [
    (rows: LedgerRows) => (rows.tokenSupplies[0]!.minted = 99n),
    (rows: LedgerRows) => (rows.tokenSupplies[0]!.stored = 100n),
    (rows: LedgerRows) => rows.tokenSupplies.pop(),
    (rows: LedgerRows) => rows.tokenSupplies.push({ ...rows.tokenSupplies[0]!, contract: rows.toldAllowances[0]!.contract }),
  ])
    assert.deepEqual(checks(change), ["supply"]);
  assert.deepEqual(
    checks((rows) => (rows.storedAllowances[0]!.amount = 6n)),
    ["allowance"],
  );
  assert.deepEqual(
    checks((rows) => rows.storedAllowances.pop()),
    ["allowance"],
  );
  assert.deepEqual(
    checks((rows) => (rows.toldAllowances[0]!.approved!.amount = 5n)),
    ["told"],
  );
  assert.deepEqual(
    checks((rows) => (rows.toldAllowances[0]!.spent = 1n)),
    ["told"],
  );
});
