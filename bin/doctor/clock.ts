import { ok, warn, type Check } from "./check.ts";

/** Ingestion counts by the database's clock alone, but a token of a request lives for 15 s by the clock of whoever checks it. */
const TOLERATED_SECONDS = 10;

export const clock: Check = {
  name: "clock",
  async run({ sql }) {
    const before = Date.now();
    const [row] = await sql<{ now: string; newest: string | null }[]>`
      select (extract(epoch from clock_timestamp()) * 1000)::bigint as now,
        (select extract(epoch from closed_at)::bigint from cursors where name = 'latest') as newest`;
    const here = (before + Date.now()) / 2;
    const skew = (Number(row!.now) - here) / 1000;
    if (Math.abs(skew) > TOLERATED_SECONDS)
      return warn(`the database's clock differs from this one by ${skew.toFixed(0)} s`, "Synchronise both clocks (NTP).");
    if (row!.newest !== null && Number(row!.newest) > here / 1000 + TOLERATED_SECONDS)
      return warn("the newest ledger closed in the future", "Synchronise this clock (NTP), or check the source.");
    return ok(`differs from the database's by ${Math.abs(skew).toFixed(1)} s`);
  },
};
