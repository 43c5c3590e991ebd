import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import * as fc from "fast-check";
import { ledgerToJson } from "../../bin/inspect/ledger-json.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { CALLER, contract, event, person } from "../fixtures/call-ledger.ts";
import { canonical, type GoldenRow } from "../fixtures/golden-ledgers.ts";
import { madeLedger } from "../fixtures/made-ledger.ts";
import { indexBytes, openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import {
  account,
  ALICE,
  balanceParty,
  BOB,
  type CallShape,
  callWith,
  contractParty,
  eventLedger,
  map,
  muxedParty,
  OTHER_TOKEN,
  poolParty,
  TOKEN,
  tokenEvent,
} from "../fixtures/token-events.ts";
import { transactionNodes } from "../fixtures/transaction-nodes.ts";
import { i128, symbol } from "../fixtures/sc-values.ts";
import { toldBy } from "../golden/token-event-witness.ts";

const BASE = 2 ** 40;
const MOST = 2n ** 127n - 1n;
const indexer = createIndexer(SANDBOX_PASSPHRASE);

type Told = [reason: string, account: string, amount: string, other: string | null];

function rowsOf(ledger: Uint8Array): LedgerRows["stateChanges"] {
  return indexBytes(indexer, ledger).stateChanges.filter(({ stateChangeId }) => stateChangeId > BASE);
}

/** Reason, account, amount and the other side or spender of what the events turn into. */
function told(events: xdr.ContractEvent[], shape?: CallShape): Told[] {
  return rowsOf(eventLedger(events, shape)).map(({ reason, account: owner, amount, counterparty, spender }) => [
    reason,
    owner.text,
    amount!,
    (counterparty ?? spender)?.text ?? null,
  ]);
}

function participantsOf(ledger: Uint8Array): { transaction: string[]; operation: string[] } {
  const { transactions, operations } = indexBytes(indexer, ledger);
  return {
    transaction: transactions[0]!.accounts.map(({ text }) => text),
    operation: operations[0]!.accounts.map(({ text }) => text),
  };
}

const admin = account(person("admin"));
const [alice, bob] = [account(ALICE), account(BOB)];
const plainApproval = (amount: bigint, until: number): xdr.ScVal => xdr.ScVal.scvVec([i128(amount), xdr.ScVal.scvU32(until)]);

/** Every topic form, and the rows of an event that moves 5. */
const FORMS: [name: string, parties: xdr.ScVal[], rows: Told[]][] = [
  [
    "transfer",
    [alice, bob],
    [
      ["DEBIT", ALICE.address, "5", BOB.address],
      ["CREDIT", BOB.address, "5", ALICE.address],
    ],
  ],
  ["mint", [bob], [["MINT", BOB.address, "5", null]]],
  ["mint", [admin, bob], [["MINT", BOB.address, "5", null]]],
  ["burn", [alice], [["BURN", ALICE.address, "5", null]]],
  ["clawback", [alice], [["BURN", ALICE.address, "5", null]]],
  ["clawback", [admin, alice], [["BURN", ALICE.address, "5", null]]],
  ["approve", [alice, bob], [["UPDATE", ALICE.address, "5", BOB.address]]],
];

/** Every body form of an event. */
function bodies(name: string): xdr.ScVal[] {
  const members: [string, xdr.ScVal][] =
    name === "approve"
      ? [
          ["amount", i128(5n)],
          ["live_until_ledger", xdr.ScVal.scvU32(900)],
        ]
      : [["amount", i128(5n)]];
  const more: [string | xdr.ScVal, xdr.ScVal][] = [
    [xdr.ScVal.scvU32(7), xdr.ScVal.scvVoid()],
    [xdr.ScVal.scvString("amount"), i128(99n)],
    ["memo", symbol("x")],
  ];
  return [name === "approve" ? plainApproval(5n, 900) : i128(5n), map(...members), map(...more, ...members)];
}

test("every event has its rows, in both topic forms, with a plain and a map body, of TransactionMeta V3 and V4, in a fee bump or not", () => {
  for (const [name, parties, rows] of FORMS)
    for (const body of bodies(name))
      for (const meta of ["v3", "v4"] as const)
        for (const feeBump of [false, true]) {
          const made = tokenEvent(name, parties, body);
          assert.deepEqual(told([made], { meta, feeBump }), rows, `${name} ${parties.length} ${body.type} ${meta} ${feeBump}`);
          assert.deepEqual(told([made], { meta, feeBump, failed: true }), [], "a failed call has none");
        }
  assert.deepEqual(told([tokenEvent("burn", [alice], i128(5n))], { meta: "v2" }), [], "TransactionMeta V2 has no events");
});

test("the rows of many events equal those that another reader makes of them, in their order, numbered from 2^40", () => {
  const events = FORMS.flatMap(([name, parties]) =>
    bodies(name).flatMap((body) => [tokenEvent(name, parties, body), tokenEvent(name, parties, body, OTHER_TOKEN)]),
  );
  const expected = events.flatMap((each) => toldBy(each)!.rows);
  const json = ledgerToJson(indexBytes(indexer, eventLedger(events))).state_changes as GoldenRow[];
  const own = json.filter(({ state_change_id }) => BigInt(state_change_id as string) > BigInt(BASE));
  assert.equal(own.length, 7 * 3 * 2 + 3 * 2);
  own.forEach(({ state_change_id, category, reason, account_id, spender_account_id, amount, token_id, key_value }, at) => {
    assert.equal(state_change_id, String(BASE + at + 1));
    const found = { category, reason, account_id, spender_account_id, amount, token_id, key_value };
    const wanted = { spender_account_id: undefined, key_value: undefined, ...expected[at] };
    assert.deepEqual(found, wanted);
  });
});

test("of any events the rows and the parties are those of the other reader", () => {
  const arms = (...values: xdr.ScVal[]): fc.Arbitrary<xdr.ScVal> => fc.constantFrom(...values);
  const party = fc.oneof(
    { weight: 6, arbitrary: arms(alice, bob, admin, contractParty(TOKEN), contractParty(OTHER_TOKEN)) },
    { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((id) => muxedParty(BOB, id)) },
    { weight: 2, arbitrary: arms(poolParty(1), balanceParty(2), symbol("x"), xdr.ScVal.scvVoid()) },
  );
  const amount = fc.oneof(
    { weight: 4, arbitrary: fc.bigInt({ min: -MOST - 1n, max: MOST }).map(i128) },
    { weight: 1, arbitrary: arms(xdr.ScVal.scvU64(1n), xdr.ScVal.scvVoid(), xdr.ScVal.scvU32(1)) },
  );
  const until = fc.oneof({ weight: 4, arbitrary: fc.nat(2 ** 32 - 1).map(xdr.ScVal.scvU32) }, { weight: 1, arbitrary: arms(i128(1n)) });
  const id = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(xdr.ScVal.scvU64),
    fc.string({ maxLength: 70, unit: "binary" }).map((text) => xdr.ScVal.scvString(text)),
    fc.uint8Array({ maxLength: 70 }).map((bytes) => xdr.ScVal.scvBytes(bytes)),
    fc.uint8Array({ maxLength: 70 }).map((bytes) => xdr.ScVal.scvString(bytes)),
    arms(xdr.ScVal.scvVoid(), symbol("x")),
  );
  const member = fc.oneof(
    amount.map((value): [string, xdr.ScVal] => ["amount", value]),
    id.map((value): [string, xdr.ScVal] => ["to_muxed_id", value]),
    until.map((value): [string, xdr.ScVal] => ["live_until_ledger", value]),
    amount.map((value): [xdr.ScVal, xdr.ScVal] => [xdr.ScVal.scvString("amount"), value]),
  );
  const approval = fc.tuple(amount, until).map((values) => xdr.ScVal.scvVec(values));
  const body = fc.oneof(
    amount,
    fc.array(member, { maxLength: 4 }).map((members) => map(...members)),
    approval,
    fc.array(amount, { maxLength: 3 }).map((values) => xdr.ScVal.scvVec(values)),
  );
  const forms = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...FORMS.map(([name, parties]): [string, number] => [name, parties.length])) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom("transfer", "mint", "burn", "clawback", "approve", "other"), fc.nat(4)) },
  );
  const made = forms.chain(([name, count]) =>
    fc
      .tuple(fc.array(party, { minLength: count, maxLength: count }), fc.oneof(body, name === "approve" ? approval : amount), fc.boolean())
      .map(([parties, data, other]) => tokenEvent(name, parties, data, other ? OTHER_TOKEN : TOKEN)),
  );
  let rows = 0;
  const property = fc.property(
    fc.array(made, { minLength: 100, maxLength: 100 }),
    fc.constantFrom("v3" as const, "v4" as const),
    (events, meta) => {
      const ledger = eventLedger(events, { meta });
      const expected = events.map(toldBy).filter((each) => each !== null);
      const json = ledgerToJson(indexBytes(indexer, ledger)).state_changes as GoldenRow[];
      const own = json.filter(({ state_change_id }) => BigInt(state_change_id as string) > BigInt(BASE));
      const wanted = expected.flatMap((each) => each.rows);
      rows += wanted.length;
      assert.equal(own.length, wanted.length);
      own.forEach(({ to_id: _to, operation_id: _operation, state_change_id: _id, counterparty: _side, ...row }, at) => {
        const { ingested_at: _at, ledger_number: _number, ledger_created_at: _created, ...members } = row;
        assert.equal(canonical(members), canonical(wanted[at]));
      });
      const { operation } = participantsOf(ledger);
      const others = new Set([CALLER.address, TOKEN.address, OTHER_TOKEN.address]);
      const parties = new Set(expected.flatMap((each) => each.parties));
      assert.deepEqual(new Set(operation.filter((each) => !others.has(each))), new Set([...parties].filter((each) => !others.has(each))));
    },
  );
  fc.assert(property, { seed: Number(process.env.SEED ?? 20_261_128), numRuns: 20 });
  assert.ok(rows > 500, String(rows));
});

