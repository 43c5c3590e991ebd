import { readFileSync } from "node:fs";

/**
 * Highest resident memory of this process, MB. On Linux not what `process.resourceUsage()` says: a process begins with the highest
 * value of the one that started it.
 */
export function peakMemory(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS / 1024;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024;
}
