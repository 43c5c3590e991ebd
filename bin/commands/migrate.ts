import { databaseAccess } from "../../functions/shared/database/access.ts";
import { redactUrl } from "../../functions/shared/redact.ts";
import { readDatabaseEnvironment } from "../../functions/shared/environment.ts";
import { ExitCode, type Command } from "../cli/command.ts";
import { databaseUrl } from "../cli/options.ts";
import { migrateDatabase } from "../runtime/migrate-database.ts";

/** Brings the database's schema up to date. */
export const command: Command = {
  summary: "bring the database's schema up to date",
  description: "Safe to run at any time and from several places at once. A database that is newer than this program is left as it is.",
  options: { "database-url": databaseUrl },
  async run(args) {
    const url = await databaseAccess(readDatabaseEnvironment(args.environment), "ingestDatabaseUrl").url();
    const result = await migrateDatabase(url);
    if (args.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
    } else {
      const done = result.applied.length === 0 ? "nothing to do" : `applied ${result.applied.join(", ")}`;
      process.stdout.write(`${redactUrl(url)}: ${done}; schema version ${result.version} (${result.dialect})\n`);
      if (result.databaseIsNewer) process.stderr.write("The database is newer than this program: its schema was left as it is.\n");
    }
    return ExitCode.success;
  },
};
