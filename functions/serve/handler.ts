import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { requestFromHttpApiEvent } from "./http/http-api-event.ts";
import { requestFromRestApiEvent } from "./http/rest-api-event.ts";
import type { Serve } from "./serve.ts";

export type ServeHandler = (event: APIGatewayProxyEventV2 | APIGatewayProxyEvent) => Promise<APIGatewayProxyStructuredResultV2>;

/** The API as a handler of API Gateway events: of an HTTP API (payload 2.0), or of a REST API where a web ACL is wanted. */
export function createHandler(serve: Serve): ServeHandler {
  return async (event) => {
    const request = "httpMethod" in event ? requestFromRestApiEvent(event) : requestFromHttpApiEvent(event);
    const { status, headers, body } = await serve.handle(request);
    // postgres.js writes on the next turn: the `commit` must leave before Lambda freezes the process.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return { statusCode: status, headers, body };
  };
}
