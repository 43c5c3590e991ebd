import { redactUrl } from "../../functions/shared/redact.ts";
import type { Arguments } from "../cli/command.ts";
import { startEmbeddedDatabase } from "../embedded/embedded-database.ts";
import type { Cleanup } from "./cleanup.ts";

/** The database that the options name, else an embedded one. */
export interface OpenDatabase {
  /** With its password; never log it. */
  url: string;
  /** For people. */
  description: string;
}

/** @param directory of the embedded database @param cleanup is told to stop it */
export async function openDatabase(args: Arguments, directory: string, cleanup: Cleanup): Promise<OpenDatabase> {
  const url = args.text("database-url");
  if (url !== undefined) return { url, description: redactUrl(url) };
  const embedded = await startEmbeddedDatabase(directory);
  cleanup.add(() => embedded.stop());
  return { url: embedded.url, description: `${redactUrl(embedded.url)} (embedded, ${directory})` };
}
