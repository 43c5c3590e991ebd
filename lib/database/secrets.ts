import { RemovalPolicy, Validations } from "aws-cdk-lib";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

/** The database's name in both modes of our own. */
export const DBNAME = "wallet";

interface DatabaseSecretsProps {
  /** Both absent where RDS adds them to the owner's secret itself. */
  host?: string;
  port?: number;
}

/** The user that owns the schema, made with the database itself. */
export function ownerSecret(scope: Construct, where: DatabaseSecretsProps): secretsmanager.Secret {
  return userSecret(scope, "OwnerSecret", "wallet_owner", "owns the schema; migrations log in as this user", where);
}

/** The users of the two functions; the migration makes them. */
export class FunctionSecrets extends Construct {
  readonly ingest: secretsmanager.Secret;
  readonly serve: secretsmanager.Secret;

  constructor(scope: Construct, id: string, where: DatabaseSecretsProps) {
    super(scope, id);
    this.ingest = userSecret(this, "Ingest", "ingest_function", "writes rows; ingest logs in as this user", where);
    this.serve = userSecret(this, "Serve", "serve_function", "may only read; serve logs in as this user", where);
  }
}

/** Changing the template would make CloudFormation change the password as well, so it holds only what stays. */
function userSecret(scope: Construct, id: string, username: string, purpose: string, where: DatabaseSecretsProps): secretsmanager.Secret {
  const secret = new secretsmanager.Secret(scope, id, {
    description: `Database user that ${purpose}`,
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username, dbname: DBNAME, ...where }),
      generateStringKey: "password",
      passwordLength: 40,
      excludePunctuation: true,
    },
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(secret).acknowledge({
    id: "AwsSolutions-SMG4",
    reason:
      "Rotation is an operator's command (docs/deploy.md, Passwords): a new value, then the migrate function, which gives it to the database.",
  });
  return secret;
}
