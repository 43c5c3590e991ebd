import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { requestFromEvent } from "./http/request.ts";
import type { Serve } from "./serve.ts";

export type ServeHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** The API as a handler of API Gateway events (HTTP API, payload 2.0). */
export function createHandler(serve: Serve): ServeHandler {
  return async (event) => {
    const { status, headers, body } = await serve.handle(requestFromEvent(event));
    // postgres.js writes on the next turn: the `commit` must leave before Lambda freezes the process.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return { statusCode: status, headers, body };
  };
}