test("what has not the shape exactly has no row, and stops nothing", () => {
  const text = xdr.ScVal.scvString("USD:issuer");
  const wrong: [string, xdr.ScVal[], xdr.ScVal][] = [
    // What asset contracts emit, and look-alikes of theirs.
    ["transfer", [alice, bob, text], i128(1n)],
    ["mint", [admin, bob, text], i128(1n)],
    ["burn", [alice, text], i128(1n)],
    // Too few and too many topics, and other things than addresses.
    ["transfer", [alice], i128(1n)],
    ["transfer", [], i128(1n)],
    ["mint", [], i128(1n)],
    ["mint", [admin, admin, bob], i128(1n)],
    ["burn", [admin, alice], i128(1n)],
    ["approve", [alice, bob, bob], plainApproval(1n, 1)],
    ["mint", [symbol("admin"), bob], i128(1n)],
    ["transfer", [alice, xdr.ScVal.scvBytes(Buffer.alloc(32))], i128(1n)],
    // Bodies of other types.
    ["transfer", [alice, bob], xdr.ScVal.scvU64(1n)],
    ["transfer", [alice, bob], xdr.ScVal.scvI64(1n)],
    ["transfer", [alice, bob], xdr.ScVal.scvVoid()],
    ["transfer", [alice, bob], xdr.ScVal.scvVec([i128(1n)])],
    ["transfer", [alice, bob], xdr.ScVal.scvVec(null)],
    ["transfer", [alice, bob], xdr.ScVal.scvMap(null)],
    ["transfer", [alice, bob], map()],
    ["transfer", [alice, bob], map(["amount", xdr.ScVal.scvU64(1n)])],
    ["transfer", [alice, bob], map([xdr.ScVal.scvString("amount"), i128(1n)])],
    ["transfer", [alice, bob], map(["to_muxed_id", xdr.ScVal.scvU64(1n)])],
    ["approve", [alice, bob], i128(1n)],
    ["approve", [alice, bob], xdr.ScVal.scvVec([i128(1n)])],
    ["approve", [alice, bob], xdr.ScVal.scvVec([i128(1n), xdr.ScVal.scvU32(1), xdr.ScVal.scvU32(1)])],
    ["approve", [alice, bob], xdr.ScVal.scvVec([i128(1n), xdr.ScVal.scvU64(1n)])],
    ["approve", [alice, bob], map(["amount", i128(1n)])],
    ["approve", [alice, bob], map(["amount", i128(1n)], ["live_until_ledger", xdr.ScVal.scvI32(1)])],
    // Names like those of SEP-41, and of what every object has.
    ["Transfer", [alice, bob], i128(1n)],
    ["transfer_", [alice, bob], i128(1n)],
    ["constructor", [alice, bob], i128(1n)],
    ["__proto__", [alice, bob], i128(1n)],
  ];
  const events = wrong.map(([name, parties, body]) => tokenEvent(name, parties, body));
  assert.deepEqual(told(events), []);
  assert.deepEqual(
    events.map(toldBy).filter((each) => each !== null),
    [],
  );
  // The name as a string, no topic at all, a system event, an event of no contract.
  const name = [xdr.ScVal.scvString("transfer"), alice, bob];
  const nobody = new xdr.ContractEvent({
    ext: xdr.ExtensionPoint.v0(),
    contractId: null,
    type: xdr.ContractEventType.contract,
    body: xdr.ContractEventBody.v0(new xdr.ContractEventV0({ topics: [symbol("transfer"), alice, bob], data: i128(1n) })),
  });
  const others = [
    event(TOKEN, name, { data: i128(1n) }),
    event(TOKEN, [], { data: i128(1n) }),
    event(TOKEN, [symbol("burn"), alice], { data: i128(1n), type: xdr.ContractEventType.system }),
    nobody,
  ];
  assert.deepEqual(told(others), []);
  // One among them that has the shape is read.
  assert.deepEqual(told([...events, tokenEvent("burn", [alice], i128(3n)), ...others]), [["BURN", ALICE.address, "3", null]]);
});

