import { statSync } from "node:fs";
import { basename } from "node:path";
import type { FunctionName } from "../../lib/functions/environment.ts";
import type { ExecutionEnvironment } from "./execution-environment.ts";

/** What one function's execution environment took. */
export interface FunctionReport {
  name: FunctionName;
  /** The asset's folder, named by its hash. */
  asset: string;
  bundleBytes: number;
  /** Milliseconds from starting the process to its asking for work. */
  initMs: number;
  /** Milliseconds of the first invocation. */
  firstInvocationMs: number;
  /** MB; null where the system does not tell. */
  peakMemory: number | null;
  /** MB, of the template. */
  memory: number;
  connections: string[];
}

export function reportOf(environment: ExecutionEnvironment, firstInvocationMs: number): FunctionReport {
  const { described, initMs, connections } = environment;
  return {
    name: described.name,
    asset: basename(described.asset),
    bundleBytes: statSync(described.bundle).size,
    initMs,
    firstInvocationMs,
    peakMemory: environment.peakMemory(),
    memory: described.memory,
    connections: [...connections],
  };
}

/** A table for people. */
export function describeReports(reports: readonly FunctionReport[]): string {
  const rows = reports.map((report) => [
    report.name,
    `${(report.bundleBytes / 1000).toFixed(0)} KB`,
    `${report.initMs.toFixed(0)} ms`,
    `${report.firstInvocationMs.toFixed(0)} ms`,
    `${report.peakMemory?.toFixed(0) ?? "?"} of ${report.memory} MB`,
  ]);
  const table = [["function", "bundle", "init", "first invocation", "peak memory"], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
