import { fail, ok, warn, type Check } from "./check.ts";

/** Three schedule periods. */
const STALE_SECONDS = 180;

export const progress: Check = {
  name: "progress",
  async run({ sql }) {
    const [bad] = await sql<{ ledger: number; attempts: number; code: string; message: string }[]>`
      select ledger, attempts, error_code as code, error_message as message from ingest_failures where resolved_at is null order by ledger limit 1`;
    if (bad)
      return fail(
        `ledger ${bad.ledger} failed ${bad.attempts} times: ${bad.code}: ${bad.message}`,
        `See docs/operations/errors.md for ${bad.code}.`,
      );
    const [row] = await sql<{ age: number | null; lost: number }[]>`
      select (select extract(epoch from now() - closed_at)::int from cursors where name = 'latest') as age,
        (select count(*)::int from (select outcome from ingest_runs order by id desc limit 10) last where outcome = 'lost') as lost`;
    const { age, lost } = row!;
    if (lost > 0)
      return warn(`${lost} of the last 10 runs ended without a word`, "Look for timeouts and lack of memory in the function's log.");
    if (age === null) return warn("no ledger was written yet", "Run: npm run wallet -- ingest");
    if (age > STALE_SECONDS)
      return warn(`the newest ledger closed ${age} s ago`, "Check that the schedule is on, and the last runs: npm run wallet -- status");
    return ok(`the newest ledger closed ${age} s ago`);
  },
};
