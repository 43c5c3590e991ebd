import assert from "node:assert/strict";
import { test } from "node:test";
import { accountEntry, ISSUER, PAYER, SPENDABLE_CASES } from "../fixtures/spendable-cases.ts";
import { availableBalance, type CorePayment, FEE, PaymentChain } from "../fixtures/core-payments.ts";
import { coreLedgers, indexedLedgers } from "../fixtures/golden-ledgers.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { sharedTest } from "../fixtures/shared.ts";
import { type Spend, SpendWalk } from "./spends.ts";

/** What may happen to a payment: more than what can be spent never succeeds, and that much never fails for want of funds. */
function assertOutcome(spend: Spend): void {
  const { amount, spendable, outcome } = spend;
  const told = `${spend.where}: ${amount} of ${spendable} (${spend.operation}, ${outcome})`;
  if (amount > spendable) assert.notEqual(outcome, "success", told);
  else assert.notEqual(outcome, "underfunded", told);
  // Whoever is not authorized is told that first.
  if (outcome === "not authorized") assert.equal(spendable, 0n, told);
}

/** Spends of exactly what is spendable, and of a stroop more. */
function hits(spends: readonly Spend[]): Record<"exact" | "above", number> {
  const by = (more: bigint): number => spends.filter(({ amount, spendable }) => amount === spendable + more).length;
  return { exact: by(0n), above: by(1n) };
}

sharedTest("no payment of the shared ledgers sends more than was spendable, and none that was lacks funds", (t) => {
  const spends = { core: [] as Spend[], pubnet: [] as Spend[] };
  let [of, walk]: [string, SpendWalk | null] = ["", null];
  for (const { name, passphrase, bytes } of coreLedgers()) {
    // The ledgers of a file follow each other.
    const file = name.replace(/\[\d+\]$/, "");
    if (walk === null || of !== file) [of, walk] = [file, new SpendWalk(passphrase)];
    spends.core.push(...walk.ledger(name, bytes));
  }
  for (const { name, passphrase, bytes } of indexedLedgers())
    // Those made by hand were never applied.
    if (!name.startsWith("synthetic")) spends.pubnet.push(...new SpendWalk(passphrase).ledger(name, bytes));
  for (const spend of [...spends.core, ...spends.pubnet]) assertOutcome(spend);
  assert.ok(spends.core.length > 1_500 && spends.pubnet.length > 500, `${spends.core.length} and ${spends.pubnet.length} spends`);
  const found = hits([...spends.core, ...spends.pubnet]);
  t.diagnostic(
    `${spends.core.length + spends.pubnet.length} spends, ${found.exact} of exactly what was spendable, ${found.above} of a stroop more`,
  );
  assert.ok(found.exact >= 13, `${found.exact} of exactly what was spendable`);
});

test("the cases that were worked out by hand are what stellar-core's rule says", () => {
  for (const { name, entries, isAuthorized, spendable, raised } of SPENDABLE_CASES)
    for (const [baseReserve, expected] of [
      [5_000_000, spendable],
      [10_000_000, raised],
    ] as const) {
      const available = availableBalance(entries.at(-1)!, baseReserve);
      assert.equal(isAuthorized && available > 0n ? available : 0n, expected, `${name}, base reserve ${baseReserve}`);
    }
});

const PAID = SPENDABLE_CASES.filter(({ asset }) => asset !== "shares");

/** The payments of a case, each ledger's the amounts that are tried, least of all that fails. */
function payments(of: (typeof PAID)[number], amount: bigint, parts: Partial<CorePayment> = {}): CorePayment[] {
  if (of.asset === "shares") throw new Error("shares cannot be paid");
  const common = { source: PAYER, from: of.owner, to: ISSUER, asset: of.asset, ...parts };
  // A stroop more first: it fails, and changes nothing but a fee of somebody else's.
  return [{ ...common, amount: amount + 1n }, ...(amount > 0n ? [{ ...common, amount }] : [])];
}

test("a payment of what is spendable succeeds and of a stroop more fails, in ledgers of our own making", () => {
  for (const raise of [false, true])
    for (const of of PAID) {
      const chain = new PaymentChain();
      const walk = new SpendWalk(SANDBOX_PASSPHRASE);
      walk.ledger(
        of.name,
        chain.create([accountEntry(ISSUER, { balance: 0n }), accountEntry(PAYER, { balance: 10n ** 9n }), ...of.entries]),
      );
      if (raise) walk.ledger(of.name, chain.raiseReserve(10_000_000));
      const spendable = raise ? of.raised : of.spendable;
      const spends = walk.ledger(of.name, chain.pay(payments(of, spendable)));
      const failure = of.isAuthorized ? "underfunded" : "not authorized";
      assert.deepEqual(
        spends.map(({ amount, spendable: ours, outcome }) => [amount, ours, outcome]),
        [[spendable + 1n, spendable, failure], ...(spendable > 0n ? [[spendable, spendable, "success"]] : [])],
        `${of.name}${raise ? ", raised reserve" : ""}`,
      );
      for (const spend of spends) assertOutcome(spend);
    }
});

test("an account that pays its own fees has them less when its operations' turn comes", () => {
  let natives = 0;
  for (const of of PAID.filter(({ entries, spendable }) => entries.length === 1 && spendable > 2n * FEE)) {
    const chain = new PaymentChain();
    const walk = new SpendWalk(SANDBOX_PASSPHRASE);
    walk.ledger(of.name, chain.create([accountEntry(ISSUER, { balance: 0n }), ...of.entries]));
    // The fees of both are taken before the first is applied.
    const left = of.spendable - 2n * FEE;
    const spends = walk.ledger(of.name, chain.pay(payments(of, left, { source: of.owner, from: undefined })));
    assert.deepEqual(
      spends.map(({ spendable, outcome }) => [spendable, outcome]),
      [
        [left, "underfunded"],
        [left, "success"],
      ],
      of.name,
    );
    natives++;
  }
  assert.ok(natives > 10);
});

test("a one-time signer that a transaction uses up frees its reserve before the operations", () => {
  const of = SPENDABLE_CASES.find(({ name }) => name === "two one-time signers")!;
  const chain = new PaymentChain();
  const walk = new SpendWalk(SANDBOX_PASSPHRASE);
  walk.ledger(of.name, chain.create([accountEntry(ISSUER, { balance: 0n }), ...of.entries]));
  const freed = of.spendable + 5_000_000n - 2n * FEE;
  const [above, exact] = payments(of, freed, { source: of.owner, from: undefined });
  const spends = walk.ledger(of.name, chain.pay([{ ...above!, usesSigner: true }, exact!]));
  assert.deepEqual(
    spends.map(({ spendable, outcome }) => [spendable, outcome]),
    [
      [freed, "underfunded"],
      [freed, "success"],
    ],
  );
});
