/** `application/graphql-response+json` when the client lists it first, or no type that we know. */
export function responseMediaType(accept: string | undefined): "application/json" | "application/graphql-response+json" {
  if (accept === undefined || accept.trim() === "") return "application/json";
  for (const part of accept.split(",")) {
    const type = part.split(";")[0]!.trim().toLowerCase();
    if (type === "application/json" || type === "*/*" || type === "application/*") return "application/json";
    if (type === "application/graphql-response+json") return type;
  }
  return "application/graphql-response+json";
}

/** Is the body said to be JSON? Parameters such as charset are allowed. */
export function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]!.trim().toLowerCase() === "application/json";
}
