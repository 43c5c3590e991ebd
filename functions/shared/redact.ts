/** `postgres://user:password@host` with `***` for the password, wherever a URL stands in a text. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]*@/gi, "$1:***@");
}

/** A URL for logs and messages: without its password and its query, which may hold one as well. */
export function redactUrl(url: string): string {
  const parsed = new URL(url);
  parsed.search = "";
  return withoutPasswords(parsed.toString());
}
