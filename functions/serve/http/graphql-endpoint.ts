import type { Refusal, RunGraphql } from "../graphql/run-graphql.ts";
import type { RequestRecord } from "../observe/request-log.ts";
import { graphqlResponse, refusedResponse, unavailableResponse } from "./graphql-response.ts";
import { isJson } from "./media-type.ts";
import { type ParsedParams, paramsFromBody, paramsFromQuery } from "./parse-params.ts";
import type { HttpRequest } from "./request.ts";
import { type HttpResponse, restResponse } from "./response.ts";

/** The GraphQL endpoint: parses the request, runs it, forms the response and fills the log's record. */
export async function respondToGraphql(request: HttpRequest, record: RequestRecord, run: RunGraphql): Promise<HttpResponse> {
  if (request.method === "OPTIONS") return { status: 200, headers: { allow: "OPTIONS, GET, POST" }, body: "" };
  const parsed = parseParams(request);
  if (parsed === null) {
    const body = JSON.stringify({ errors: [{ message: "transport not supported" }], data: null });
    return { status: 400, headers: { "content-type": "text/plain; charset=utf-8" }, body };
  }
  if ("error" in parsed) {
    const { code } = parsed.error.extensions;
    record.errorCodes = [typeof code === "string" ? code : "BAD_USER_INPUT"];
    return refusedResponse(request, parsed.status, parsed.error);
  }
  const { response, hidden, facts } = await run(parsed.params);
  record.rootFields = facts.rootFields;
  record.cost = facts.cost;
  record.taken = facts.taken;
  record.ledger = facts.ledger;
  record.statements = facts.statements;
  if (hidden.length > 0) record.hidden = hidden;
  if (facts.refusal !== undefined) {
    record.errorCodes = [facts.refusal.code];
    return refusalResponse(facts.refusal);
  }
  if (facts.unavailable !== undefined) {
    record.errorCodes = [facts.unavailable];
    return unavailableResponse(request, facts.unavailable, response.extensions);
  }
  if (response.errors !== undefined) record.errorCodes = [...new Set(response.errors.map((error) => String(error.extensions?.code)))];
  return graphqlResponse(request, response);
}

/** Null when neither GET nor a POST of JSON. */
function parseParams(request: HttpRequest): ParsedParams | null {
  if (request.headers.upgrade !== undefined) return null;
  if (request.method === "GET") return paramsFromQuery(request);
  if (request.method === "POST" && isJson(request.headers["content-type"])) return paramsFromBody(request.body);
  return null;
}

function refusalResponse(refusal: Refusal): HttpResponse {
  return restResponse(503, { error: refusalText(refusal), extras: refusal });
}

function refusalText(refusal: Refusal): string {
  if (refusal.code === "NETWORK_MISMATCH")
    return `The database holds the network "${refusal.database}", but this API is set to "${refusal.setting}". Remove NETWORK and NETWORK_PASSPHRASE from its settings, or set them to the former.`;
  const { version, needed } = refusal;
  return `The database has ${version === 0 ? "no schema" : `schema version ${version}`}; this API needs at least ${needed}. Run the migrations.`;
}
