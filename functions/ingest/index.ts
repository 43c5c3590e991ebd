import { readIngestEnvironment } from "./environment.ts";
import { createIngestHandler } from "./handler.ts";
import { ingestLogger, logSource, observeLambda } from "./observe/observe-lambda.ts";
import { requireSource } from "./source/from-environment.ts";

const settings = readIngestEnvironment(process.env);
const logger = ingestLogger(settings.logLevel);

/** The Lambda: one invocation of ingestion. */
export const handler = observeLambda(createIngestHandler(settings, requireSource(settings, logSource(logger))), logger);
