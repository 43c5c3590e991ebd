import { Logger } from "@aws-lambda-powertools/logger";
import { writeMetrics } from "./metrics.ts";
import type { Log } from "./request-log.ts";

/** One structured line a request by Powertools, and one of metrics. Lines inside a request would cost more than its SQL. */
export function powertoolsLog(level: string | undefined): Log {
  const logger = new Logger({
    serviceName: "serve",
    logLevel: level === "TRACE" || level === "DEBUG" ? "DEBUG" : level === "WARN" || level === "ERROR" ? level : "INFO",
  });
  return {
    request(record) {
      const write = record.status >= 500 || record.hidden?.length ? "error" : "info";
      logger[write]("request", { ...record });
      writeMetrics(record);
    },
    warn(message, facts) {
      logger.warn(message, facts);
    },
  };
}
