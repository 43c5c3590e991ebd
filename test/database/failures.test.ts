import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { lakeSource } from "../../functions/ingest/source/lake.ts";
import { s3Location } from "../../functions/ingest/source/s3-location.ts";
import { s3Store } from "../../functions/ingest/source/s3-store.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource, type Invocation } from "../fixtures/ingest-sandbox.ts";
import { openedLedger } from "../fixtures/open-ledger.ts";
import { sandboxLedgers, SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { lakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubS3 } from "../fixtures/stubs/s3.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";

const LEDGERS = sandboxLedgers(8);

function codeOf({ error }: Invocation): string {
  assert.ok(error instanceof WalletError, String(error));
  return error.code;
}

async function failures(database: TestDatabase): Promise<Record<string, unknown>[]> {
  return [...(await database.connect()`select * from ingest_failures order by ledger`)];
}

async function newest(database: TestDatabase): Promise<number | null> {
  const [row] = await database.connect()`select ledger from cursors where name = 'latest'`;
  return row!.ledger;
}

/** Ledger 5 with its last bytes cut off. */
function damaged(): Uint8Array[] {
  return LEDGERS.map((bytes, i) => (i === 4 ? bytes.subarray(0, bytes.length - 8) : bytes));
}

test("a poison ledger stops ingestion before it, is recorded at every try, backs off, and is resolved when it is written", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  const bad = damaged();
  for (let attempt = 1; attempt <= 10; attempt++) {
    const run = await ingestSandbox(database.url, memorySource(bad), { codeVersion: "one" });
    assert.equal(codeOf(run), "LEDGER_CORRUPT");
    assert.deepEqual([run.report.failure?.ledger, run.report.failure?.attempts, run.report.failure?.poison], [5, attempt, true]);
    assert.equal(await newest(database), 4);
  }
  const [row] = await failures(database);
  assert.deepEqual(
    [row!.ledger, row!.attempts, row!.phase, row!.poison, row!.error_code, row!.code_version, row!.resolved_at],
    [5, 10, "index", true, "LEDGER_CORRUPT", "one", null],
  );
  assert.equal((row!.digest as Buffer).toString("hex"), createHash("sha256").update(bad[4]!).digest("hex"));

  const waiting = await ingestSandbox(database.url, memorySource(bad), { codeVersion: "one" });
  assert.deepEqual(waiting.summary, { outcome: "backing-off", from: null, to: null, ledgers: 0 });
  assert.deepEqual([waiting.report.failure?.ledger, waiting.report.failure?.attempts], [5, 10]);

  assert.equal(codeOf(await ingestSandbox(database.url, memorySource(bad), { codeVersion: "one", ignoreBackOff: true })), "LEDGER_CORRUPT");
  assert.equal(codeOf(await ingestSandbox(database.url, memorySource(bad), { codeVersion: "two" })), "LEDGER_CORRUPT");
  assert.equal((await failures(database))[0]!.attempts, 12);

  await sql`update ingest_failures set last_at = now() - interval '5 minutes'`;
  assert.equal(codeOf(await ingestSandbox(database.url, memorySource(bad), { codeVersion: "two" })), "LEDGER_CORRUPT");

  await sql`update ingest_failures set last_at = now() - interval '9 minutes'`;
  const healed = await ingestSandbox(database.url, memorySource(LEDGERS), { codeVersion: "two" });
  assert.deepEqual(healed.summary, { outcome: "drained", from: 5, to: 8, ledgers: 4 });
  assert.notEqual((await failures(database))[0]!.resolved_at, null);

  await sql`update cursors set ledger = 4 where name = 'latest'`;
  const again = await ingestSandbox(database.url, memorySource(bad));
  assert.equal(again.report.failure?.attempts, 1, "a closed record begins anew");
});