test("amounts are what the event says, whatever that is", () => {
  for (const amount of [0n, 1n, -1n, 2n ** 63n, 2n ** 64n, -(2n ** 64n), MOST, -MOST - 1n]) {
    const rows = told([tokenEvent("transfer", [alice, bob], i128(amount)), tokenEvent("approve", [alice, bob], plainApproval(amount, 0))]);
    assert.deepEqual(
      rows.map(([, , text]) => text),
      Array.from({ length: 3 }, () => String(amount)),
    );
    // They come back from the packed history.
    const nodes = transactionNodes(SANDBOX_PASSPHRASE, eventLedger([tokenEvent("burn", [alice], i128(amount))]));
    assert.equal(nodes[0]!.stateChangeNodes.at(-1)!.amount, String(amount));
  }
});

test("the parties take part in transaction and operation, muxed ones as their accounts", () => {
  const spender = person("spender");
  const emitter = contract("of others");
  const events = [
    tokenEvent("transfer", [muxedParty(ALICE, 7n), contractParty(emitter)], i128(1n), OTHER_TOKEN),
    tokenEvent("approve", [bob, account(spender)], plainApproval(1n, 9), OTHER_TOKEN),
    tokenEvent("mint", [admin, bob], i128(1n)),
  ];
  const { transaction, operation } = participantsOf(eventLedger(events));
  const parties = [ALICE.address, emitter.address, BOB.address, spender.address];
  for (const participants of [transaction, operation]) {
    for (const party of parties) assert.ok(participants.includes(party), party);
    assert.equal(new Set(participants).size, participants.length);
    // The administrator is no party, and nobody is there under a muxed address.
    assert.deepEqual(
      participants.filter((each) => ![...parties, TOKEN.address, OTHER_TOKEN.address, CALLER.address].includes(each)),
      [],
    );
  }
  const failed = participantsOf(eventLedger(events, { failed: true }));
  for (const party of parties) assert.ok(![...failed.transaction, ...failed.operation].includes(party), party);
});

