import { fail, ok, warn, type Check } from "./check.ts";

/** idle_session_timeout and pg_terminate_backend with a timeout came with 14. */
const LEAST = 140_000;
const TESTED = 150_000;

export const databaseVersion: Check = {
  name: "database version",
  async run({ sql }) {
    const [row] = await sql<{ number: number; text: string; standby: boolean }[]>`
      select current_setting('server_version_num')::int as number, current_setting('server_version') as text, pg_is_in_recovery() as standby`;
    const { number, text, standby } = row!;
    if (number < LEAST) return fail(`PostgreSQL ${text} is too old`, "Upgrade to PostgreSQL 15 or newer.");
    if (standby) return fail(`PostgreSQL ${text} is a standby`, "Let the URL name the primary: a standby takes no writes.");
    if (number < TESTED) return warn(`PostgreSQL ${text}`, "The tests run on 15 and newer: upgrade when you can.");
    return ok(`PostgreSQL ${text}, a primary`);
  },
};
