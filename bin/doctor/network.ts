import { resolve } from "node:path";
import { readSourceEnvironment } from "../../functions/ingest/environment.ts";
import { findSource } from "../../functions/ingest/source/from-environment.ts";
import { directoryNetwork, namesNetwork } from "../runtime/directory-network.ts";
import { fail, ok, type Check } from "./check.ts";

/** The network that `wallet ingest` would take from the same settings; null: they name none, and no source. */
async function networkOf(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const settings = readSourceEnvironment(environment);
  if (settings.ledgers) return directoryNetwork(resolve(settings.ledgers), environment);
  return namesNetwork(environment) || findSource(settings) ? settings.networkPassphrase : null;
}

export const network: Check = {
  name: "network",
  async run({ sql, environment }) {
    const wanted = await networkOf(environment);
    const [stored] = await sql<{ passphrase: string }[]>`select passphrase from network`;
    if (!stored) return ok(`${wanted ?? "none is set"}; the database is not bound to one yet`);
    if (wanted === null) return ok(`none is set; the database holds "${stored.passphrase}"`);
    if (stored.passphrase === wanted) return ok(`"${wanted}", as the database`);
    const [row] = await sql<{ ledger: number | null }[]>`select ledger from cursors where name = 'latest'`;
    if (row?.ledger == null) return ok(`"${wanted}"; the database has no ledger yet`);
    return fail(
      `the settings say "${wanted}", the database holds "${stored.passphrase}"`,
      "Set NETWORK or NETWORK_PASSPHRASE to the network of the database, or use another database.",
    );
  },
};
