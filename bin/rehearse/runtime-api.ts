import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a function ended one invocation, or its init. */
export type Outcome = { answer: unknown } | { error: { errorType: string; errorMessage: string } };

interface Invocation {
  id: string;
  event: unknown;
  deadline: number;
  settle: (outcome: Outcome) => void;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? null : JSON.parse(text);
}

/** Lambda's Runtime API (2018-06-01) for one execution environment: hands out one invocation at a time. */
export class RuntimeApi {
  readonly #functionArn: string;
  readonly #server = createServer((request, response) => void this.#serve(request, response).catch(() => response.destroy()));
  #waiting: ServerResponse | null = null;
  #queue: Invocation | null = null;
  #running: Invocation | null = null;
  /** Settles when the function asks for its first invocation: null, or how init failed. */
  readonly initialised: Promise<Outcome | null>;
  #initDone!: (outcome: Outcome | null) => void;

  constructor(functionArn: string) {
    this.#functionArn = functionArn;
    this.initialised = new Promise((resolve) => (this.#initDone = resolve));
  }

  /** @returns host and port, for AWS_LAMBDA_RUNTIME_API */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param timeoutMs the function's own limit, which it sees as its deadline */
  invoke(event: unknown, timeoutMs: number): Promise<Outcome> {
    return new Promise((settle) => {
      this.#queue = { id: randomUUID(), event, deadline: Date.now() + timeoutMs, settle };
      this.#handOut();
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #handOut(): void {
    if (!this.#waiting || !this.#queue) return;
    const [response, invocation] = [this.#waiting, this.#queue];
    [this.#waiting, this.#queue, this.#running] = [null, null, invocation];
    response.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": invocation.id,
      "lambda-runtime-deadline-ms": String(invocation.deadline),
      "lambda-runtime-invoked-function-arn": this.#functionArn,
      "lambda-runtime-trace-id": `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${invocation.id.replaceAll("-", "").slice(0, 24)};Sampled=0`,
    });
    response.end(JSON.stringify(invocation.event));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").replace("/2018-06-01/runtime/", "");
    if (path === "invocation/next") {
      this.#waiting = response;
      this.#initDone(null);
      this.#handOut();
      return;
    }
    const body = await readJson(request);
    const [, id, kind] = path.split("/");
    if (path === "init/error") this.#initDone({ error: body as { errorType: string; errorMessage: string } });
    else if (this.#running && id === this.#running.id && (kind === "response" || kind === "error")) {
      this.#running.settle(kind === "response" ? { answer: body } : { error: body as { errorType: string; errorMessage: string } });
      this.#running = null;
    }
    response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}');
  }
}
