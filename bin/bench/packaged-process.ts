/** Load on the packaged function without HTTP, started by `runLoad` with the bundle's path: loads it as Lambda does and passes it events. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { eventOf } from "../local-server/local-server.ts";
import { onOrder, runQueries } from "./run-queries.ts";

type Handler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

const started = performance.now();
const { handler } = (await import(process.argv[2]!)) as { handler: Handler };
const importMs = performance.now() - started;

const request = { method: "POST", url: "/graphql/query", headers: { "content-type": "application/json" } };
onOrder(async (order) => {
  const ask = async (body: string): Promise<string> => (await handler(eventOf(request, Buffer.from(body)))).body ?? "";
  return { importMs, figures: await runQueries(order, () => Promise.resolve(ask)) };
});
