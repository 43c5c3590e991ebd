import { ok, warn, type Check } from "./check.ts";

export const extensions: Check = {
  name: "TimescaleDB",
  async run({ sql }) {
    const [row] = await sql<{ installed: string | null; available: string | null }[]>`
      select (select extversion from pg_extension where extname = 'timescaledb') as installed,
        (select default_version from pg_available_extensions where name = 'timescaledb') as available`;
    const { installed, available } = row!;
    if (installed === null) {
      return available === null
        ? ok("not available here: day partitions of PostgreSQL are used")
        : ok(`${available} is available, but this database uses day partitions of PostgreSQL`);
    }
    if (available !== null && available !== installed)
      return warn(`${installed}; the server has ${available}`, "Run: alter extension timescaledb update;");
    return ok(installed);
  },
};
