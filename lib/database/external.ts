import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { ExternalDatabase } from "../config/database.ts";
import type { DatabaseAccess } from "./access.ts";

/** A database that stands elsewhere: its secrets are the operator's, and so are its users. */
export function externalAccess(scope: Construct, config: ExternalDatabase): DatabaseAccess {
  const secrets = new Map<string, secretsmanager.ISecret>();
  const secretOf = (id: string, arn: string): secretsmanager.ISecret => {
    const known = secrets.get(arn) ?? secretsmanager.Secret.fromSecretCompleteArn(scope, id, arn);
    secrets.set(arn, known);
    return known;
  };
  return {
    ownerSecret: secretOf("OwnerSecret", config.ownerSecretArn),
    ingestSecret: secretOf("IngestSecret", config.ingestSecretArn),
    serveSecret: secretOf("ServeSecret", config.serveSecretArn),
    makesUsers: config.makesUsers,
    network: null,
    caFile: null,
    vitals: null,
  };
}
