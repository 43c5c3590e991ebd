import { WalletError } from "../../shared/errors.ts";
import { retry, TransientError } from "../../shared/retry.ts";
import { ResponseTooLongError, httpRequest } from "./http-request.ts";
import { parseWithLongStrings } from "./long-strings.ts";
import type { Report } from "./source-report.ts";

/** The server refuses the call; sending the request again changes nothing. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  /** JSON-RPC error code, e.g. -32600. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The response is longer than the limit. */
export class RpcResponseTooLongError extends RpcError {}

/** What a method gives. */
export interface RpcResult {
  /** Long strings in it were left in the body; see `parseWithLongStrings`. */
  value: unknown;
  body: Buffer;
}

/** Talks to one Stellar RPC server. */
export interface RpcClient {
  /** Scheme and host: the rest of the URL may be a key. */
  readonly name: string;
  /**
   * Calls a method and gives its result.
   * @throws RpcError when the server refuses, RpcResponseTooLongError; WalletError SOURCE_UNAVAILABLE when it cannot be reached after some tries; the
   * signal's reason when it aborts
   */
  call(method: string, params: object, signal: AbortSignal): Promise<RpcResult>;
}

/** Options of `createRpcClient`. */
export interface RpcClientOptions {
  /** Stellar RPC's URL; user and password in it become an Authorization header. */
  url: string;
  /** Bound of one try, milliseconds; 10,000 by default. */
  timeoutMs?: number;
  /** Tries of one call; 4 by default. */
  attempts?: number;
  /** Pause after the first failure, milliseconds; as in `retry`. */
  pauseMs?: number;
  /** Bound of a response, bytes; 64 MB by default, far above what a page of ledgers takes. */
  limit?: number;
  report?: Report | undefined;
}

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const INTERNAL_ERROR = -32603;

interface Message {
  id?: unknown;
  result?: unknown;
  error?: unknown;
}

/** @throws TransientError for what is no response to this call: a proxy's page, a response cut short */
function parseMessage(body: Buffer, id: number): Message {
  let message: unknown;
  try {
    message = parseWithLongStrings(body);
  } catch (error) {
    throw new TransientError("the response is no JSON", null, { cause: error });
  }
  if (typeof message !== "object" || message === null || !("result" in message || "error" in message))
    throw new TransientError("the response is no JSON-RPC message");
  if ("id" in message && message.id !== id) throw new TransientError("the response belongs to another request");
  return message;
}

/** Undoes percent-encoding; what is none stays as it is. */
function unescape(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => Buffer.from(codes.replaceAll("%", ""), "hex").toString());
}

/**
 * A client of Stellar RPC (JSON-RPC 2.0 over HTTP).
 * @throws WalletError CONFIG_INVALID for a URL that is none
 */
export function createRpcClient({
  url,
  timeoutMs = 10_000,
  attempts = 4,
  pauseMs = 200,
  limit = MAX_RESPONSE_BYTES,
  report,
}: RpcClientOptions): RpcClient {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new WalletError("CONFIG_INVALID", "RPC_URL is no URL. Set it to the address of a Stellar RPC server: https://host/path.");
  const target = new URL(url);
  const { username, password, origin } = target;
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (username !== "") {
    headers.authorization = `Basic ${Buffer.from(unescape(`${username}:${password}`)).toString("base64")}`;
    target.username = "";
    target.password = "";
  }
  let calls = 0;

  async function once(method: string, params: object, signal: AbortSignal): Promise<RpcResult> {
    const id = ++calls;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    const response = await httpRequest(target.href, { method: "POST", headers, body, timeoutMs, limit, signal });
    if (response.status !== 200) {
      const hint = response.status === 401 || response.status === 403 ? " (is its key right?)" : "";
      throw new Error(`HTTP status ${response.status}${hint}`);
    }
    const { error, result } = parseMessage(response.body, id);
    // Some servers send `"error": null` beside a result.
    if (error === undefined || error === null) return { value: result, body: response.body };
    const { code, message } = error as { code?: unknown; message?: unknown };
    const reason = typeof message === "string" ? message : "no message";
    if (typeof code !== "number") throw new TransientError(`the response has an error of no known form (${reason})`);
    if (code === INTERNAL_ERROR) throw new TransientError(reason);
    throw new RpcError(code, reason);
  }

  return {
    name: `rpc:${origin}`,
    async call(method, params, signal) {
      const onRetry = (error: TransientError): void => report?.({ type: "retry", source: `rpc:${origin}`, reason: error.message });
      try {
        return await retry(() => once(method, params, signal), { signal, attempts, pauseMs, onRetry });
      } catch (error) {
        if (signal.aborted || error instanceof RpcError) throw error;
        if (error instanceof ResponseTooLongError) throw new RpcResponseTooLongError(INTERNAL_ERROR, error.message);
        const reason = error instanceof Error ? error.message : String(error);
        throw new WalletError(
          "SOURCE_UNAVAILABLE",
          `${origin} does not answer ${method}: ${reason}. Check RPC_URL and that the server runs; the next invocation tries again.`,
          { source: origin, method },
          { cause: error },
        );
      }
    },
  };
}
