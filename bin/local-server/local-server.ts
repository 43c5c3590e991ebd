import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { graphiql } from "./graphiql.ts";
import { createHandler, type ServeHandler } from "../../functions/serve/handler.ts";
import { type Log, silentLog } from "../../functions/serve/observe/request-log.ts";
import { createServe } from "../../functions/serve/serve.ts";
import { settingsFor, type ServeSettings } from "../../functions/serve/settings.ts";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";

interface LocalServerOptions extends Partial<ServeSettings> {
  databaseUrl: string;
  /** Serve GraphiQL to browsers. */
  graphiql?: boolean;
  /** Account in its example queries; absent: any. */
  exampleAccount?: string | null;
  /** 0 takes a free one. */
  port: number;
  /** Address to listen on; the loopback unless said otherwise. */
  host?: string;
  log?: Log;
}

export interface LocalServer {
  url: string;
  close(): Promise<void>;
}

/** Connections of an API that one process serves to all; a Lambda has one request at a time, and one connection. */
export const LOCAL_CONNECTIONS = 10;

/** Bodies beyond this are cut off while they arrive; the handler refuses them by its own limit. */
const MAX_READ = 12_000_000;

/** Runs the Lambda's own handler behind node:http: each request becomes an API Gateway event. For `npm start` and tests. */
export async function startServer({
  port,
  host = "127.0.0.1",
  log = silentLog,
  graphiql: explore = false,
  exampleAccount = null,
  databaseUrl,
  ...settings
}: LocalServerOptions): Promise<LocalServer> {
  const serve = createServe({ ...settingsFor(databaseUrl, process.env), dbMaxConns: LOCAL_CONNECTIONS, ...settings }, schemaDocument, log, {
    ...(explore && { explorer: graphiql(exampleAccount) }),
  });
  const handler = createHandler(serve);
  const server = createServer((request, response) => {
    respond(handler, request, response).catch(() => response.destroy());
  });
  server.requestTimeout = 35_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await serve.close();
    },
  };
}

async function respond(handler: ServeHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_READ) chunks.push(chunk);
  }
  const { statusCode = 200, headers = {}, body = "" } = await handler(eventOf(request, Buffer.concat(chunks)));
  response.writeHead(statusCode, { ...headers, "content-length": Buffer.byteLength(body) } as Record<string, string | number>);
  response.end(request.method === "HEAD" ? undefined : body);
}

/** What API Gateway would send. */
export function eventOf(request: Pick<IncomingMessage, "method" | "url" | "headers">, body: Buffer): APIGatewayProxyEventV2 {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value;
  const method = request.method ?? "GET";
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: mark < 0 ? "" : target.slice(mark + 1),
    headers,
    requestContext: {
      accountId: "local",
      apiId: "local",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: headers["user-agent"] ?? "" },
      requestId: headers["x-request-id"] ?? randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: "",
      timeEpoch: 0,
    },
    body: body.length === 0 ? undefined : body.toString("base64"),
    isBase64Encoded: body.length > 0,
  };
}
