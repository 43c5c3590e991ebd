import { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Config } from "./config.ts";
import { allowReading, databaseEnvironment, type DatabaseAccess } from "./database/access.ts";
import { BundledFunction } from "./functions/bundled-function.ts";

/** Below the 30 s of an HTTP API and the 29 s of a REST API, above the 25 s of one statement. */
const TIMEOUT = Duration.seconds(28);

/** The function that answers GraphQL. It reads one secret, and its database user may only read. */
export class Serve extends Construct {
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, config: Config, access: DatabaseAccess) {
    super(scope, id);
    const { publicKeys, complexityLimit, statementTimeout, introspection, memory, reservedConcurrency } = config.serve;
    const { network, passphrase } = config.ledgers;
    this.function = new BundledFunction(this, "Function", {
      source: "serve",
      description: "Answers GraphQL from the database",
      memory,
      timeout: TIMEOUT,
      environment: {
        ...databaseEnvironment(access.serveSecret, access),
        NETWORK: network,
        ...(passphrase === null ? {} : { NETWORK_PASSPHRASE: passphrase }),
        ...(publicKeys.length === 0 ? {} : { CLIENT_AUTH_PUBLIC_KEYS: publicKeys.join(",") }),
        GRAPHQL_COMPLEXITY_LIMIT: String(complexityLimit),
        DB_STATEMENT_TIMEOUT_SECONDS: String(statementTimeout),
        GRAPHQL_INTROSPECTION_ENABLED: String(introspection),
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
