import { AwsClient } from "aws4fetch";
import type { AwsEnvironment } from "../aws-environment.ts";
import { WalletError } from "../errors.ts";

const TIMEOUT_MS = 5_000;

function unreadable(arn: string, reason: string, cause?: unknown): WalletError {
  return new WalletError(
    "SECRET_UNREADABLE",
    `The secret ${arn} cannot be read: ${reason}. Check that it exists and has a value, that the function's role may call secretsmanager:GetSecretValue on it (and kms:Decrypt on its key), and that Secrets Manager can be reached from the function's network.`,
    { secret: arn },
    { cause },
  );
}

/**
 * The current value of a secret in AWS Secrets Manager, by one signed request. The SDK's client would be half of a function's
 * bundle and tens of milliseconds of every cold start.
 * @param arn with its region
 * @throws WalletError SECRET_UNREADABLE, CONFIG_INVALID
 */
export async function readSecret(arn: string, aws: AwsEnvironment): Promise<string> {
  const region = /^arn:[^:]+:secretsmanager:([^:]+):/.exec(arn)?.[1] ?? aws.region;
  const credentials = aws.credentials();
  if (!region)
    throw new WalletError("CONFIG_INVALID", "Neither the secret's ARN nor AWS_REGION names a region. Use the secret's whole ARN.");
  if (credentials === null)
    throw new WalletError("CONFIG_INVALID", "A secret is set, but no AWS credentials are. Outside of Lambda set DATABASE_URL instead.");
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    region,
    service: "secretsmanager",
    retries: 3,
  });
  // The region's own address speaks IPv4 and IPv6.
  const url = aws.secretsManagerUrl ?? `https://secretsmanager.${region}.amazonaws.com/`;
  let status: number;
  let answer: { SecretString?: string; __type?: string; message?: string; Message?: string };
  try {
    const response = await client.fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue" },
      body: JSON.stringify({ SecretId: arn }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    ({ status } = response);
    answer = await response.json();
  } catch (error) {
    const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    throw unreadable(arn, reason, error);
  }
  if (status !== 200)
    throw unreadable(arn, `${answer.__type?.split("#").at(-1) ?? status} ${answer.message ?? answer.Message ?? ""}`.trim());
  if (!answer.SecretString) throw unreadable(arn, "it holds no text");
  return answer.SecretString;
}
