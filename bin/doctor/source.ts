import { readSourceEnvironment } from "../../functions/ingest/environment.ts";
import { findSource } from "../../functions/ingest/source/from-environment.ts";
import { withTimeout } from "../../functions/shared/timeout.ts";
import { fail, ok, warn, type Check } from "./check.ts";

const TIMEOUT_MS = 15_000;

export const source: Check = {
  name: "ledger source",
  async run({ sql, environment }) {
    const found = findSource(readSourceEnvironment(environment));
    if (!found) return warn("none is set: the sandbox would be used", "Set RPC_URL, DATASTORE_BUCKET_PATH or LEDGERS.");
    if (!found.latest) return warn(`${found.name} cannot say what its newest ledger is`, "Watch the first run.");
    const latest = await withTimeout(TIMEOUT_MS, "asking for the newest ledger", found.latest(AbortSignal.timeout(TIMEOUT_MS)));
    if (latest === null) return warn(`${found.name} answers, but has no ledger`, "Check the path or wait for the first ledger.");
    const [row] = await sql<{ ledger: number | null }[]>`select ledger from cursors where name = 'latest'`;
    const ours = row?.ledger ?? null;
    if (ours !== null && latest < ours)
      return fail(
        `${found.name} ends with ledger ${latest}, the database is at ${ours}`,
        "Check that the source is of the right network and not stuck.",
      );
    return ok(`${found.name} answers; newest ledger ${latest}${ours === null ? "" : `, ${latest - ours} ahead of the database`}`);
  },
};
