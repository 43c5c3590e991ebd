import type { Environment } from "./variables.ts";

/** Credentials of AWS. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** What Lambda sets for a function, by the names that all AWS SDKs know. */
export interface AwsEnvironment {
  region: string | undefined;
  /** Another address of Secrets Manager than the region's: a VPC endpoint, or a local stand-in. */
  secretsManagerUrl: string | undefined;
  /** Null when there are none. Read at every call: the values may be exchanged while the process lives. */
  credentials(): AwsCredentials | null;
}

/** The one place that reads AWS's own variables. */
export function awsEnvironment(environment: Environment): AwsEnvironment {
  return {
    region: environment.AWS_REGION || undefined,
    secretsManagerUrl: environment.AWS_ENDPOINT_URL_SECRETS_MANAGER || undefined,
    credentials() {
      const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = environment;
      return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined } : null;
    },
  };
}
