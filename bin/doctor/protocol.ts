import { readSourceEnvironment } from "../../functions/ingest/environment.ts";
import { NEWEST_PROTOCOL } from "../../functions/ingest/ledger/protocol.ts";
import { findTestNetwork } from "../../functions/ingest/source/test-network.ts";
import { ok, warn, type Check } from "./check.ts";

const TIMEOUT_MS = 10_000;

export const protocol: Check = {
  name: "protocol",
  async run({ sql, environment }) {
    const [row] = await sql<{ protocol: number | null; marked: number | null }[]>`
      select protocol_version as protocol, newer_protocol_from as marked from cursors where name = 'latest'`;
    const { protocol: ours = null, marked = null } = row ?? {};
    if (marked !== null)
      return ours! > NEWEST_PROTOCOL
        ? warn(
            `ledgers from ${marked} on are of protocol ${ours}; up to ${NEWEST_PROTOCOL} is known`,
            "Update, then run: npm run wallet -- reindex",
          )
        : warn(`ledgers from ${marked} on were written by code that did not know their protocol`, "Run: npm run wallet -- reindex");
    const here = `up to ${NEWEST_PROTOCOL} is known${ours === null ? "" : `, the database is at ${ours}`}`;
    const network = findTestNetwork(readSourceEnvironment(environment));
    if (!network) return ok(here);
    let coming: number | null;
    try {
      coming = await network.protocol(AbortSignal.timeout(TIMEOUT_MS));
    } catch (error) {
      return ok(`${here}; the test network does not answer (${(error as Error).message})`);
    }
    if (coming === null) return ok(`${here}; the test network does not answer`);
    return coming > NEWEST_PROTOCOL
      ? warn(`${here}; the test network runs ${coming}`, "Update: the public network follows within weeks.")
      : ok(`${here}, the test network at ${coming}`);
  },
};
