import assert from "node:assert/strict";
import { test } from "node:test";
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import { createHandler } from "../../functions/serve/handler.ts";
import type { HttpRequest } from "../../functions/serve/http/request.ts";

/** Calls the handler and returns what the API behind it was asked. */
async function asked(event: APIGatewayProxyEventV2 | APIGatewayProxyEvent): Promise<HttpRequest> {
  let seen: HttpRequest | undefined;
  const handler = createHandler({
    handle(request) {
      seen = request;
      return Promise.resolve({ status: 200, headers: { "x-test": "1" }, body: "{}" });
    },
    close: () => Promise.resolve(),
  });
  assert.deepEqual(await handler(event), { statusCode: 200, headers: { "x-test": "1" }, body: "{}" });
  return seen!;
}

/** An event of a REST API as far as the handler looks at it. */
function restEvent(more: Partial<APIGatewayProxyEvent>): APIGatewayProxyEvent {
  return {
    httpMethod: "POST",
    path: "/graphql/query",
    headers: { "Content-Type": "application/json", Authorization: "Bearer token" },
    multiValueQueryStringParameters: null,
    body: '{"query":"{ __typename }"}',
    isBase64Encoded: false,
    requestContext: { requestId: "r1" },
    ...more,
  } as APIGatewayProxyEvent;
}

test("a REST API's event is the same request as an HTTP API's", async () => {
  const rest = await asked(restEvent({}));
  const http = await asked({
    version: "2.0",
    rawPath: "/graphql/query",
    rawQueryString: "",
    headers: { "content-type": "application/json", authorization: "Bearer token" },
    requestContext: { http: { method: "POST" }, requestId: "r1" },
    body: '{"query":"{ __typename }"}',
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2);
  assert.deepEqual(rest, http);
});

test("the body is its bytes, also when the gateway has encoded them", async () => {
  const { body } = await asked(restEvent({ body: Buffer.from("é").toString("base64"), isBase64Encoded: true }));
  assert.deepEqual(body, Buffer.from("é"));
  assert.equal((await asked(restEvent({ body: null }))).body.length, 0);
});

test("repeated and reserved parameters are encoded as a client encodes them", async () => {
  const { query, target } = await asked(
    restEvent({ httpMethod: "GET", multiValueQueryStringParameters: { query: ["{ a }", "b&c"], "x y": ["é"] } }),
  );
  assert.equal(query, "query=%7B%20a%20%7D&query=b%26c&x%20y=%C3%A9");
  assert.equal(target, `/graphql/query?${query}`);
});
