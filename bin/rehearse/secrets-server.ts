import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A stand-in for AWS Secrets Manager on this machine. */
export interface SecretsServer {
  /** For AWS_ENDPOINT_URL_SECRETS_MANAGER. */
  url: string;
  /** Answers from now on with this text; null: as if it were deleted. */
  set(arn: string, text: string | null): void;
  /** ARNs asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** Credentials that requests must be signed with. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Is the request signed as Signature Version 4 says, for this service, with these credentials? */
function isSigned(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
): boolean {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/secretsmanager\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  const time = headers["x-amz-date"];
  if (!parts || typeof time !== "string" || headers["x-amz-security-token"] !== sessionToken) return false;
  const [, keyId, day, region, signedHeaders, signature] = parts as unknown as [string, string, string, string, string, string];
  if (keyId !== accessKeyId || !signedHeaders.split(";").includes("host")) return false;
  const lines = signedHeaders.split(";").map((name) => `${name}:${String(headers[name] ?? "").trim()}\n`);
  const canonical = [method, url, "", lines.join(""), signedHeaders, sha256(body)].join("\n");
  const scope = `${day}/${region}/secretsmanager/aws4_request`;
  const key = ["secretsmanager", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${secretAccessKey}`, day), region));
  const expected = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`);
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Starts it on a free port of the loopback. It knows GetSecretValue, and checks who asks. */
export async function startSecretsServer(credentials: Credentials, secrets: Record<string, string> = {}): Promise<SecretsServer> {
  const values = new Map(Object.entries(secrets));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    };
    void bodyOf(request).then((body) => {
      if (!isSigned(request, body, credentials))
        return answer(400, { __type: "InvalidSignatureException", message: "not signed as it should be" });
      if (request.headers["x-amz-target"] !== "secretsmanager.GetSecretValue") return answer(400, { __type: "UnknownOperationException" });
      const { SecretId: id } = JSON.parse(body.toString()) as { SecretId: string };
      asked.push(id);
      const text = values.get(id);
      if (text === undefined)
        return answer(400, { __type: "ResourceNotFoundException", Message: "Secrets Manager can't find the specified secret." });
      return answer(200, { ARN: id, Name: id.split(":").at(-1), SecretString: text, VersionStages: ["AWSCURRENT"] });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    set: (arn, text) => void (text === null ? values.delete(arn) : values.set(arn, text)),
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
