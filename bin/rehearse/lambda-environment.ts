import type { Credentials } from "./secrets-server.ts";
import type { DescribedFunction } from "./cloud-assembly.ts";
import { REGION } from "./resolve-value.ts";

/** What the variables of an execution environment are made of. */
export interface EnvironmentParts {
  /** The template's variables, resolved. */
  variables: Readonly<Record<string, string>>;
  taskRoot: string;
  /** Host and port. */
  runtimeApi: string;
  credentials: Credentials;
  secretsUrl: string;
}

/** The variables that Lambda sets for a Node 24 function on demand, and nothing of this process's own. */
export function lambdaEnvironment(described: DescribedFunction, parts: EnvironmentParts): Record<string, string> {
  const { variables, taskRoot, runtimeApi, credentials, secretsUrl } = parts;
  const name = `${described.stack}-${described.name}`;
  return {
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    LD_LIBRARY_PATH: "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    _HANDLER: described.handler,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_EXECUTION_ENV: `AWS_Lambda_${described.runtime}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(described.memory),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[$LATEST]00000000000000000000000000000000",
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    ...variables,
    // The one thing that a deployment does not have: where Secrets Manager stands in.
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
  };
}
