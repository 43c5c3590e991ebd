import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { HttpApi } from "./api/http-api.ts";
import type { PublicApi } from "./api/public-api.ts";
import type { Config } from "./config.ts";
import type { DatabaseAccess } from "./database/access.ts";
import { Ingest } from "./ingest.ts";
import { Migration } from "./migration.ts";
import { Serve } from "./serve.ts";

export interface ServiceStackProps extends StackProps {
  config: Config;
  /** Makes the access to a database that no stack of ours holds, or hands over the data stack's. */
  access: (stack: Stack) => DatabaseAccess;
}

/** Everything that can be made anew at any time: functions, schedule, API, alarms, dashboard. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, { config, access: accessOf, ...props }: ServiceStackProps) {
    super(scope, id, props);
    const access = accessOf(this);
    const migration = new Migration(this, "Migration", config, access);
    const ingest = new Ingest(this, "Ingest", config, access);
    const serve = new Serve(this, "Serve", config, access);
    migration.runBefore(ingest.function, ingest.schedule, serve.function);
    const api: PublicApi = new HttpApi(this, "Api", {
      handler: serve.function,
      config: config.api,
      logRetentionDays: config.logRetentionDays,
    });
    new CfnOutput(this, "GraphqlUrl", { value: `${api.url}/graphql/query`, description: "Where clients ask" });
    new CfnOutput(this, "HealthUrl", { value: `${api.url}/health`, description: "200 while the newest ledger is fresh" });
    new CfnOutput(this, "IngestFunction", { value: ingest.function.functionName });
    new CfnOutput(this, "ServeFunction", { value: serve.function.functionName });
    new CfnOutput(this, "MigrateFunction", { value: migration.function.functionName });
  }
}
