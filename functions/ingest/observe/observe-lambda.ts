import { Logger } from "@aws-lambda-powertools/logger";
import type { Context } from "aws-lambda";
import type { IngestHandler, InvocationContext } from "../handler.ts";
import type { LogLevel } from "../../shared/environment.ts";
import { withoutPasswords } from "../../shared/redact.ts";
import { summarize, type RunReport, type RunSummary } from "../invocation/run-report.ts";
import type { Report } from "../source/source-report.ts";
import { publishRun } from "./metrics.ts";

/** What the log tells of an invocation: counts instead of every ledger's times. */
function facts(report: Readonly<RunReport>): Record<string, unknown> {
  const { durations, failure, startedAt, endedAt, ...rest } = report;
  const total = (values: readonly number[]): number => Math.round(values.reduce((sum, value) => sum + value, 0));
  return {
    ...rest,
    durationMs: endedAt - startedAt,
    fetchMs: total(durations.fetch),
    indexMs: total(durations.index),
    persistMs: total(durations.persist),
    ...(failure && { failure: { ...failure, message: withoutPasswords(failure.message) } }),
  };
}

/** The function's log. */
export function ingestLogger(logLevel: LogLevel): Logger {
  return new Logger({ serviceName: "ingest", logLevel });
}

/** Writes what a live source reports: a line a switch, and a line a repeated request at DEBUG. */
export function logSource(logger: Logger): Report {
  return ({ reason, ...report }) => {
    if (report.type === "switch") logger.warn("source switched", { ...report, reason: withoutPasswords(reason) });
    else logger.debug("source request repeated", { ...report, reason: withoutPasswords(reason) });
  };
}

/** A line a day while the test network runs a protocol that is not known. */
function warnOfProtocol(logger: Logger, { upcoming, knownProtocol }: Readonly<RunReport>): void {
  if (upcoming?.isNews && upcoming.protocol > knownProtocol)
    logger.warn("newer protocol on the test network", { protocol: upcoming.protocol, knownProtocol });
}

/** A line a code whose tokens' balances are not read from storage any more, or never will be. */
function warnOfLayouts(logger: Logger, { refutedLayouts }: Readonly<RunReport>): void {
  for (const layout of refutedLayouts) logger.warn("token storage contradicted", { ...layout });
}

/**
 * The handler as Lambda runs it: one structured line an invocation, one a failure and a retry, none a ledger unless LOG_LEVEL is
 * DEBUG; and the metrics. Lambda gets a summary in response, since a report grows with the ledgers.
 */
export function observeLambda(handler: IngestHandler, logger: Logger): (event: unknown, context: Context) => Promise<RunSummary> {
  return async (event, context) => {
    logger.addContext(context);
    const invocation: InvocationContext = context;
    const report = await handler(event, invocation, {
      onLedger: ({ ledger, transactions, indexMs, persistMs }) =>
        logger.debug("ledger written", { ledger, transactions, indexMs, persistMs }),
      onRetry: ({ retry, waitMs, code, message }) => logger.warn("run retried", { retry, waitMs, code, reason: withoutPasswords(message) }),
      onRpc: ({ problem, ...done }) => {
        if (problem) logger.warn("tokens incomplete", { ...done, code: problem.code, reason: withoutPasswords(problem.message) });
      },
      onEnd: (ended) => {
        const write = ended.outcome === "failed" ? "error" : ended.outcome === "backing-off" ? "warn" : "info";
        logger[write]("run ended", facts(ended));
        warnOfProtocol(logger, ended);
        warnOfLayouts(logger, ended);
        publishRun(ended);
      },
    });
    return summarize(report);
  };
}
