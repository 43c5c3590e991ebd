import { SERVE_SCHEMA } from "../../shared/database/schema-version.ts";
import { NETWORK_PASSPHRASES } from "../../shared/network.ts";
import type { Snapshot } from "../database/snapshot.ts";
import { databaseFacts } from "../queries/database-facts.ts";
import type { Refusal } from "../resolvers/context.ts";

/** What the database means for a request. */
interface Verdict {
  /** Null: the result may be shown. */
  refusal: Refusal | null;
  /** Of the network whose rows the snapshot sees. */
  networkPassphrase: string;
}

/** The verdict on the database that a snapshot reads; asks it at most once. */
export type DatabaseGate = (snapshot: Snapshot) => Promise<Verdict>;

/**
 * Tells when the database's schema is older than what the queries read, or its network another than the settings name. Asked until
 * both are known to be right, then never again: migrations only go forward, and a database with ledgers keeps its network. A newer
 * schema is fine (expand, deploy, contract). When the database cannot be asked, the operation's own errors say why.
 * @param setting the passphrase of the settings; null: the database decides
 */
export function createDatabaseGate(setting: string | null): DatabaseGate {
  // Before the first ledger there is nothing that depends on the network.
  const unknown: Verdict = { refusal: null, networkPassphrase: setting ?? NETWORK_PASSPHRASES.testnet };
  let known: Promise<Verdict> | null = null;
  const asked = new WeakMap<Snapshot, Promise<Verdict>>();

  async function ask(snapshot: Snapshot): Promise<Verdict> {
    const facts = await databaseFacts(snapshot).catch(() => null);
    if (facts === null) return unknown;
    const { version, networkPassphrase } = facts;
    const needed = SERVE_SCHEMA.min;
    if (version < needed) return { ...unknown, refusal: { code: "DATABASE_TOO_OLD", version, needed } };
    if (networkPassphrase === null) return unknown;
    if (setting !== null && setting !== networkPassphrase)
      return { ...unknown, refusal: { code: "NETWORK_MISMATCH", database: networkPassphrase, setting } };
    const verdict: Verdict = { refusal: null, networkPassphrase };
    known = Promise.resolve(verdict);
    return verdict;
  }

  return (snapshot) => {
    if (known !== null) return known;
    const before = asked.get(snapshot);
    if (before !== undefined) return before;
    // Before it is asked: its own statement begins the snapshot, which asks again.
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    asked.set(snapshot, promise);
    resolve(ask(snapshot));
    return promise;
  };
}