test("pools and claimable balances have no rows and take no part; the other side has its row", () => {
  const [pool, balance] = [poolParty(3), balanceParty(4)];
  const events = [
    tokenEvent("transfer", [alice, pool], i128(1n)),
    tokenEvent("transfer", [balance, bob], i128(2n)),
    tokenEvent("mint", [pool], i128(3n)),
    tokenEvent("burn", [balance], i128(4n)),
    tokenEvent("approve", [pool, bob], plainApproval(5n, 9)),
    tokenEvent("approve", [alice, pool], plainApproval(6n, 9)),
  ];
  const rows = told(events);
  assert.deepEqual(
    rows.map(([reason, owner, amount, other]) => [reason, owner, amount, other?.[0]]),
    [
      ["DEBIT", ALICE.address, "1", "L"],
      ["CREDIT", BOB.address, "2", "B"],
      ["UPDATE", ALICE.address, "6", "L"],
    ],
  );
  const { operation } = participantsOf(eventLedger(events));
  assert.deepEqual(
    operation.filter((text) => !/^[GC]/.test(text)),
    [],
  );
});

test("the receiver's row has the id, however it is told", () => {
  const withId = (id: xdr.ScVal): xdr.ScVal => map(["amount", i128(5n)], ["to_muxed_id", id]);
  const string = (value: string | Uint8Array): xdr.ScVal => xdr.ScVal.scvString(value);
  const cases: [receiver: xdr.ScVal, body: xdr.ScVal, muxedId: string | null, keyValue: object | null][] = [
    [bob, i128(5n), null, null],
    [bob, withId(xdr.ScVal.scvU64(0n)), "0", null],
    [bob, withId(xdr.ScVal.scvU64(2n ** 64n - 1n)), "18446744073709551615", null],
    [muxedParty(BOB, 8n), i128(5n), "8", null],
    [muxedParty(BOB, 8n), withId(xdr.ScVal.scvVoid()), "8", null],
    [muxedParty(BOB, 8n), withId(xdr.ScVal.scvU64(9n)), "9", null],
    [muxedParty(BOB, 8n), withId(string("user 9")), null, { to_text: "user 9" }],
    [bob, withId(string("zażółć")), null, { to_text: "zażółć" }],
    [bob, withId(string("x".repeat(64))), null, { to_text: "x".repeat(64) }],
    [bob, withId(xdr.ScVal.scvBytes(Buffer.from("00ff", "hex"))), null, { to_bytes: "00ff" }],
    [bob, withId(xdr.ScVal.scvBytes(Buffer.alloc(64, 1))), null, { to_bytes: "01".repeat(64) }],
    // No ids: empty, too long, no UTF-8, with NUL, of another type.
    [bob, withId(string("")), null, null],
    [bob, withId(string("x".repeat(65))), null, null],
    [bob, withId(string("x".repeat(15_000))), null, null],
    [bob, withId(string("ą".repeat(33))), null, null],
    [bob, withId(string(Buffer.from("ff41", "hex"))), null, null],
    [bob, withId(string("a\0b")), null, null],
    [bob, withId(xdr.ScVal.scvBytes(Buffer.alloc(0))), null, null],
    [bob, withId(xdr.ScVal.scvBytes(Buffer.alloc(15_000))), null, null],
    [bob, withId(xdr.ScVal.scvU32(3)), null, null],
    [bob, withId(i128(3n)), null, null],
    [bob, withId(symbol("three")), null, null],
  ];
  for (const [receiver, body, muxedId, keyValue] of cases)
    for (const made of [tokenEvent("transfer", [alice, receiver], body), tokenEvent("mint", [receiver], body)]) {
      const ledger = eventLedger([made]);
      const row = rowsOf(ledger).at(-1)!;
      assert.deepEqual([row.account.text, row.toMuxedId, row.keyValue], [BOB.address, muxedId, keyValue]);
      // The reader of the packed history shows it.
      const node = transactionNodes(SANDBOX_PASSPHRASE, ledger)[0]!.stateChangeNodes.at(-1)!;
      const told = keyValue && Object.values(keyValue)[0];
      const expected = muxedId !== null ? { kind: "MUXED", value: muxedId } : told ? { kind: "MEMO", value: told } : null;
      assert.deepEqual([node.toMuxedId, node.depositId], [muxedId, expected]);
    }
  // The sender has none, nor who is a contract a deposit id.
  const toContract = eventLedger([tokenEvent("transfer", [alice, contractParty(OTHER_TOKEN)], withId(xdr.ScVal.scvU64(3n)))]);
  const [sent, received] = rowsOf(toContract);
  assert.deepEqual([sent!.toMuxedId, received!.toMuxedId], [null, "3"]);
  assert.equal(transactionNodes(SANDBOX_PASSPHRASE, toContract)[0]!.stateChangeNodes.at(-1)!.depositId, null);
});

