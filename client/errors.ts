/** One entry of a GraphQL answer's `errors`. */
export interface GraphqlErrorEntry {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string } & Record<string, unknown>;
}

/** The request got no GraphQL answer: the status is 400 or above, or the body is no answer. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`unexpected statusCode=${status}, body=${body}`);
    this.status = status;
    this.body = body;
  }
}

/** The answer has errors. `code` is the first one's: BAD_USER_INPUT, INVALID_ADDRESS, INTERNAL_SERVER_ERROR, … (docs/api.md). */
export class GraphqlError extends Error {
  override readonly name = "GraphqlError";
  readonly errors: readonly GraphqlErrorEntry[];

  constructor(errors: readonly GraphqlErrorEntry[]) {
    super(errors.map(({ message }) => message).join("; "));
    this.errors = errors;
  }

  get code(): string | undefined {
    return this.errors[0]?.extensions?.code;
  }
}

/** The backend knows no such account, transaction or operation. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
  readonly kind: "account" | "transaction" | "operation";

  constructor(kind: NotFoundError["kind"]) {
    super(`${kind} not found`);
    this.kind = kind;
  }
}

/** Arguments that the API would refuse, found before sending. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}
