import { readFileSync } from "node:fs";
import { WalletError } from "../errors.ts";

/** How a connection is encrypted, after libpq's `sslmode`. */
export interface DatabaseTls {
  /**
   * `prefer`: encrypted if the server can. `require`: encrypted, but anyone may be at the other end. `verify-ca`: the certificate
   * is of a trusted authority. `verify-full`: and names the host.
   */
  mode: "prefer" | "require" | "verify-ca" | "verify-full";
  /** Trusted authorities (PEM); absent: those that Node brings. */
  ca?: string;
}

const MODES = new Set(["prefer", "require", "verify-ca", "verify-full"]);
/** Parameters that are for the client and must not reach the server. */
const PARAMETERS = ["sslmode", "sslrootcert", "ssl"];

/** PEM as it stands in a URL or a secret, or the content of the file that the text names. */
function certificates(text: string): string {
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  try {
    return readFileSync(text, "utf8");
  } catch (error) {
    throw new WalletError(
      "CONFIG_INVALID",
      `The database's certificate authority cannot be read from ${text}: ${error instanceof Error ? error.message : String(error)}. Set sslrootcert or DATABASE_CA_FILE to a PEM file.`,
      { file: text },
      { cause: error },
    );
  }
}

/**
 * Where a connection may go over a network in the clear: the host, unless TLS is demanded or the server is on this machine.
 * @param url a PostgreSQL URL
 * @returns null: nobody in between can read or change it
 */
export function unencryptedHost(url: string): string | null {
  const { hostname, searchParams } = new URL(url);
  const host = searchParams.get("host") ?? decodeURIComponent(hostname);
  const mode = separateTls(url).tls?.mode ?? "disable";
  const isLocal = host === "" || host.startsWith("/") || /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);
  return isLocal || (mode !== "disable" && mode !== "prefer") ? null : host;
}

/**
 * Takes the TLS parameters out of a PostgreSQL URL: `sslmode` as in libpq, and `sslrootcert`, a PEM file or the PEM itself.
 * With `sslrootcert` alone the mode is `verify-full`; with `require` it is `verify-ca`, as in libpq.
 * @returns the URL without them; tls null: not encrypted
 * @throws WalletError CONFIG_INVALID
 */
export function separateTls(url: string): { url: string; tls: DatabaseTls | null } {
  const parsed = new URL(url);
  const root = parsed.searchParams.get("sslrootcert");
  const asked = parsed.searchParams.get("sslmode") ?? parsed.searchParams.get("ssl") ?? (root ? "verify-full" : "disable");
  for (const name of PARAMETERS) parsed.searchParams.delete(name);
  if (asked === "disable" || asked === "false") return { url: parsed.href, tls: null };
  const mode = asked === "allow" ? "prefer" : asked === "true" ? "require" : asked;
  if (!MODES.has(mode))
    throw new WalletError(
      "CONFIG_INVALID",
      `The database URL has sslmode=${asked}. Use disable, prefer, require, verify-ca or verify-full.`,
    );
  const ca = root && root !== "system" ? { ca: certificates(root) } : {};
  return { url: parsed.href, tls: { mode: mode === "require" && root ? "verify-ca" : (mode as DatabaseTls["mode"]), ...ca } };
}