test("several approvals of one pair in a ledger stand in their order, within a transaction and over several", () => {
  const approve = (amount: bigint, until: number): xdr.ContractEvent => tokenEvent("approve", [alice, bob], plainApproval(amount, until));
  const ledger = madeLedger([callWith([approve(1n, 10), approve(2n, 11)]), callWith([approve(3n, 12)]), callWith([approve(0n, 0)])]);
  assert.deepEqual(
    rowsOf(ledger).map(({ transaction, stateChangeId, amount, keyValue }) => [
      transaction / 4096,
      stateChangeId - BASE,
      amount,
      keyValue!.live_until_ledger,
    ]),
    [
      [1, 1, "1", 10],
      [1, 2, "2", 11],
      [2, 1, "3", 12],
      [3, 1, "0", 0],
    ],
  );
  assert.deepEqual(rowsOf(eventLedger([approve(1n, 2 ** 32 - 1)]))[0]!.keyValue, { live_until_ledger: 2 ** 32 - 1 });
});

test("a transfer to oneself has both rows", () => {
  assert.deepEqual(told([tokenEvent("transfer", [alice, muxedParty(ALICE, 3n)], i128(7n))]), [
    ["DEBIT", ALICE.address, "7", ALICE.address],
    ["CREDIT", ALICE.address, "7", ALICE.address],
  ]);
});

