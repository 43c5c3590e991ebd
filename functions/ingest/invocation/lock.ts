import type { Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";

/** What an invocation knows of the database once it holds the lock. */
export interface Lock {
  /** Raised by every invocation; no session can commit a ledger under an older one. */
  fence: string;
  /** The newest ledger that the database has, null when it has none. */
  latest: number | null;
  /** Of the keys of accounts in links. */
  accountKeySecret: Uint8Array;
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** The advisory lock's key: FNV-1a 64 of `wallet-backend-ingest-` and the network, as signed bigint text. The reference implementation's ingester uses the same. */
export function lockKey(network: string): string {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(`wallet-backend-ingest-${network}`)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return String(BigInt.asIntN(64, hash));
}

/**
 * Takes the ingest lock on this session and raises the fence. The lock only saves work: what keeps ledgers whole is the
 * guarded cursor, which names fence and backend.
 * @returns null when another session holds the lock
 * @throws WalletError NETWORK_MISMATCH when the database holds another network
 */
export async function takeLock(sql: Database, network: string, networkPassphrase: string): Promise<Lock | null> {
  const [row] = await sql<{ locked: boolean }[]>`select pg_try_advisory_lock(${lockKey(network)}::bigint) as locked`;
  if (!row?.locked) return null;
  await sql`insert into network (passphrase) values (${networkPassphrase}) on conflict do nothing`;
  // Before the first ledger nothing depends on the network: a first start with a wrong setting can be corrected.
  await sql`update network set passphrase = ${networkPassphrase}
    where passphrase <> ${networkPassphrase} and exists (select 1 from cursors where name = 'latest' and ledger is null)`;
  const [stored] = await sql<{ passphrase: string }[]>`select passphrase from network`;
  if (stored?.passphrase !== networkPassphrase) {
    throw new WalletError(
      "NETWORK_MISMATCH",
      `The database holds the network "${stored?.passphrase}", but this process is set to "${networkPassphrase}". Set NETWORK or NETWORK_PASSPHRASE to the former, or use another database.`,
    );
  }
  const [cursor] = await sql<{ fence: string; ledger: number | null }[]>`
    update cursors set fence = fence + 1, backend_pid = pg_backend_pid(), updated_at = now() where name = 'latest' returning fence, ledger`;
  const [key] = await sql<{ secret: Uint8Array }[]>`select secret from account_key_secret`;
  if (!cursor || !key) throw new WalletError("DATABASE_TOO_OLD", "The database has no cursor or no secret. Run the migrations.");
  return { fence: cursor.fence, latest: cursor.ledger, accountKeySecret: key.secret };
}

/** Gives the lock back; closing the session does so as well. */
export async function releaseLock(sql: Database, network: string): Promise<void> {
  await sql`select pg_advisory_unlock(${lockKey(network)}::bigint)`.catch(() => {});
}
