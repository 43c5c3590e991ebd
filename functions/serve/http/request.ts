/** An HTTP request with its raw bytes. */
export interface HttpRequest {
  method: string;
  path: string;
  /** Without the question mark. */
  query: string;
  /** What stood on the request line: path and query as sent. */
  target: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  id: string;
}