test("ten thousand events are ten thousand rows, packed and unpacked", () => {
  const events = Array.from({ length: 10_000 }, (_, at) => tokenEvent("transfer", [account(person(`p${at % 50}`)), bob], i128(BigInt(at))));
  const ledger = eventLedger(events);
  const nodes = transactionNodes(SANDBOX_PASSPHRASE, ledger)[0]!.stateChangeNodes.filter(({ stateChangeId }) => stateChangeId > BASE);
  assert.deepEqual([nodes.length, nodes.at(-1)!.stateChangeId, nodes.at(-1)!.amount], [20_000, BASE + 20_000, "9999"]);
});

test("wallet verify reads the events by itself, and finds rows that they do not tell of", () => {
  const events = FORMS.flatMap(([name, parties]) => bodies(name).map((body) => tokenEvent(name, parties, body)));
  events.push(
    tokenEvent("transfer", [muxedParty(ALICE, 7n), poolParty(1)], i128(-MOST)),
    tokenEvent("approve", [alice, balanceParty(1)], plainApproval(MOST, 2 ** 32 - 1), OTHER_TOKEN),
    tokenEvent("transfer", [alice, bob, xdr.ScVal.scvString("USD")], i128(1n)),
    tokenEvent("approve", [alice, bob], xdr.ScVal.scvVec([symbol("map"), i128(1n), xdr.ScVal.scvU32(1)])),
    tokenEvent("burn", [alice], xdr.ScVal.scvU64(1n)),
    event(TOKEN, [], { data: i128(1n) }),
  );
  const check = (ledger: Uint8Array, spoil: (rows: LedgerRows["stateChanges"]) => void = () => undefined): string[] => {
    const open = openLedger(ledger);
    const rows = indexer.index(open);
    spoil(rows.stateChanges);
    const problems = problemsOf(rows, open, SANDBOX_PASSPHRASE).filter(({ check: name }) => name === "token_events");
    open.close();
    return problems.map(({ key }) => key);
  };
  for (const shape of [{}, { meta: "v3" }, { failed: true }, { feeBump: true }, { feeBump: true, failed: true }] as CallShape[])
    assert.deepEqual(check(eventLedger(events, shape)), [], JSON.stringify(shape));
  const ledger = madeLedger([callWith([]), callWith(events)]);
  const of = (holder: string): string => `2/${TOKEN.address}/${holder}`;
  const both = [of(ALICE.address), of(BOB.address)];
  const last = (rows: LedgerRows["stateChanges"]): LedgerRows["stateChanges"][number] =>
    rows.findLast(({ tokenId }) => tokenId?.text === TOKEN.address)!;
  assert.deepEqual(check(ledger), []);
  assert.deepEqual(
    check(ledger, (rows) => void rows.splice(0)).toSorted(),
    [...both, `2/${OTHER_TOKEN.address}/${ALICE.address}`].toSorted(),
  );
  assert.deepEqual(
    check(ledger, (rows) => void (last(rows).amount = "6")),
    [of(ALICE.address)],
  );
  assert.deepEqual(
    check(ledger, (rows) => void (last(rows).reason = "BURN")),
    [of(ALICE.address)],
  );
  assert.deepEqual(
    check(ledger, (rows) => void (last(rows).account = rows.find(({ account: { text } }) => text === BOB.address)!.account)).toSorted(),
    both.toSorted(),
  );
  assert.deepEqual(
    check(ledger, (rows) => void (rows.findLast(({ category }) => category === "ALLOWANCE")!.keyValue = { live_until_ledger: 1 })),
    [`2/${OTHER_TOKEN.address}/${ALICE.address}`],
  );
});

test("what was not shown is not there", () => {
  const ledger = eventLedger([tokenEvent("transfer", [alice, bob], i128(1n)), tokenEvent("transfer", [alice, bob], i128(2n), OTHER_TOKEN)]);
  const [node] = transactionNodes(SANDBOX_PASSPHRASE, ledger);
  const [first, second] = [...node!.eventTokens];
  assert.ok(first !== undefined && second !== undefined && node!.eventTokens.size === 2);
  const shown = (tokens: string[]): (string | null)[] => {
    const [fresh] = transactionNodes(SANDBOX_PASSPHRASE, ledger);
    fresh!.showTokens(tokens);
    return fresh!.stateChangeNodes.filter(({ operationPlace }) => operationPlace === 1).map(({ amount }) => amount);
  };
  assert.deepEqual(shown([]), []);
  assert.deepEqual(shown([first]), ["1", "1"]);
  assert.deepEqual(shown([second]), ["2", "2"]);
  assert.deepEqual(shown([first, second]), ["1", "1", "2", "2"]);
});
