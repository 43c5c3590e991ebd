import { AwsV4Signer } from "aws4fetch";
import type { AwsEnvironment } from "../aws-environment.ts";
import { WalletError } from "../errors.ts";
import { retry, TransientError } from "../retry.ts";

/** Bound of all attempts together. */
const TIMEOUT_MS = 5_000;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 50;

interface SecretResponse {
  SecretString?: string;
  /** Of an error. */
  __type?: string;
  message?: string;
  Message?: string;
}

function unreadable(arn: string, reason: string, cause?: unknown): WalletError {
  return new WalletError(
    "SECRET_UNREADABLE",
    `The secret ${arn} cannot be read: ${reason}. Check that it exists and has a value, that the function's role may call secretsmanager:GetSecretValue on it (and kms:Decrypt on its key), and that Secrets Manager can be reached from its network.`,
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
  // The region's own address speaks IPv4 and IPv6.
  const endpoint = aws.secretsManagerUrl ?? `https://secretsmanager.${region}.amazonaws.com/`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const ask = async (): Promise<{ status: number; body: SecretResponse }> => {
    const signer = new AwsV4Signer({
      url: endpoint,
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue" },
      body: JSON.stringify({ SecretId: arn }),
      accessKeyId,
      secretAccessKey,
      sessionToken,
      region,
      service: "secretsmanager",
    });
    const { url, ...request } = await signer.sign();
    const response = await fetch(url, { ...request, signal });
    const { status } = response;
    if (status >= 500 || status === 429) throw new TransientError(`HTTP status ${status}`);
    return { status, body: await response.json() };
  };
  const { status, body } = await retry(ask, { signal, attempts: ATTEMPTS, pauseMs: FIRST_PAUSE_MS }).catch((error: Error) => {
    throw unreadable(arn, error.cause instanceof Error ? error.cause.message : error.message, error);
  });
  if (status !== 200) throw unreadable(arn, `${body.__type?.split("#").at(-1) ?? status} ${body.message ?? body.Message ?? ""}`.trim());
  if (!body.SecretString) throw unreadable(arn, "it is empty");
  return body.SecretString;
}
