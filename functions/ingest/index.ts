import { createIngestHandler } from "./handler.ts";
import { ingestLogger, logSource, observeLambda } from "./observe/observe-lambda.ts";
import { sourceFromEnvironment } from "./source/from-environment.ts";

const logger = ingestLogger(process.env.LOG_LEVEL);

/** The Lambda: one invocation of ingestion. */
export const handler = observeLambda(createIngestHandler(process.env, sourceFromEnvironment(process.env, logSource(logger))), logger);
