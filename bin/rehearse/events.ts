import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type CloudAssembly, findResource, serviceStack } from "./cloud-assembly.ts";
import { ACCOUNT, REGION } from "./resolve-value.ts";

const API_ID = "a1b2c3d4e5";
const DOMAIN = `${API_ID}.execute-api.${REGION}.amazonaws.com`;

/**
 * What EventBridge Scheduler sends at a minute: the schedule's own input with its context attributes filled in, else its default
 * event.
 */
export function scheduledEvent(assembly: CloudAssembly): unknown {
  const stack = serviceStack(assembly);
  const schedule = findResource(stack, "AWS::Scheduler::Schedule");
  const target = schedule?.resource.Properties?.Target as { Input?: unknown } | undefined;
  const time = `${new Date().toISOString().slice(0, 17)}00Z`;
  const arn = `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/${schedule?.logicalId ?? "schedule"}`;
  if (typeof target?.Input === "string") {
    return JSON.parse(
      target.Input.replaceAll("<aws.scheduler.schedule-arn>", arn)
        .replaceAll("<aws.scheduler.scheduled-time>", time)
        .replaceAll("<aws.scheduler.execution-id>", randomUUID())
        .replaceAll("<aws.scheduler.attempt-number>", "1"),
    );
  }
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: ACCOUNT,
    time,
    region: REGION,
    resources: [arn],
    detail: "{}",
  };
}

/** What the deployment's trigger sends. */
export function deploymentEvent(): unknown {
  return {};
}

interface HttpCall {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What API Gateway's HTTP API sends (payload 2.0): text bodies as they are, names of headers in lower case. */
export function httpEvent({ method, path, headers = {}, body }: HttpCall): APIGatewayProxyEventV2 {
  const now = new Date();
  const userAgent = "wallet-rehearse/1";
  const time = now.toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/, "$1/$2/$3:$4 +0000");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: {
      accept: "*/*",
      "content-length": String(Buffer.byteLength(body ?? "")),
      ...(body !== undefined && { "content-type": "application/json" }),
      host: DOMAIN,
      "user-agent": userAgent,
      "x-amzn-trace-id": `Root=1-${Math.floor(now.getTime() / 1000).toString(16)}-${randomUUID().replaceAll("-", "").slice(0, 24)}`,
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      ...headers,
    },
    requestContext: {
      accountId: ACCOUNT,
      apiId: API_ID,
      domainName: DOMAIN,
      domainPrefix: API_ID,
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "203.0.113.7", userAgent },
      requestId: randomUUID().replaceAll("-", "").slice(0, 15).concat("="),
      routeKey: "$default",
      stage: "$default",
      time,
      timeEpoch: now.getTime(),
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
}
