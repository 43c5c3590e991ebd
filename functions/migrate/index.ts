import { createMigrateHandler } from "./handler.ts";

/** The Lambda: brings the database to this bundle's schema and its users up to date. */
export const handler = createMigrateHandler(process.env);
