import { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Config } from "./config.ts";
import { allowReading, databaseEnvironment, type DatabaseAccess } from "./database/access.ts";
import { BundledFunction } from "./functions/bundled-function.ts";
import { networkEnvironment } from "./ledger-source.ts";

/** Below the 30 s of an HTTP API and the 29 s of a REST API, above the 25 s of one statement. */
const TIMEOUT = Duration.seconds(28);

/** The function that answers GraphQL. It reads one secret, and its database user may only read. */
export class Serve extends Construct {
  readonly function: BundledFunction<"serve">;

  constructor(scope: Construct, id: string, config: Config, access: DatabaseAccess) {
    super(scope, id);
    const { environment, memory, reservedConcurrency } = config.serve;
    this.function = new BundledFunction(this, "Function", {
      source: "serve",
      description: "Answers GraphQL from the database",
      memory,
      timeout: TIMEOUT,
      environment: {
        ...databaseEnvironment(access.serveSecret, access),
        ...networkEnvironment(config.ledgers),
        ...environment,
        LOG_LEVEL: config.logLevel,
      },
      network: access.network,
      logRetentionDays: config.logRetentionDays,
      reservedConcurrency,
      failures: "Called synchronously by API Gateway: the client sees the answer, the alarms count the failures.",
    });
    allowReading(this.function, access.serveSecret);
  }
}
