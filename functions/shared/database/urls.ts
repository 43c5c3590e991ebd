import type { DatabaseSettings } from "../environment.ts";
import { WalletError } from "../errors.ts";

/** Connection URLs with their passwords; never log them. */
export interface DatabaseUrls {
  /** For reading; may go through a pooler. */
  databaseUrl: string;
  /** For ingestion and migrations: a direct connection, since the advisory lock belongs to a session. */
  ingestDatabaseUrl: string;
}

type UrlSettings = Pick<DatabaseSettings, keyof DatabaseUrls | "databaseCaFile">;

/** DATABASE_CA_FILE is added as the URL's `sslrootcert`. */
function checked(value: string | undefined, name: string, caFile: string | undefined): string {
  const invalid = (message: string): WalletError => new WalletError("CONFIG_INVALID", message);
  if (!value) throw invalid(`${name} is not set. Set it to a PostgreSQL URL: postgres://user:password@host:5432/database.`);
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value))
    throw invalid(`${name} is no PostgreSQL URL. It must begin with postgres:// or postgresql://.`);
  if (!caFile) return value;
  const url = new URL(value);
  if (!url.searchParams.has("sslrootcert")) url.searchParams.set("sslrootcert", caFile);
  return url.href;
}

/**
 * The databases that DATABASE_URL and INGEST_DATABASE_URL name: where only one is set, it is for both uses.
 * @throws WalletError CONFIG_INVALID with a sentence that says what to set
 */
export function databaseUrls({ databaseUrl, ingestDatabaseUrl, databaseCaFile }: UrlSettings): DatabaseUrls {
  const direct = ingestDatabaseUrl
    ? checked(ingestDatabaseUrl, "INGEST_DATABASE_URL", databaseCaFile)
    : checked(databaseUrl, "DATABASE_URL", databaseCaFile);
  return { databaseUrl: databaseUrl ? checked(databaseUrl, "DATABASE_URL", databaseCaFile) : direct, ingestDatabaseUrl: direct };
}
