import { createIngestHandler, type IngestHandler } from "./handler.ts";
import { sourceFromEnvironment } from "./source/from-environment.ts";

/** The Lambda: one invocation of ingestion. */
export const handler: IngestHandler = createIngestHandler(process.env, sourceFromEnvironment(process.env));