/** A source that gives ledger 5 in a wrong way once or always. */
function wrongAtFive(give: (from: number) => { bytes: Uint8Array; sequence: number }): LedgerSource {
  return memorySource(LEDGERS, {
    async *open(from) {
      for (let n = from ?? 1; n <= 8; n++) {
        const { bytes, sequence } = n === 5 ? give(n) : { bytes: LEDGERS[n - 1]!, sequence: n };
        yield openedLedger(bytes, sequence);
      }
    },
  });
}

const foreign = sandboxLedgers(5, "another seed")[4]!;
const WRONG: [name: string, source: LedgerSource, code: string, phase: string][] = [
  ["twice the same ledger", wrongAtFive(() => ({ bytes: LEDGERS[3]!, sequence: 4 })), "LEDGER_GAP", "fetch"],
  ["a later ledger", wrongAtFive(() => ({ bytes: LEDGERS[6]!, sequence: 7 })), "LEDGER_GAP", "fetch"],
  ["another ledger under its number", wrongAtFive(() => ({ bytes: LEDGERS[6]!, sequence: 5 })), "LEDGER_GAP", "fetch"],
  ["a ledger of another chain", wrongAtFive(() => ({ bytes: foreign, sequence: 5 })), "CHAIN_BROKEN", "persist"],
  ["an empty ledger", wrongAtFive(() => ({ bytes: new Uint8Array(0), sequence: 5 })), "LEDGER_CORRUPT", "index"],
  [
    "a damaged ledger",
    wrongAtFive(() => ({ bytes: LEDGERS[4]!.map((byte, i) => (i > 500 ? byte ^ 0x55 : byte)), sequence: 5 })),
    "LEDGER_CORRUPT",
    "index",
  ],
];

for (const [name, source, code, phase] of WRONG) {
  test(`a source that gives ${name} stops ingestion before it`, async () => {
    const database = await testDatabase();
    const run = await ingestSandbox(database.url, source);
    assert.equal(codeOf(run), code);
    assert.equal(await newest(database), 4);
    const [row] = await failures(database);
    assert.deepEqual([row!.ledger, row!.phase, row!.poison, row!.error_code], [5, phase, true, code]);
    assert.deepEqual((await ingestSandbox(database.url, memorySource(LEDGERS))).summary, {
      outcome: "drained",
      from: 5,
      to: 8,
      ledgers: 4,
    });
  });
}

test("rows of another ledger than the one that is due are not written", async () => {
  const database = await testDatabase();
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const confused: Indexer = {
    newestProtocol: indexer.newestProtocol,
    index(ledger) {
      const rows = indexer.index(ledger);
      return ledger.sequence === 5 ? { ...rows, header: { ...rows.header, sequence: 7 } } : rows;
    },
  };
  const run = await ingestSandbox(database.url, memorySource(LEDGERS), { indexer: confused });
  assert.deepEqual([codeOf(run), run.report.failure?.phase, await newest(database)], ["LEDGER_GAP", "persist", 4]);
});

test("a source of another network stops ingestion before its first ledger", async () => {
  const database = await testDatabase();
  const elsewhere = { networkPassphrase: "another network", indexer: createIndexer("another network") };
  const run = await ingestSandbox(database.url, memorySource(LEDGERS), elsewhere);
  assert.equal(codeOf(run), "NETWORK_MISMATCH");
  assert.equal(await newest(database), null);
  assert.deepEqual([run.report.failure?.phase, run.report.failure?.poison, (await failures(database)).length], ["index", false, 0]);
  const corrected = await ingestSandbox(database.url, memorySource(LEDGERS));
  assert.equal(corrected.summary?.ledgers, 8, "a database without a ledger is bound to no network");
  assert.equal(codeOf(await ingestSandbox(database.url, memorySource(LEDGERS), elsewhere)), "NETWORK_MISMATCH");
});

