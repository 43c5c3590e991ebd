import type * as iam from "aws-cdk-lib/aws-iam";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { DATABASE_VARIABLES } from "../../functions/shared/environment.ts";
import type { EnvironmentValues } from "../../functions/shared/variables.ts";
import type { FunctionNetwork } from "../functions/bundled-function.ts";

/** What the service needs to know of a database, whatever its mode. */
export interface DatabaseAccess {
  /** The owner of the schema: migrations only. */
  ownerSecret: secretsmanager.ISecret;
  ingestSecret: secretsmanager.ISecret;
  serveSecret: secretsmanager.ISecret;
  /** Ingest's and serve's users are made by the migration, with the passwords in their secrets. */
  makesUsers: boolean;
  /** Where functions must run to reach it; null: anywhere. */
  network: FunctionNetwork | null;
  /** File of certificate authorities in Lambda's runtime; null: the secrets carry the authority, or the certificate is a public one. */
  caFile: string | null;
  /** The metrics that say how it is; null: the provider's own console does. */
  vitals: DatabaseVitals | null;
}

/** Where a database's vital signs are counted. */
export interface DatabaseVitals {
  connections: VitalSign;
  /** Disk space: what is left of it, or what is taken. */
  disk: VitalSign;
}

/** One metric with the bound beyond which it is an alarm. */
export interface VitalSign {
  namespace: string;
  metricName: string;
  dimensions: Record<string, string>;
  threshold: number;
  /** Which side of the threshold is bad. */
  bad: "above" | "below";
  /** What it is, for the dashboard. */
  label: string;
}

/** The database's part of a function's environment: the secret that it reads. */
export function databaseEnvironment(
  secret: secretsmanager.ISecret,
  { caFile }: DatabaseAccess,
): EnvironmentValues<typeof DATABASE_VARIABLES> {
  return { DATABASE_SECRET_ARN: secret.secretArn, DATABASE_CA_FILE: caFile ?? undefined };
}

/** `GetSecretValue` on exactly these secrets. */
export function allowReading(role: iam.IGrantable, ...secrets: secretsmanager.ISecret[]): void {
  for (const secret of secrets) secret.grantRead(role);
}
