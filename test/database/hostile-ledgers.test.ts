import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { ContradictionError } from "../../functions/ingest/ledger/contradiction-error.ts";
import { XdrError } from "../../functions/shared/xdr/words.ts";
import { type ErrorCode, WalletError } from "../../functions/shared/errors.ts";
import { shortLivedDatabase } from "../fixtures/database.ts";
import { hostileLedger, hostileSubjects, seeded, type Subject } from "../fixtures/hostile-ledgers.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { testApi, type TestApi } from "../fixtures/serve-handler.ts";

/** 300 by default, in seconds; `COUNT=5000 SEED=7 npm run test -- test/database/hostile-ledgers.test.ts` makes others. */
const COUNT = Number(process.env.COUNT ?? 300);
const SEED = Number(process.env.SEED ?? 20261128);
/** Ledgers a database. */
const CHAIN = 150;
/** One ledger of these sizes takes milliseconds; this is for a busy machine. */
const MOST_MS = 5_000;
/** What a ledger that contradicts itself may end with; LEDGER_INDEX_FAILED only where its cause says so, see `isRefusal`. */
const REFUSALS = new Set<ErrorCode>(["LEDGER_CORRUPT", "LEDGER_INDEX_FAILED"]);

/** Is it a refusal that was meant? An error of the language is a fault of the indexer, whatever code it ends under. */
function isRefusal(error: unknown): error is WalletError {
  if (!(error instanceof WalletError) || !REFUSALS.has(error.code)) return false;
  return error.cause === undefined || error.cause instanceof XdrError || error.cause instanceof ContradictionError;
}

/** What came of the ledgers so far. */
interface Tally {
  refused: Map<string, number>;
  accepted: number;
  slowestMs: number;
}

interface Accepted {
  bytes: Uint8Array[];
  /** Of the first transaction of each. */
  hashes: string[];
}

/** A chain of hostile ledgers that are read and indexed; those that are refused leave their place to the next. */
function hostileChain(subjects: readonly Subject[], from: number, count: number, tally: Tally): Accepted {
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const accepted: Accepted = { bytes: [], hashes: [] };
  let previousHash: Uint8Array = Buffer.alloc(32);
  for (let i = from; i < from + count; i++) {
    const next = seeded(SEED + i);
    const subject = subjects[Math.floor(next() * subjects.length)]!;
    const sequence = accepted.bytes.length + 1;
    const { bytes, hash } = hostileLedger(subject, { sequence, previousHash, closedAt: 1_760_000_000n + BigInt(sequence * 5) }, next);
    const started = performance.now();
    try {
      const rows = indexBytes(indexer, bytes);
      accepted.bytes.push(bytes);
      accepted.hashes.push(...rows.transactions.slice(0, 1).map((row) => Buffer.from(row.hash).toString("hex")));
      previousHash = hash;
      tally.accepted++;
    } catch (error) {
      assert.ok(isRefusal(error), `ledger ${i} (seed ${SEED}, ${subject.name}): ${inspect(error)}`);
      const reason = `${error.code} ${error.message.replaceAll(/\d+/g, "n")}`.slice(0, 120);
      tally.refused.set(reason, (tally.refused.get(reason) ?? 0) + 1);
    }
    tally.slowestMs = Math.max(tally.slowestMs, performance.now() - started);
  }
  return accepted;
}

const TRANSACTION = `query ($h: String!) { transactionByHash(hash: $h) { hash feeCharged resultCode accounts { address }
  operations(first: 20) { edges { node { id type operationXdr resultCode accounts { address } } } }
  stateChanges(first: 20) { edges { node { category reason account { address } ... on BalanceChange { amount tokenId } } } } } }`;

async function readBack(api: TestApi, hashes: readonly string[], chain: number): Promise<void> {
  for (const hash of hashes.filter((_, i) => i % 5 === 0)) {
    const { data, errors } = await api.ask(TRANSACTION, { h: hash });
    assert.equal(errors, undefined, `transaction ${hash} of chain ${chain} (seed ${SEED}): ${JSON.stringify(errors)}`);
    assert.equal(data.transactionByHash.hash, hash);
  }
}

test(`${COUNT} ledgers with hostile content are refused with a code, or indexed, written and read (seed ${SEED})`, async (t) => {
  const subjects = hostileSubjects();
  const tally: Tally = { refused: new Map(), accepted: 0, slowestMs: 0 };
  const failures: string[] = [];
  for (let from = 0; from < COUNT; from += CHAIN) {
    const { bytes, hashes } = hostileChain(subjects, from, Math.min(CHAIN, COUNT - from), tally);
    const database = await shortLivedDatabase();
    try {
      const { summary, error } = await ingestSandbox(database.url, memorySource(bytes), { deadline: Date.now() + 300_000 });
      if (error) failures.push(`chain from ${from}: ${error instanceof Error ? error.message : "no Error"}`);
      else assert.equal(summary?.ledgers, bytes.length);
      if (error) continue;
      const api = testApi(database.url);
      try {
        await readBack(api, hashes, from);
      } finally {
        await api.close();
      }
    } finally {
      await database.drop();
    }
  }
  t.diagnostic(`accepted ${tally.accepted}, slowest ${tally.slowestMs.toFixed(0)} ms, refused ${JSON.stringify([...tally.refused])}`);
  assert.deepEqual(failures, []);
  assert.ok(tally.slowestMs < MOST_MS, `${tally.slowestMs} ms`);
  // Both outcomes must occur, or the ledgers test nothing.
  assert.ok(tally.accepted > COUNT / 2 && tally.refused.size > 0, `${tally.accepted} accepted`);
});
