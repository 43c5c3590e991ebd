import { Logger } from "@aws-lambda-powertools/logger";
import type { LogLevel } from "../../shared/environment.ts";
import { writeMetrics } from "./metrics.ts";
import type { Log } from "./request-log.ts";

/** One structured line a request by Powertools, and one of metrics. Lines inside a request would cost more than its SQL. */
export function powertoolsLog(logLevel: LogLevel): Log {
  const logger = new Logger({ serviceName: "serve", logLevel });
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
