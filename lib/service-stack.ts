import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { HttpApi } from "./api/http-api.ts";
import type { PublicApi } from "./api/public-api.ts";
import { RestApi } from "./api/rest-api.ts";
import type { Config } from "./config.ts";
import type { DatabaseAccess } from "./database/access.ts";
import { Ingest } from "./ingest.ts";
import { Migration } from "./migration.ts";
import { Alarms } from "./observability/alarms.ts";
import { dashboard } from "./observability/dashboard.ts";
import { alarmTopic, costBudget } from "./observability/notices.ts";
import { Serve } from "./serve.ts";

interface ServiceStackProps extends StackProps {
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
    const api = publicApi(this, "Api", serve, config);
    const { vitals } = access;
    const topic = alarmTopic(this, config.alarms);
    const alarms = new Alarms(this, "Alarms", { ingest, serve, api, vitals, topic, runbookUrl: config.alarms.runbookUrl });
    dashboard(this, "Dashboard", { ingest, serve, api, vitals, alarms: alarms.all });
    costBudget(this, config.alarms);
    new CfnOutput(this, "GraphqlUrl", { value: `${api.url}/graphql/query`, description: "Where clients ask" });
    new CfnOutput(this, "HealthUrl", { value: `${api.url}/health`, description: "200 while the newest ledger is fresh" });
    new CfnOutput(this, "IngestFunction", { value: ingest.function.functionName });
    new CfnOutput(this, "ServeFunction", { value: serve.function.functionName });
    new CfnOutput(this, "MigrateFunction", { value: migration.function.functionName });
  }
}

function publicApi(scope: Construct, id: string, { function: handler }: Serve, { api: config, logRetentionDays }: Config): PublicApi {
  return config.waf && config.domain !== null
    ? new RestApi(scope, id, { handler, config, domain: config.domain, logRetentionDays })
    : new HttpApi(scope, id, { handler, config, logRetentionDays });
}
