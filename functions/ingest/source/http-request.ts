import { TransientError } from "../../shared/retry.ts";

/** The response is longer than the limit; sending the request again changes nothing. */
export class ResponseTooLongError extends Error {
  override readonly name = "ResponseTooLongError";

  constructor(limit: number) {
    super(`the response is longer than ${limit} bytes`);
  }
}

/** One HTTP request. */
interface HttpRequest {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
  /** Bound of the whole exchange, milliseconds. */
  timeoutMs: number;
  /** Bound of the response's body, bytes. */
  limit: number;
  signal: AbortSignal;
}

/** A whole response. */
export interface HttpResponse {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** The part of a failed fetch that says something: the system's code or the innermost message; never the URL. */
function reason(error: unknown): string {
  let innermost: unknown = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  if (!(innermost instanceof Error)) return String(innermost);
  return "code" in innermost && typeof innermost.code === "string" ? innermost.code : innermost.message;
}

function retryAfter(headers: Headers): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

/** Reads the body into one buffer, made in its size when the server tells it. */
async function readBody(response: Response, limit: number): Promise<Buffer> {
  const told = response.headers.has("content-encoding") ? Number.NaN : Number(response.headers.get("content-length") ?? Number.NaN);
  const whole = told > 0 && told <= limit ? Buffer.allocUnsafeSlow(told) : null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    if (size + chunk.length > (whole?.length ?? limit)) throw new ResponseTooLongError(whole?.length ?? limit);
    if (whole) whole.set(chunk, size);
    else chunks.push(chunk);
    size += chunk.length;
  }
  return whole ? whole.subarray(0, size) : Buffer.concat(chunks, size);
}

/**
 * Sends one request and reads the whole response.
 * @throws TransientError for a broken or late connection, and for the statuses 408, 429 and 5xx; the signal's reason when it
 * aborts; ResponseTooLongError
 */
export async function httpRequest(url: string, request: HttpRequest): Promise<HttpResponse> {
  const { method = "GET", headers = {}, body, timeoutMs, limit, signal } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  let whole: HttpResponse;
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: body ?? null,
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    whole = { status: response.status, headers: response.headers, body: await readBody(response, limit) };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw new TransientError(`no response within ${timeoutMs} ms`, null, { cause: error });
    if (!(error instanceof TypeError)) throw error;
    throw new TransientError(reason(error), null, { cause: error });
  }
  const { status } = whole;
  if (status === 408 || status === 429 || status >= 500) throw new TransientError(`HTTP status ${status}`, retryAfter(whole.headers));
  return whole;
}
