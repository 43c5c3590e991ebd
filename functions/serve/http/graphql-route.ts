import type { PipelineContext } from "../graphql/pipeline-context.ts";
import { maskErrors } from "../graphql/mask-errors.ts";
import type { RequestRecord } from "../observe/request-log.ts";
import type { RunGraphql } from "../graphql/yoga.ts";
import type { HttpResponse } from "./response.ts";
import { graphqlResponse, refusedResponse } from "./graphql-response.ts";
import { isJson } from "./media-type.ts";
import { type ParsedParams, paramsFromBody, paramsFromQuery } from "./parse-params.ts";
import type { HttpRequest } from "./request.ts";

/** Answers a request to the GraphQL endpoint and fills the log's record. */
export async function respondToGraphql(
  request: HttpRequest,
  record: RequestRecord,
  run: RunGraphql,
  shared: Pick<PipelineContext, "networkPassphrase" | "warn">,
): Promise<HttpResponse> {
  if (request.method === "OPTIONS") return { status: 200, headers: { allow: "OPTIONS, GET, POST" }, body: "" };
  const parsed = parseRequest(request);
  if (parsed === null) {
    const body = JSON.stringify({ errors: [{ message: "transport not supported" }], data: null });
    return { status: 400, headers: { "content-type": "text/plain; charset=utf-8" }, body };
  }
  if ("error" in parsed) {
    const { code } = parsed.error.extensions;
    record.errorCodes = [typeof code === "string" ? code : "BAD_USER_INPUT"];
    return refusedResponse(request, parsed.status, parsed.error);
  }
  const context: PipelineContext = { params: parsed.params, ...shared };
  const { answer, hidden } = maskErrors(await run(context));
  const { cost, ledger, refused } = context;
  record.rootFields = context.rootFields;
  record.cost = cost;
  record.ledger = ledger;
  record.statements = context.snapshot?.statements;
  if (refused !== undefined) return refused;
  if (answer.errors !== undefined) record.errorCodes = [...new Set(answer.errors.map((error) => String(error.extensions?.code)))];
  if (hidden.length > 0) record.hidden = hidden;
  if (cost !== undefined) answer.extensions = { cost, ...(ledger === undefined ? {} : { ledger }) };
  return graphqlResponse(request, answer);
}

/** Null when neither GET nor a POST of JSON. */
function parseRequest(request: HttpRequest): ParsedParams | null {
  if (request.headers.upgrade !== undefined) return null;
  if (request.method === "GET") return paramsFromQuery(request);
  if (request.method === "POST" && isJson(request.headers["content-type"])) return paramsFromBody(request.body);
  return null;
}
