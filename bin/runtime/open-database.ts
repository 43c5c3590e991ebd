import { resolve } from "node:path";
import type { LoginUser } from "../../functions/migrate/login-users.ts";
import { redactUrl } from "../../functions/shared/redact.ts";
import type { Arguments } from "../cli/command.ts";
import { startEmbeddedDatabase } from "../embedded/embedded-database.ts";
import { embeddedUsers } from "../embedded/user-passwords.ts";
import type { Cleanup } from "./cleanup.ts";

/** The database that the options name, else an embedded one. URLs have their passwords; never log them. */
export interface OpenDatabase {
  /** The owner's. */
  url: string;
  ingestUrl: string;
  serveUrl: string;
  /** Users that the migration must make, so that ingest gets in whatever the API is asked; none where the options name a database. */
  users: LoginUser[];
  /** For people. */
  description: string;
}

/** @param directory of the embedded database @param cleanup is told to stop it */
export async function openDatabase(args: Arguments, directory: string, cleanup: Cleanup): Promise<OpenDatabase> {
  const url = args.text("database-url");
  if (url !== undefined) return { url, ingestUrl: url, serveUrl: url, users: [], description: redactUrl(url) };
  const embedded = await startEmbeddedDatabase(directory);
  cleanup.add(() => embedded.stop());
  const { ingest, serve } = embeddedUsers(resolve(directory));
  const urlOf = ({ username, password }: LoginUser): string => Object.assign(new URL(embedded.url), { username, password }).href;
  return {
    url: embedded.url,
    ingestUrl: urlOf(ingest),
    serveUrl: urlOf(serve),
    users: [ingest, serve],
    description: `${redactUrl(embedded.url)} (embedded, ${directory})`,
  };
}