test("a source that says that it is of another network is a wrong setting and no bad ledger, however often", async () => {
  const database = await testDatabase();
  const s3 = await startStubS3();
  try {
    lakeWriter(s3.objects, { passphrase: "another network", prefix: "foreign" }).add(LEDGERS);
    lakeWriter(s3.objects, { passphrase: SANDBOX_PASSPHRASE, prefix: "ours" }).add(LEDGERS);
    const lake = (folder: string): LedgerSource =>
      lakeSource(s3Store({ location: s3Location(`${s3.bucket}/${folder}`, "us-east-1", s3.url) }), { passphrase: SANDBOX_PASSPHRASE });
    for (let attempt = 0; attempt < 12; attempt++) {
      const run = await ingestSandbox(database.url, lake("foreign"), { startLedger: 1 });
      assert.deepEqual([codeOf(run), run.report.failure?.poison], ["NETWORK_MISMATCH", false]);
    }
    assert.deepEqual(await failures(database), []);
    // Nothing rests once the setting is right.
    assert.equal((await ingestSandbox(database.url, lake("ours"), { startLedger: 1 })).summary?.ledgers, 8);
  } finally {
    await s3.stop();
  }
});

test("a source that is behind is nothing to do", async () => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource(LEDGERS));
  const { summary, report } = await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 3)));
  assert.deepEqual(summary, { outcome: "drained", from: null, to: null, ledgers: 0 });
  assert.deepEqual([report.cursor?.ledger, report.tip], [8, 3]);
});

/** A source that fails at ledger 4 so many times. */
function flaky(times: number): LedgerSource {
  let left = times;
  return memorySource(LEDGERS, {
    async *open(from) {
      for (let n = from ?? 1; n <= 8; n++) {
        if (n === 4 && left-- > 0) throw new WalletError("SOURCE_UNAVAILABLE", "The source does not answer. Nul: \0");
        yield openedLedger(LEDGERS[n - 1]!, n);
      }
    },
  });
}

test("a source that fails for a moment is asked again", async () => {
  const database = await testDatabase();
  const retries: number[] = [];
  const { summary, report } = await ingestSandbox(database.url, flaky(2), { onRetry: ({ retry }) => retries.push(retry) });
  assert.deepEqual(summary, { outcome: "drained", from: 1, to: 8, ledgers: 8 });
  assert.deepEqual([report.retries, retries], [2, [1, 2]]);
  assert.equal(report.failure, null);
  const runs = await database.connect()`select outcome, retries, ledgers, error_code from ingest_runs`;
  assert.deepEqual(
    runs.map((run) => ({ ...run })),
    [{ outcome: "drained", retries: 2, ledgers: 8, error_code: null }],
  );
});

test("a source that stays away ends the invocation with its error, and is no poison", async () => {
  const database = await testDatabase();
  const run = await ingestSandbox(database.url, flaky(99));
  assert.equal(codeOf(run), "SOURCE_UNAVAILABLE");
  assert.deepEqual([run.report.retries, run.report.to], [3, 3]);
  assert.deepEqual(await failures(database), []);
  const [row] = await database.connect()`select outcome, error_code, error_message, from_ledger, to_ledger from ingest_runs`;
  assert.deepEqual(
    { ...row },
    {
      outcome: "failed",
      error_code: "SOURCE_UNAVAILABLE",
      error_message: "The source does not answer. Nul: ",
      from_ledger: 1,
      to_ledger: 3,
    },
  );
});

/** Makes the insertion of ledger 3 fail so many times with a SQLSTATE; the count is no part of a transaction. */
async function failInDatabase(database: TestDatabase, sqlstate: string, times: number): Promise<void> {
  await database.connect().unsafe(`
    create sequence failed;
    create function fail() returns trigger language plpgsql as $$ begin
      if new.sequence = 3 and nextval('failed') <= ${times} then raise exception using errcode = '${sqlstate}', message = 'made to fail'; end if;
      return new;
    end $$;
    create trigger fail before insert on ledgers for each row execute function fail()`);
}

