import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { StateChangeRow, TransactionRow } from "../../functions/ingest/indexer/rows.ts";
import type { Address } from "../../functions/shared/xdr/address.ts";
import { AccountKeys } from "../../functions/ingest/persist/account-keys.ts";
import { AccountLinks } from "../../functions/ingest/persist/account-links.ts";
import type { BinaryCopy } from "../../functions/ingest/persist/binary-copy.ts";
import { stateChangeKinds } from "../../functions/shared/columns/history/codes.ts";
import {
  MAX_HASHES,
  MAX_PAIRS,
  mayBeOfToken,
  mayHaveCounterparty,
  readRefs,
  shortHash,
  type TransactionRef,
} from "../../functions/shared/columns/history/link-refs.ts";
import { operationToid, transactionToid } from "../../functions/shared/columns/toid.ts";

const SEED = Number(process.env.SEED ?? 20_261_128);

const address = (version: number, n: number): Address => ({
  bytes: Buffer.concat([Buffer.of(version), Buffer.alloc(28), Buffer.from(n.toString(16).padStart(8, "0"), "hex")]),
  text: `${version} ${n}`,
});
const accounts = Array.from({ length: 40 }, (_, n) => address(0x30, n));
const tokens = Array.from({ length: 40 }, (_, n) => address(0x10, n));
/** A liquidity pool and a claimable balance. */
const others = [address(0x58, 1), address(0x08, 1)];
const keys = new AccountKeys(Buffer.alloc(32, 5));
const hashOf = (of: Address): number =>
  of.bytes[0] === 0x08 ? Buffer.from(of.bytes).readUInt16BE(of.bytes.length - 2) : shortHash(keys.of(of));

/** The members that links go by. */
type Change = Pick<StateChangeRow, "operation" | "category" | "reason" | "account" | "tokenId" | "counterparty">;

const transaction = { toid: transactionToid(3), successful: true, accounts: [] as Address[] } as TransactionRow;

/** Every account's reference to the one transaction. */
function linksOf(changes: readonly Change[]): Map<Address, { kinds: number; ref: TransactionRef; size: number }> {
  const links = new AccountLinks(keys);
  links.add(transaction, [], changes as StateChangeRow[]);
  const rows: { key: string; kinds: number; refs: Buffer }[] = [];
  let row = { key: "", kinds: 0, refs: Buffer.alloc(0) };
  let integers = 0;
  links.write(
    {
      row: () => void ([row, integers] = [{ key: "", kinds: 0, refs: Buffer.alloc(0) }, 0]),
      int64: (high: number, low: number) => void (row.key ||= `${high} ${low}`),
      int32: (value: number) => void (integers++ === 1 && (row.kinds = value)),
      bytes: (value: Buffer) => void rows.push({ ...row, refs: Buffer.from(value) }),
    } as unknown as BinaryCopy,
    7,
    { high: 1, low: 1 },
  );
  const byKey = new Map(rows.map((found) => [found.key, found]));
  return new Map(
    [...new Set(changes.map(({ account }) => account))].map((account) => {
      const { high, low } = keys.of(account);
      const { kinds, refs } = byKey.get(`${high} ${low}`)!;
      const read = readRefs(refs);
      assert.deepEqual([read.length, read[0]!.transaction], [1, 3]);
      return [account, { kinds, ref: read[0]!, size: refs.length }];
    }),
  );
}

const numberOf = ({ category, reason }: Change): number => stateChangeKinds.numberOf(`${category}/${reason}`);

