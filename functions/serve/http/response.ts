/** An HTTP response. */
export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A response outside GraphQL: JSON indented by two spaces, as clients of the reference implementation know it. */
export function restResponse(status: number, body: object): HttpResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(body, null, 2) };
}

/** `<`, `>` and `&` as escapes: they can stand in strings only, so the JSON stays the same. */
export function escapeJson(json: string): string {
  return /[<>&\u2028\u2029]/.test(json)
    ? json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;
}
