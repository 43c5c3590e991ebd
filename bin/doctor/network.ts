import { networkFrom } from "../../functions/shared/config.ts";
import { fail, ok, type Check } from "./check.ts";

export const network: Check = {
  name: "network",
  async run({ sql, environment }) {
    const { network: name, networkPassphrase } = networkFrom(environment);
    const [stored] = await sql<{ passphrase: string }[]>`select passphrase from network`;
    if (!stored) return ok(`${name}; the database is not bound to one yet`);
    if (stored.passphrase === networkPassphrase) return ok(`${name}, as the database`);
    const [row] = await sql<{ ledger: number | null }[]>`select ledger from cursors where name = 'latest'`;
    if (row?.ledger == null) return ok(`${name}; the database has no ledger yet`);
    return fail(
      `the settings say "${networkPassphrase}", the database holds "${stored.passphrase}"`,
      "Set NETWORK or NETWORK_PASSPHRASE to the network of the database, or use another database.",
    );
  },
};
