import { codeOf, UNDEFINED_TABLE } from "../../shared/database/error-codes.ts";
import type { Snapshot } from "../database/snapshot.ts";

/** What a database says of itself. */
interface DatabaseFacts {
  /** The number of the newest migration that was applied; 0 when there is none. */
  version: number;
  /** The passphrase of the network whose ledgers it holds; null before the first ledger, when it may still change. */
  networkPassphrase: string | null;
}

/** Reads both in one statement. */
export async function databaseFacts(snapshot: Snapshot): Promise<DatabaseFacts> {
  try {
    const rows = await snapshot.query<DatabaseFacts>(
      (sql) => sql`select (select coalesce(max(version), 0)::integer from schema_migrations) as version,
        (select passphrase from network where exists (select from cursors where name = 'latest' and ledger is not null)) as "networkPassphrase"`,
    );
    return rows[0]!;
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return { version: 0, networkPassphrase: null };
    throw error;
  }
}
