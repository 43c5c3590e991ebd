import type { DatabaseSettings } from "../environment.ts";
import { WalletError } from "../errors.ts";
import { verdictOn } from "./error-codes.ts";
import { readSecret } from "./secrets.ts";
import { type DatabaseUrls, databaseUrls } from "./urls.ts";

/** How a function gets into its database. */
export interface DatabaseAccess {
  /** A connection URL with its password; never log it. A secret is read once a process. */
  url(): Promise<string>;
  /**
   * Reads the secret again, after the server has refused `stale`.
   * @returns the URL to try now; `stale` itself when there is no other
   */
  renew(stale: string): Promise<string>;
}

/** A refused secret is not read again sooner, whatever happens. */
const RENEW_PAUSE_MS = 10_000;

/**
 * The database that the settings name: DATABASE_URL (or INGEST_DATABASE_URL), or DATABASE_SECRET_ARN for a secret in AWS
 * Secrets Manager. The secret is JSON: `{url}`, or `{username, password, host, port, dbname}` with optional `sslmode` (default
 * `verify-full`) and `ca` (PEM). Host, port and name may come from DATABASE_HOST, DATABASE_PORT and DATABASE_NAME instead;
 * DATABASE_CA_FILE names the provider's certificate authorities.
 * @param use `databaseUrl`: reading, perhaps through a pooler; `ingestDatabaseUrl`: a direct connection
 * @throws WalletError CONFIG_INVALID; `url` and `renew` throw SECRET_UNREADABLE as well
 */
export function databaseAccess(settings: DatabaseSettings, use: keyof DatabaseUrls): DatabaseAccess {
  const arn = settings.databaseSecretArn;
  if (!arn) {
    const url = databaseUrls(settings)[use];
    return { url: () => Promise.resolve(url), renew: () => Promise.resolve(url) };
  }
  if (settings.databaseUrl || settings.ingestDatabaseUrl)
    throw new WalletError("CONFIG_INVALID", "Both a database URL and DATABASE_SECRET_ARN are set. Set only one of them.");
  return secretAccess(arn, settings);
}

function secretAccess(arn: string, settings: DatabaseSettings): DatabaseAccess {
  let current: Promise<string> | undefined;
  let readAt = 0;
  const read = (): Promise<string> => {
    readAt = Date.now();
    const reading = readSecret(arn, settings.aws).then((text) => urlFromSecret(text, arn, settings));
    current = reading;
    // After a failed read the next caller reads again.
    reading.catch(() => {
      if (current === reading) current = undefined;
    });
    return reading;
  };
  return {
    url: () => current ?? read(),
    async renew(stale) {
      const known = await (current ?? read());
      return known !== stale || Date.now() - readAt < RENEW_PAUSE_MS ? known : read();
    },
  };
}

/** What a secret may leave to the settings. */
type SecretDefaults = Pick<DatabaseSettings, "databaseHost" | "databasePort" | "databaseName" | "databaseCaFile">;

/** The connection URL that a secret's text means. @throws WalletError CONFIG_INVALID, without the secret's text */
export function urlFromSecret(text: string, arn: string, settings: SecretDefaults): string {
  const invalid = (what: string): WalletError =>
    new WalletError(
      "CONFIG_INVALID",
      `The secret ${arn} ${what}. It must be JSON with url, or with username, password, host, port and dbname.`,
      {
        secret: arn,
      },
    );
  let secret: Record<string, unknown>;
  try {
    secret = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The parser's message would show the secret.
    throw invalid("is no JSON");
  }
  const field = (name: string, fallback?: string): string | undefined => {
    const value = secret[name] ?? fallback;
    if (typeof value === "number") return String(value);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const url = field("url") === undefined ? urlFromParts() : new URL(requireUrl(field("url")!));
  const ca = field("ca", settings.databaseCaFile);
  const { searchParams } = url;
  if (!searchParams.has("sslmode")) searchParams.set("sslmode", field("sslmode", "verify-full")!);
  if (ca !== undefined && !searchParams.has("sslrootcert")) searchParams.set("sslrootcert", ca);
  return url.href;

  function requireUrl(value: string): string {
    if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value)) throw invalid("holds a url that is no PostgreSQL URL");
    return value;
  }

  function urlFromParts(): URL {
    const parts = {
      username: field("username"),
      password: field("password"),
      host: field("host", settings.databaseHost),
      dbname: field("dbname", settings.databaseName),
    };
    for (const [name, value] of Object.entries(parts)) if (value === undefined) throw invalid(`has no ${name}`);
    const { username, password, host, dbname } = parts as Record<keyof typeof parts, string>;
    const port = field("port", settings.databasePort);
    const address = host.includes(":") ? `[${host}]` : host;
    return new URL(
      `postgres://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${address}:${port}/${encodeURIComponent(dbname)}`,
    );
  }
}

/** Whether the server refused user or password, also when the refusal is the cause of another error. */
export function isLoginRefused(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (verdictOn(at).refused) return true;
  return false;
}

/**
 * Runs something with the database's URL; when the server refuses the login, once more with the secret as it is now (its
 * password was rotated). A login is refused before anything is done, so nothing is done twice.
 */
export async function withDatabaseUrl<T>(access: DatabaseAccess, run: (url: string) => Promise<T>): Promise<T> {
  const url = await access.url();
  try {
    return await run(url);
  } catch (error) {
    if (!isLoginRefused(error)) throw error;
    const renewed = await access.renew(url);
    if (renewed === url) throw error;
    return run(renewed);
  }
}
