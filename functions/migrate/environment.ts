import { awsEnvironment } from "../shared/aws-environment.ts";
import { DATABASE_VARIABLES, type DatabaseSettings, LOG_VARIABLES } from "../shared/environment.ts";
import { type Environment, readVariables, type Settings, text } from "../shared/variables.ts";

/** Everything that the migrate function reads from its environment. */
export const MIGRATE_VARIABLES = {
  ...DATABASE_VARIABLES,
  ...LOG_VARIABLES,
  /** A secret with `username` and `password`: ingest's login user, which the migration makes or brings up to date. */
  INGEST_SECRET_ARN: text(),
  /** The same of serve's login user. */
  SERVE_SECRET_ARN: text(),
} as const;

/** The migrate function's environment. */
export type MigrateSettings = Settings<typeof MIGRATE_VARIABLES> & DatabaseSettings;

/** @throws WalletError CONFIG_INVALID */
export function readMigrateEnvironment(environment: Environment): MigrateSettings {
  return { ...readVariables(MIGRATE_VARIABLES, environment), aws: awsEnvironment(environment) };
}
