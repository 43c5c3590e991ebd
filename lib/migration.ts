import { Duration } from "aws-cdk-lib";
import * as triggers from "aws-cdk-lib/triggers";
import { Construct } from "constructs";
import type { Config } from "./config.ts";
import { allowReading, databaseEnvironment, type DatabaseAccess } from "./database/access.ts";
import { BundledFunction } from "./functions/bundled-function.ts";

/**
 * Runs the migrations in the course of a deployment, before anything that is named in `runBefore` is made or changed. A failed
 * migration fails the deployment, and its message is CloudFormation's. On a rollback CloudFormation calls the older bundle,
 * which finds the database newer than itself and succeeds with a warning.
 */
export class Migration extends Construct {
  readonly function: BundledFunction<"migrate">;
  readonly #trigger: triggers.Trigger;

  constructor(scope: Construct, id: string, config: Config, access: DatabaseAccess) {
    super(scope, id);
    this.function = new BundledFunction(this, "Function", {
      source: "migrate",
      description: "Brings the database's schema up to date, once a deployment",
      memory: 512,
      timeout: Duration.minutes(15),
      environment: {
        ...databaseEnvironment(access.ownerSecret, access),
        INGEST_SECRET_ARN: access.makesUsers ? access.ingestSecret.secretArn : undefined,
        SERVE_SECRET_ARN: access.makesUsers ? access.serveSecret.secretArn : undefined,
        LOG_LEVEL: config.logLevel,
      },
      network: access.network,
      logRetentionDays: config.logRetentionDays,
      failures: "Called synchronously by the deployment, which fails with its message.",
      withMigrations: true,
    });
    allowReading(this.function, access.ownerSecret, ...(access.makesUsers ? [access.ingestSecret, access.serveSecret] : []));
    this.#trigger = new triggers.Trigger(this, "Trigger", { handler: this.function, timeout: Duration.minutes(14) });
  }

  runBefore(...constructs: Construct[]): void {
    this.#trigger.executeBefore(...constructs);
  }
}
