/**
 * A reporter for `node --test` that ends a run with its slowest files, in seconds of wall clock.
 */
import type { TestEvent } from "node:test/reporters";
import { relative } from "node:path";

const SHOWN = 100;

export default async function* slowestFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files: { name: string; seconds: number }[] = [];
  for await (const { type, data } of events)
    if (type === "test:summary" && data.file !== undefined)
      files.push({ name: relative(process.cwd(), data.file), seconds: data.duration_ms / 1000 });
  files.sort((a, b) => b.seconds - a.seconds);
  if (files.length < 2) return;
  yield "\nslowest files, seconds\n";
  for (const { name, seconds } of files.slice(0, SHOWN)) yield `${seconds.toFixed(1).padStart(7)}  ${name}\n`;
}
