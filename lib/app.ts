import { App, type AppProps, type Stage, Tags, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { type Config, readConfig } from "./config.ts";
import { externalAccess } from "./database/external.ts";
import { DataStack } from "./data-stack.ts";
import { ServiceStack } from "./service-stack.ts";

/** The whole deployment: reads the configuration and makes the stacks. */
export function createApp(props: AppProps = {}, environment: NodeJS.ProcessEnv = process.env): App {
  const app = new App(props);
  const config = readConfig({ context: app.node.getAllContext() as Record<string, unknown>, environment });
  addStacks(app, config);
  Tags.of(app).add("project", config.name);
  return app;
}

/** Lets cdk-nag judge the stacks; a finding that no reason answers ends the synthesis. */
export function judge(app: App): App {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return app;
}

function addStacks(app: Stage | App, config: Config): void {
  const { database, name, account, region } = config;
  const env = account === undefined || region === undefined ? {} : { env: { account, region } };
  const data =
    database.mode === "external"
      ? null
      : new DataStack(app, `${name}-data`, { ...env, config, description: "Stellar wallet backend: network, database, secrets" });
  new ServiceStack(app, `${name}-service`, {
    ...env,
    config,
    description: "Stellar wallet backend: functions, schedule, API, alarms",
    access: (stack) => (database.mode === "external" ? externalAccess(stack, database) : data!.access),
  });
}
