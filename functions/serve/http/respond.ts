import { hiddenError } from "../errors/hidden-error.ts";
import type { Log, RequestRecord } from "../observe/request-log.ts";
import { addCors } from "./cors.ts";
import type { HttpRequest } from "./request.ts";
import { type HttpResponse, restResponse } from "./response.ts";
import type { Route } from "./route.ts";

const FAILED = { error: "An error occurred while processing this request." };

/** Carries a request through its route. Every request gets a response, with the headers that all have, and one record in the log. */
export async function respond(request: HttpRequest, route: Route, log: Log): Promise<HttpResponse> {
  const start = performance.now();
  const record: RequestRecord = { requestId: request.id, method: request.method, path: "other", status: 0, duration: 0, responseBytes: 0 };
  let response: HttpResponse;
  try {
    response = await route(request, record);
  } catch (error) {
    record.hidden = [hiddenError("", error)];
    response = restResponse(500, FAILED);
  }
  addCors(request, response);
  response.headers["x-request-id"] = request.id;
  if (request.method === "HEAD") response.body = "";
  record.status = response.status;
  record.duration = Math.round((performance.now() - start) * 1000) / 1000;
  record.responseBytes = Buffer.byteLength(response.body);
  log.request(record);
  return response;
}
