import assert from "node:assert/strict";
import { test } from "node:test";
import { StrKey } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { claimTimes } from "../../functions/serve/values/claim-times.ts";
import { type PredicateJson, predicateJson, readClaimants } from "../../functions/serve/values/claimants.ts";
import { XdrError } from "../../functions/shared/xdr/words.ts";

type Tree = xdr.ClaimPredicate;

const MADE_AT = 1_700_000_000n;

/** Is it true at the time? The protocol's rule (CAP-23), straight from the SDK's decoding. */
function holds(tree: Tree, time: bigint): boolean {
  switch (tree.type) {
    case "claimPredicateUnconditional":
      return true;
    case "claimPredicateAnd":
      return tree.andPredicates.every((each) => holds(each, time));
    case "claimPredicateOr":
      return tree.orPredicates.some((each) => holds(each, time));
    case "claimPredicateNot":
      return !holds(tree.notPredicate!, time);
    case "claimPredicateBeforeAbsoluteTime":
      return time < tree.absBefore;
    case "claimPredicateBeforeRelativeTime":
      return time < MADE_AT + tree.relBefore;
  }
}

function json(tree: Tree): unknown {
  switch (tree.type) {
    case "claimPredicateUnconditional":
      return { unconditional: true };
    case "claimPredicateAnd":
      return { and: tree.andPredicates.map(json) };
    case "claimPredicateOr":
      return { or: tree.orPredicates.map(json) };
    case "claimPredicateNot":
      return { not: json(tree.notPredicate!) };
    case "claimPredicateBeforeAbsoluteTime":
      return {
        abs_before: new Date(Number(tree.absBefore) * 1000).toISOString().replace(".000Z", "Z"),
        abs_before_epoch: String(tree.absBefore),
      };
    case "claimPredicateBeforeRelativeTime":
      return { rel_before: String(tree.relBefore) };
  }
}

const { claimPredicateAnd: and, claimPredicateOr: or, claimPredicateNot: not } = xdr.ClaimPredicate;
const { claimPredicateBeforeAbsoluteTime: absolute, claimPredicateBeforeRelativeTime: relative } = xdr.ClaimPredicate;
const unconditional = (): Tree => xdr.ClaimPredicate.claimPredicateUnconditional();

/** The same numbers in every run (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** How a tree is built of its parts; leaves get times of their own. */
type Shape = "unconditional" | "absolute" | "relative" | readonly ["not", Shape] | readonly ["and" | "or", Shape, Shape];

const LEAVES: readonly Shape[] = ["unconditional", "absolute", "relative"];

/** Every shape of at most this depth. */
function shapes(depth: number): Shape[] {
  if (depth === 1) return [...LEAVES];
  const inner = shapes(depth - 1);
  const pairs = inner.flatMap((left) => inner.map((right) => [left, right] as const));
  return [
    ...LEAVES,
    ...inner.map((each): Shape => ["not", each]),
    ...pairs.map(([left, right]): Shape => ["and", left, right]),
    ...pairs.map(([left, right]): Shape => ["or", left, right]),
  ];
}

/** Few times, so that some are equal, and some lie next to each other. */
function build(shape: Shape, random: (below: number) => number): Tree {
  const offset = [0, 1, 2, 60, 3600, 3601, 86_400, 5_000_000][random(8)]!;
  if (shape === "unconditional") return unconditional();
  if (shape === "absolute") return absolute(MADE_AT + BigInt(offset) - 1n);
  if (shape === "relative") return relative(BigInt(offset));
  const [kind, ...parts] = shape;
  const built = parts.map((part) => build(part, random));
  return kind === "not" ? not(built[0]!) : (kind === "and" ? and : or)(built);
}

function randomShape(depth: number, random: (below: number) => number): Shape {
  if (depth === 1) return LEAVES[random(3)]!;
  const kind = random(8);
  if (kind === 0) return LEAVES[random(3)]!;
  const part = (): Shape => randomShape(depth - 1, random);
  return kind < 3 ? ["not", part()] : [kind < 6 ? "and" : "or", part(), part()];
}

/** All times that a tree can turn at, and those around them. */
function timesAround(): bigint[] {
  const turns = [0n, 1n, 2n, 60n, 3600n, 3601n, 86_400n, 5_000_000n].flatMap((offset) => [offset - 2n, offset - 1n, offset, offset + 1n]);
  return [...new Set(turns.map((offset) => MADE_AT + offset))].sort((a, b) => Number(a - b));
}

const DESTINATION = StrKey.encodeEd25519PublicKey(Buffer.alloc(32, 5));

/** What `claimable_balances.claimants` holds for one claimant. */
function column(tree: Tree): Buffer {
  const destination = xdr.AccountId.fromXdr(Buffer.concat([Buffer.alloc(4), Buffer.alloc(32, 5)]));
  const claimant = xdr.Claimant.claimantTypeV0(new xdr.ClaimantV0({ destination, predicate: tree }));
  return Buffer.concat([Buffer.of(0, 0, 0, 1), claimant.toXdr()]);
}

