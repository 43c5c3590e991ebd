import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { lockKey } from "../../functions/ingest/invocation/lock.ts";
import { publishRun } from "../../functions/ingest/observe/metrics.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { encodeStrkey } from "../../functions/shared/strkey.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { openedLedger } from "../fixtures/open-ledger.ts";
import { sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { withClock } from "../fixtures/skewed-clock.ts";

const LEDGERS = sandboxLedgers(6);
const SKEWS = [-600, 600];
/** Any account. */
const ACCOUNT = encodeStrkey(Buffer.concat([Buffer.from([6 << 3]), Buffer.alloc(32, 1)]));

/** The metrics that an invocation's report gives. */
function metricsOf(t: TestContext, report: Parameters<typeof publishRun>[0]): Record<string, unknown> {
  const lines: string[] = [];
  const write = t.mock.method(process.stdout, "write", (line: string) => lines.push(line) > 0);
  publishRun(report);
  write.mock.restore();
  return JSON.parse(lines[0]!) as Record<string, unknown>;
}

for (const skew of SKEWS) {
  const what = skew < 0 ? `${-skew} s behind` : `${skew} s ahead`;

  test(`a living holder whose clock is ${what} is left alone`, async () => {
    const database = await testDatabase();
    const ledgers = LEDGERS.slice(0, 3);
    const begun = Promise.withResolvers<void>();
    const stop = new AbortController();
    const holder = withClock(skew, () =>
      ingestSandbox(database.url, memorySource(ledgers), {
        deadline: Date.now() + 60_000,
        followMs: 50_000,
        signal: stop.signal,
        onLedger: ({ ledger }) => {
          if (ledger === 3) begun.resolve();
          if (ledger === 6) stop.abort();
        },
      }),
    );
    await begun.promise;
    for (const other of [0, ...SKEWS]) {
      const newcomer = await withClock(other, () => ingestSandbox(database.url, memorySource(ledgers), { deadline: Date.now() + 60_000 }));
      assert.deepEqual([newcomer.summary?.outcome, newcomer.report.lockStolen], ["held", false], `a newcomer ${other} s ahead`);
    }
    ledgers.push(...LEDGERS.slice(3));
    assert.deepEqual((await holder).summary, { outcome: "stopped", from: 1, to: 6, ledgers: 6 });
  });

  test(`a holder whose time ran out is ended by a newcomer whose clock is ${what}`, async () => {
    const database = await testDatabase();
    const dead = database.connect();
    await dead`select set_config('application_name', 'ingest/gone/' || (extract(epoch from now())::bigint - 40), false)`;
    await dead`select pg_advisory_lock(${lockKey("sandbox")}::bigint)`;
    const { summary, report } = await withClock(skew, () =>
      ingestSandbox(database.url, memorySource(LEDGERS), { deadline: Date.now() + 60_000 }),
    );
    assert.deepEqual([summary?.ledgers, report.lockStolen], [6, true]);
  });

  test(`records and age of an invocation whose clock is ${what} are those of the database's clock`, async (t) => {
    const database = await testDatabase();
    const sql = database.connect();
    const { report } = await withClock(skew, () => ingestSandbox(database.url, memorySource(LEDGERS), { deadline: Date.now() + 60_000 }));
    assert.equal(report.databaseAhead, -skew);
    const [run] = await sql<{ began: number; took: number; time: number }[]>`
      select extract(epoch from now() - started_at)::float8 as began, extract(epoch from ended_at - started_at)::float8 as took,
        extract(epoch from deadline - started_at)::float8 as time from ingest_runs`;
    // The clocks are compared to half a second.
    assert.ok(run!.began > -1 && run!.began < 10, `began ${run!.began} s ago`);
    assert.ok(run!.took > -1 && run!.took < 10, `took ${run!.took} s`);
    assert.ok(Math.abs(run!.time - 60) < 1, `had ${run!.time} s`);
    const [cursor] = await sql<
      { age: number }[]
    >`select extract(epoch from now() - closed_at)::float8 as age from cursors where name = 'latest'`;
    assert.ok(Math.abs((metricsOf(t, report).CursorAgeSeconds as number) - cursor!.age) < 10);
  });

  test(`a poison ledger backs off by the database's clock where ours is ${what}`, async () => {
    const database = await testDatabase();
    const sql = database.connect();
    let tries = 0;
    const failing = memorySource(LEDGERS, {
      async *open() {
        tries++;
        yield openedLedger(LEDGERS[0]!.subarray(0, 100), 1);
      },
    });
    const attempt = async (): Promise<unknown> => {
      const { summary, error } = await withClock(skew, () => ingestSandbox(database.url, failing, { deadline: Date.now() + 60_000 }));
      return summary?.outcome ?? (error instanceof WalletError && error.code);
    };
    assert.equal(await attempt(), "LEDGER_CORRUPT");
    await sql`update ingest_failures set attempts = 10, last_at = now() - interval '50 s'`;
    assert.equal(await attempt(), "backing-off");
    await sql`update ingest_failures set last_at = now() - interval '70 s'`;
    assert.equal(await attempt(), "LEDGER_CORRUPT");
    assert.equal(tries, 2);
  });

  test(`the API tells the age of its answers by the database's clock where its own is ${what}`, async () => {
    const database = await testDatabase();
    await ingestSandbox(database.url, memorySource(LEDGERS));
    const api = testApi(database.url);
    const sql = database.connect();
    const look = async (): Promise<[lag: number, health: number]> => {
      const { extensions } = await api.ask(`{ accountByAddress(address: "${ACCOUNT}") { balances(first: 1) { edges { cursor } } } }`);
      const { status } = await api.send({ method: "GET", path: "/health" });
      return [(extensions!.ledger as { lagSeconds: number }).lagSeconds, status];
    };
    await sql`update cursors set closed_at = now() - interval '8 s', network_tip = null where name = 'latest'`;
    const [lag, health] = await withClock(skew, look);
    assert.ok(lag >= 8 && lag < 20, `${lag} s`);
    assert.equal(health, 200);
    await sql`update cursors set closed_at = now() - interval '400 s' where name = 'latest'`;
    assert.equal((await withClock(skew, look))[1], 503);
    await api.close();
  });
}
