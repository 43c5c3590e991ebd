import { INGEST_SCHEMA, readSchemaVersion } from "../../functions/shared/database/schema-version.ts";
import { fail, ok, type Check } from "./check.ts";

export const schema: Check = {
  name: "schema",
  async run({ sql }) {
    const version = await readSchemaVersion(sql);
    const { min, max } = INGEST_SCHEMA;
    if (version < min) return fail(version === 0 ? "there is none" : `version ${version} is too old`, "Run: npm run wallet -- migrate");
    if (version > max) return fail(`version ${version} is newer than this code (${max})`, "Deploy the newer code.");
    return ok(`version ${version}`);
  },
};