const SQLSTATES: [sqlstate: string, what: string, heals: boolean, poison: boolean][] = [
  ["40001", "a serialization failure", true, false],
  ["40P01", "a dead-lock", true, false],
  ["25006", "a server that became read-only", true, false],
  ["57014", "a statement timeout", false, false],
  ["53100", "a full disk", false, false],
  ["42501", "a missing right", false, false],
  ["23514", "a violated constraint", false, true],
  ["22P05", "a value that cannot be stored", false, true],
];

for (const [sqlstate, what, heals, poison] of SQLSTATES) {
  test(`${what} ${heals ? "is tried again" : "ends the invocation"}, and the next one goes on`, async () => {
    const database = await testDatabase();
    await failInDatabase(database, sqlstate, 1);
    const first = await ingestSandbox(database.url, memorySource(LEDGERS));
    if (heals) {
      assert.deepEqual(first.summary, { outcome: "drained", from: 1, to: 8, ledgers: 8 });
      assert.equal(first.report.retries, 1);
    } else {
      assert.equal(codeOf(first), "PERSIST_FAILED");
      assert.deepEqual([first.report.retries, first.report.to, first.report.failure?.sqlstate], [0, 2, sqlstate]);
      assert.equal((await ingestSandbox(database.url, memorySource(LEDGERS))).summary?.to, 8);
    }
    const [row] = await failures(database);
    assert.deepEqual([row!.ledger, row!.phase, row!.poison, row!.attempts], [3, "persist", poison, 1]);
    assert.notEqual(row!.resolved_at, null);
  });
}

test("what fails after the last ledger is an error of the invocation, and no ledger's fault", async () => {
  const database = await testDatabase();
  await database.connect()`drop function drop_history_before`;
  // The sandbox's ledgers are all of one day: one is made older.
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 4)));
  await database.connect()`update ledgers set closed_at = closed_at - interval '3 days' where sequence = 1`;
  const { summary, error, report } = await ingestSandbox(database.url, memorySource(LEDGERS), { retentionDays: 1 });
  assert.equal(summary, null);
  assert.match(String(error), /drop_history_before/);
  assert.deepEqual([report.outcome, report.to, report.failure?.sqlstate], ["failed", 8, "42883"]);
  assert.deepEqual([report.failure?.phase, report.failure?.ledger, report.failure?.poison], [null, null, false]);
  assert.deepEqual([await newest(database), await failures(database)], [8, []]);
});

test("an invocation that was taken over ends with an error and does not fight", async () => {
  const database = await testDatabase();
  const admin = database.connect();
  const run = await ingestSandbox(database.url, memorySource(LEDGERS), {
    onLedger: ({ ledger }) => {
      if (ledger === 3) void admin`update cursors set fence = fence + 1 where name = 'latest'`.execute();
    },
    source: memorySource(LEDGERS, {
      async *open(from) {
        for (let n = from ?? 1; n <= 8; n++) {
          if (n === 5) await new Promise((done) => setTimeout(done, 300));
          yield openedLedger(LEDGERS[n - 1]!, n);
        }
      },
    }),
  });
  assert.equal(codeOf(run), "FENCED");
  assert.equal(run.report.retries, 0);
  assert.deepEqual(await failures(database), []);
});

test("the records of invocations are bounded, and one that never ended shows as lost", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  await sql`insert into ingest_runs (request_id, code_version, source, deadline, outcome)
    select n, 'v', 's', now(), case when n = 600 then 'running' else 'drained' end from generate_series(1, 600) n`;
  const { report } = await ingestSandbox(database.url, memorySource(LEDGERS));
  assert.equal(report.lostRuns, 1);
  const [row] = await sql`select count(*)::int as runs, min(id)::int as oldest, max(id)::int as newest from ingest_runs`;
  assert.deepEqual({ ...row }, { runs: 500, oldest: 102, newest: 601 });
  const [lost] = await sql`select outcome from ingest_runs where id = 600`;
  assert.equal(lost!.outcome, "lost");
});