function check(tree: Tree, random: (below: number) => number): void {
  const [claimant, ...others] = readClaimants(column(tree));
  assert.deepEqual([claimant!.destination, others.length], [DESTINATION, 0]);
  const shown = json(tree);
  assert.deepEqual(predicateJson(claimant!.predicate), shown);
  const around = timesAround();
  const times = [...around, ...Array.from({ length: 100 - around.length }, () => MADE_AT + BigInt(random(6_000_000)) - 100_000n)];
  assert.equal(times.length, 100);
  const text = JSON.stringify(shown);
  for (const now of times) {
    const { now: isNow, from, until } = claimTimes(claimant!.predicate, MADE_AT, now);
    const require = (isTrue: boolean, what: string): void => {
      if (!isTrue) assert.fail(`${text} at ${now} is ${isNow}, from ${from}, until ${until}: ${what}`);
    };
    require(isNow === holds(tree, now), "now");
    // The edges are where it turns.
    if (from !== null) require(!holds(tree, from - 1n) && holds(tree, from), "the beginning");
    if (until !== null) require(holds(tree, until - 1n) && !holds(tree, until), "the end");
    require(from === null || until === null || from < until, "the order");
    require(from === null || isNow === from <= now, "the beginning is past");
    require(!isNow || until === null || until > now, "the end is to come");
    const isNever = !isNow && from === null;
    require(!isNever || until === null, "never ends");
    for (const time of around) {
      // It does not turn in between; and before the next time, or if there is none, nothing can be claimed.
      const within = !isNever && (from === null || time >= from) && (until === null || time < until);
      if (within) require(holds(tree, time), `within, ${time}`);
      if (!isNow && time >= now && (from === null || time < from)) require(!holds(tree, time), `not yet, ${time}`);
    }
  }
}

test("when a balance can be claimed is right for every predicate of depth 3, at 100 close times each", () => {
  const random = randomNumbers(1);
  const all = shapes(3);
  assert.equal(all.length, 3 + 24 + 2 * 24 * 24);
  for (const shape of all) check(build(shape, random), random);
});

test("and for predicates of the protocol's greatest depth, 4", () => {
  const random = randomNumbers(2);
  for (let i = 0; i < 2_000; i++) check(build(randomShape(4, random), random), random);
});

test("a relative time counts from when the balance was made, up to the last time; where that is unknown nobody can claim", () => {
  const relativeTo = (seconds: bigint) => ({ type: "relative", seconds }) as const;
  assert.deepEqual(claimTimes(relativeTo(60n), 1_000n, 1_059n), { now: true, from: null, until: 1_060n });
  assert.deepEqual(claimTimes(relativeTo(2n ** 63n - 1n), 1_000n, 1_059n), { now: true, from: null, until: 2n ** 63n - 1n });
  for (const predicate of [relativeTo(60n), { type: "not", predicate: relativeTo(60n) } as const])
    assert.deepEqual(claimTimes(predicate, null, 1_059n), { now: false, from: null, until: null });
});

test("times of any year are shown", () => {
  const shown = (before: bigint): PredicateJson => predicateJson({ type: "absolute", before });
  assert.deepEqual(shown(0n), { abs_before: "1970-01-01T00:00:00Z", abs_before_epoch: "0" });
  assert.deepEqual(shown(253_402_300_799n), { abs_before: "9999-12-31T23:59:59Z", abs_before_epoch: "253402300799" });
  assert.deepEqual(shown(253_402_300_800n), { abs_before: "+10000-01-01T00:00:00Z", abs_before_epoch: "253402300800" });
  assert.deepEqual(shown(2n ** 63n - 1n), { abs_before: "+292277026596-12-04T15:30:07Z", abs_before_epoch: "9223372036854775807" });
  assert.deepEqual(shown(-62_167_219_201n), { abs_before: "-0001-12-31T23:59:59Z", abs_before_epoch: "-62167219201" });
});

test("claimants that are no XDR are an error, never an answer", () => {
  const bytes = column(and([unconditional(), absolute(5n)]));
  assert.throws(() => readClaimants(bytes.subarray(0, bytes.length - 4)), XdrError);
  assert.throws(() => readClaimants(bytes.subarray(0, 41)), XdrError);
});

test("a negation of nothing, which the network refuses, is shown and holds never", () => {
  const [claimant] = readClaimants(column(xdr.ClaimPredicate.claimPredicateNot(null)));
  assert.deepEqual(predicateJson(claimant!.predicate), { not: null });
  assert.deepEqual(claimTimes(claimant!.predicate, null, 0n), { now: false, from: null, until: null });
});
