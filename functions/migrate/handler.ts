import { Logger } from "@aws-lambda-powertools/logger";
import { databaseAccess, withDatabaseUrl } from "../shared/database/access.ts";
import { readSecret } from "../shared/database/secrets.ts";
import { connectDatabase, unreachable } from "../shared/database/session.ts";
import { LOG_VARIABLES } from "../shared/environment.ts";
import { WalletError } from "../shared/errors.ts";
import { type Environment, readVariables } from "../shared/variables.ts";
import { type MigrateSettings, readMigrateEnvironment } from "./environment.ts";
import { ensureLoginUsers, type GroupRole, type LoginUser } from "./login-users.ts";
import { migrate, type MigrationResult } from "./migrate.ts";

/** What the function returns; nothing of it is secret. */
interface MigrateResult extends MigrationResult {
  /** Login users that were made or brought up to date. */
  users: string[];
}

/** Where to log, in Powertools' form. */
export type MigrateLog = Pick<Logger, "info" | "warn" | "error">;

/** A login user that the migration makes. */
interface UserSecret {
  group: GroupRole;
  /** Which names the secret. */
  variable: string;
  arn: string;
}

/** The login users whose secrets the settings name. */
function userSecrets({ ingestSecretArn, serveSecretArn }: MigrateSettings): UserSecret[] {
  const found: UserSecret[] = [];
  if (ingestSecretArn) found.push({ group: "wallet_ingest", variable: "INGEST_SECRET_ARN", arn: ingestSecretArn });
  if (serveSecretArn) found.push({ group: "wallet_serve", variable: "SERVE_SECRET_ARN", arn: serveSecretArn });
  return found;
}

async function readUser({ group, variable, arn }: UserSecret, { aws }: MigrateSettings): Promise<LoginUser> {
  const text = await readSecret(arn, aws);
  const incomplete = new WalletError("CONFIG_INVALID", `The secret ${arn} (${variable}) must be JSON with username and password.`, {
    secret: arn,
  });
  let secret: { username?: unknown; password?: unknown };
  try {
    secret = JSON.parse(text) as typeof secret;
  } catch {
    throw incomplete;
  }
  const { username, password } = secret;
  if (typeof username !== "string" || typeof password !== "string" || username === "" || password === "") throw incomplete;
  return { group, username, password };
}

async function migrateAt(url: string, users: readonly LoginUser[], log: MigrateLog): Promise<MigrateResult> {
  const sql = connectDatabase(url, {
    applicationName: "migrate",
    statementTimeout: 0,
    lockTimeout: 10_000,
    idleInTransactionTimeout: 60_000,
    idleSessionTimeout: 0,
    onWarning: (message) => log.warn(message),
  });
  try {
    const result = await migrate(sql);
    if (users.length > 0 && !result.hasRoles)
      throw new WalletError(
        "DATABASE_USERS_FAILED",
        "The roles wallet_ingest and wallet_serve are missing, and the migrating user may not create them. Give it CREATEROLE, or let an administrator run: create role wallet_ingest; create role wallet_serve; grant wallet_ingest, wallet_serve to the migrating user with admin option. Then deploy again.",
      );
    await ensureLoginUsers(sql, users);
    return { ...result, users: users.map(({ username }) => username) };
  } catch (error) {
    throw unreachable(error, url);
  } finally {
    await sql.end({ timeout: 5 }).catch(() => {});
  }
}

/**
 * The function that a deployment calls before it switches the others: migrates as the database's owner, then makes the login
 * users of ingest and serve with the names and passwords of INGEST_SECRET_ARN and SERVE_SECRET_ARN (each optional; JSON with
 * `username` and `password`). A database that is newer, after a rollback, is a success with a warning.
 * @throws an Error whose message has code and cure: CloudFormation shows it as the reason of the failed deployment
 */
export function createMigrateHandler(
  environment: Environment,
  log: MigrateLog = new Logger({ serviceName: "migrate", logLevel: readVariables(LOG_VARIABLES, environment).logLevel }),
): () => Promise<MigrateResult> {
  return async () => {
    try {
      const settings = readMigrateEnvironment(environment);
      const access = databaseAccess(settings, "ingestDatabaseUrl");
      const users = await Promise.all(userSecrets(settings).map((secret) => readUser(secret, settings)));
      const result = await withDatabaseUrl(access, (url) => migrateAt(url, users, log));
      if (result.databaseIsNewer)
        log.warn("The database is newer than this bundle: its schema was left as it is. Deploy the newer version when ready.", {
          code: "DATABASE_NEWER",
          version: result.version,
        });
      log.info("database migrated", { ...result });
      return result;
    } catch (error) {
      const message = error instanceof WalletError ? `${error.code}: ${error.message}` : String(error);
      log.error(message);
      // Only the message: Lambda logs causes, and the driver hangs the statement on its errors.
      // oxlint-disable-next-line preserve-caught-error
      throw new Error(message);
    }
  };
}