/** Changes of some operations, ascending; the number of accounts, other sides and tokens decides how full the lists get. */
const generated = fc
  .record({
    people: fc.constantFrom(1, 2, 8, 40),
    sides: fc.constantFrom(2, 8, 40),
    coins: fc.constantFrom(1, 2, 20, 40),
    largest: fc.constantFrom(3, 30, 34, 120),
  })
  .chain(({ people, sides, coins, largest }) =>
    fc.array(
      fc.array(
        fc.record({
          kind: fc.constantFrom(
            "BALANCE/DEBIT",
            "BALANCE/CREDIT",
            "BALANCE/CREDIT",
            "BALANCE/MINT",
            "BALANCE/BURN",
            "TRUSTLINE/ADD",
            "SIGNER/ADD",
          ),
          account: fc.constantFrom(...accounts.slice(0, people)),
          counterparty: fc.option(fc.constantFrom(...others, ...accounts.slice(0, sides)), { nil: null }),
          token: fc.constantFrom(...tokens.slice(0, coins)),
        }),
        { maxLength: largest, size: "max" },
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map((operations) =>
    operations.flatMap((changes, at) =>
      changes.map(({ kind, account, counterparty: other, token }) => {
        const [category, reason] = kind.split("/");
        const counterparty = category === "BALANCE" ? other : null;
        return {
          operation: operationToid(3, at),
          category,
          reason,
          account,
          counterparty,
          tokenId: category === "SIGNER" ? null : token,
        } as Change;
      }),
    ),
  );

test("a link promises what its account's changes are, and nothing else while its lists are long enough", () => {
  const met = { exact: 0, anyToken: 0, longList: 0, several: 0 };
  const property = fc.property(generated, (changes) => {
    for (const [account, { kinds, ref }] of linksOf(changes)) {
      const own = changes.filter((change) => change.account === account);
      const counted = new Map<number, number>();
      for (const { kind, count } of ref.changes) counted.set(kind, (counted.get(kind) ?? 0) + count);
      for (const [kind, count] of counted) assert.equal(own.filter((change) => numberOf(change) === kind).length, count);
      assert.equal(
        own.reduce((bits, change) => bits | (1 << (numberOf(change) - 1)), 0),
        kinds,
      );
      const isCut = ref.changes.some(({ token }) => token === "any");
      // Members without a token are never cut.
      const pairs = new Set<string>();
      let isTooMany = false;
      for (const change of own) {
        const pair = `${numberOf(change)} ${change.tokenId?.text}`;
        if (!pairs.has(pair) && pairs.size >= MAX_PAIRS && change.tokenId !== null) isTooMany = true;
        pairs.add(pair);
      }
      assert.equal(isCut, isTooMany, `${pairs.size} pairs`);
      if (isCut) met.anyToken++;
      for (const change of own) {
        const found = ref.changes.filter(
          (each) =>
            each.kind === numberOf(change) && (change.tokenId === null ? each.token === null : mayBeOfToken(each, hashOf(change.tokenId))),
        );
        assert.ok(found.length > 0);
        const { counterparty } = change;
        if (counterparty !== null) assert.ok(found.some((each) => mayHaveCounterparty(each, hashOf(counterparty))));
        if (found.some(({ token }) => token === "any")) continue;
        // Of all changes of this kind and token.
        const all = new Set(
          own
            .filter((each) => numberOf(each) === numberOf(change) && each.tokenId === change.tokenId)
            .flatMap((each) => each.counterparty ?? []),
        );
        const { counterparties } = found[0]!;
        if (all.size > MAX_HASHES) {
          assert.ok(counterparties.length > MAX_HASHES, `${all.size} counterparties, ${counterparties.length} hashes`);
          met.longList++;
        } else {
          assert.deepEqual(new Set(counterparties), new Set([...all].map(hashOf)));
          met.exact++;
          if (all.size > 1) met.several++;
        }
      }
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 400 });
  for (const [what, times] of Object.entries(met)) assert.ok(times > 40, `${what}: ${times}`);
});

test("what one transaction can write into a link is bounded, however many changes it has", () => {
  const [account, ...senders] = accounts as [Address, ...Address[]];
  const changes: Change[] = [];
  for (let operation = 0; operation < 100; operation++)
    for (const tokenId of tokens)
      for (const counterparty of senders) {
        const movement = { operation: operationToid(3, operation), category: "BALANCE" as const, tokenId };
        changes.push({ ...movement, reason: "DEBIT", account: counterparty, counterparty: account });
        changes.push({ ...movement, reason: "CREDIT", account, counterparty });
      }
  assert.equal(changes.length, 312_000);
  const start = performance.now();
  const { ref, size } = linksOf(changes).get(account)!;
  const ms = performance.now() - start;
  assert.ok(ref.changes.length <= MAX_PAIRS + 24, `${ref.changes.length} members`);
  assert.ok(size < 500, `${size} bytes`);
  assert.ok(ms < 5_000, `${ms} ms`);
});
