import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
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

/** All headers must have come by then, milliseconds; a client that sends them one by one holds a socket, and no more. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 35_000;
/** How long a client may go on sending a body that was refused: closed at once, it would not see the response. Milliseconds. */
const LINGER_MS = 1_000;

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
  const complete = { ...settingsFor(databaseUrl, process.env), dbMaxConns: LOCAL_CONNECTIONS, ...settings };
  const serve = createServe(complete, schemaDocument, log, { ...(explore && { explorer: graphiql(exampleAccount) }) });
  const handler = createHandler(serve);
  const accept = (request: IncomingMessage, response: ServerResponse): void => {
    respond(handler, request, response, complete.clientAuthMaxBodySizeBytes).catch(() => response.destroy());
  };
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: 1_000 }, accept);
  // A client that asks first is told before it sends a body.
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (!(toldLength(request) > complete.clientAuthMaxBodySizeBytes)) response.writeContinue();
    accept(request, response);
  });
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

async function respond(handler: ServeHandler, request: IncomingMessage, response: ServerResponse, maxBody: number): Promise<void> {
  const received = await readBody(request, maxBody);
  const { statusCode = 200, headers = {}, body = "" } = await handler(eventOf(request, received));
  const length = { "content-length": Buffer.byteLength(body) };
  const tooLarge = received.length > maxBody;
  response.writeHead(statusCode, { ...headers, ...length, ...(tooLarge && { connection: "close" }) } as Record<string, string | number>);
  const text = request.method === "HEAD" ? undefined : body;
  if (!tooLarge) {
    response.end(text);
    return;
  }
  request.resume();
  if (text !== undefined) response.write(text);
  await Promise.race([once(request, "close"), sleep(LINGER_MS)]).catch(() => {});
  response.end(() => request.socket.destroy());
}

function toldLength({ headers }: IncomingMessage): number {
  return Number(headers["content-length"]);
}

/**
 * A request's body, but no more than a byte beyond the limit: the handler refuses it by its own limit, without the rest.
 * Told by its length it is refused before any of it is read.
 */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (toldLength(request) > limit) return Promise.resolve(Buffer.alloc(limit + 1));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (end: () => void): void => {
      request.off("data", take).off("end", done).off("error", failed).off("close", closed);
      // What comes later of a refused request is nobody's.
      request.on("error", () => {});
      end();
    };
    const done = (): void => settle(() => resolve(Buffer.concat(chunks, size)));
    const failed = (error: Error): void => settle(() => reject(error));
    const closed = (): void => failed(new Error("the client is gone"));
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) settle(() => resolve(Buffer.concat(chunks, size).subarray(0, limit + 1)));
    };
    request.on("data", take).on("end", done).on("error", failed).on("close", closed);
  });
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
