import { readFileSync } from "node:fs";
import { createServe } from "../../functions/serve/serve.ts";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";
import { settingsFor } from "../../functions/serve/settings.ts";
import { silentLog, type RequestRecord } from "../../functions/serve/observe/request-log.ts";
import type { Environment } from "../../functions/shared/variables.ts";
import { onServer } from "./scratch-database.ts";

/** A query to be priced. */
interface PricedQuery {
  name: string;
  query: string;
  variables: readonly Readonly<Record<string, unknown>>[];
}

/** What one request of a query takes. */
interface PriceFigures {
  name: string;
  complexity: number;
  charged: number;
  /** Milliseconds of this process, and of the database's backend where its counters can be read. */
  cpu: number;
  backendCpu: number | null;
  /** Bytes of the response's body. */
  bytes: number;
  /** Rows read and places looked up. */
  rows: number;
  /** Longest time in which nothing else had its turn, milliseconds. */
  longestBlock: number;
  /** Code of the error that ended it; null: it was answered. */
  code: string | null;
}

const WARM_UP = 10;

/** Milliseconds that a process of this machine has run; null: it cannot be told. */
function cpuOf(pid: number | undefined): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return null;
  }
}

/** Asks each query one at a time, in this process. @param requests of each query */
export async function benchPrices(
  databaseUrl: string,
  environment: Environment,
  queries: readonly PricedQuery[],
  requests: number,
): Promise<PriceFigures[]> {
  const records: RequestRecord[] = [];
  const log = { ...silentLog, request: (record: RequestRecord) => void (records[0] = record) };
  const serve = createServe({ ...settingsFor(databaseUrl, environment), dbMaxConns: 1 }, schemaDocument, log);
  const ask = async (query: string, variables: object): Promise<string> => {
    const body = Buffer.from(JSON.stringify({ query, variables }));
    const headers = { "content-type": "application/json" };
    return (await serve.handle({ method: "POST", path: "/graphql/query", query: "", target: "/graphql/query", headers, body, id: "" }))
      .body;
  };
  try {
    const figures: PriceFigures[] = [];
    for (const { name, query, variables } of queries) {
      for (let at = 0; at < WARM_UP; at++) await ask(query, variables[at % variables.length]!);
      const [backend] = await onServer(
        databaseUrl,
        (sql) =>
          sql<{ pid: number }[]>`select pid from pg_stat_activity where application_name = 'wallet-serve' and datname = current_database()`,
      );
      const sum = { cpu: 0, bytes: 0, rows: 0, complexity: 0, charged: 0 };
      let longestBlock = 0;
      let code: string | null = null;
      const backendBefore = cpuOf(backend?.pid);
      for (let at = 0; at < requests; at++) {
        const before = process.cpuUsage();
        const body = await ask(query, variables[at % variables.length]!);
        const { user, system } = process.cpuUsage(before);
        const { cost, taken, errorCodes } = records[0]!;
        sum.cpu += (user + system) / 1000;
        sum.bytes += body.length;
        sum.rows += taken?.rows ?? 0;
        sum.complexity += cost?.complexity ?? 0;
        sum.charged += cost?.charged ?? cost?.complexity ?? 0;
        code = errorCodes?.[0] ?? null;
      }
      const backendAfter = cpuOf(backend?.pid);
      // A run of its own: what looks for turns takes time itself.
      longestBlock = await longestTurn(() => ask(query, variables[0]!));
      const mean = (total: number): number => total / requests;
      figures.push({
        name,
        complexity: mean(sum.complexity),
        charged: mean(sum.charged),
        cpu: mean(sum.cpu),
        backendCpu: backendBefore === null || backendAfter === null ? null : mean(backendAfter - backendBefore),
        bytes: mean(sum.bytes),
        rows: mean(sum.rows),
        longestBlock,
        code,
      });
    }
    return figures;
  } finally {
    await serve.close();
  }
}

/** The longest time between two turns of the event loop while something runs, milliseconds. */
async function longestTurn(run: () => Promise<unknown>): Promise<number> {
  const state = { over: false, longest: 0 };
  const running = run().finally(() => (state.over = true));
  for (let last = performance.now(); !state.over;) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    state.longest = Math.max(state.longest, now - last);
    last = now;
  }
  await running;
  return state.longest;
}

/** The figures as a table, a point's worth in the last columns, and how the attacks compare with the reference queries. */
export function pricesTable(reference: readonly PriceFigures[], attacks: readonly PriceFigures[]): string {
  const perPoint = ({ cpu, backendCpu, bytes, rows, charged }: PriceFigures) => ({
    cpu: (1000 * (cpu + (backendCpu ?? 0))) / charged,
    bytes: bytes / charged,
    rows: rows / charged,
  });
  const columns = (name: string, ...cells: string[]): string => `${name.padEnd(44)}${cells.map((cell) => cell.padStart(11)).join("")}\n`;
  const row = (figures: PriceFigures): string => {
    const { complexity, charged, cpu, backendCpu, bytes, rows, longestBlock, code, name } = figures;
    const point = perPoint(figures);
    return columns(
      name,
      complexity.toFixed(0),
      charged.toFixed(0),
      `${cpu.toFixed(2)}+${backendCpu?.toFixed(2) ?? "?"}`,
      (bytes / 1000).toFixed(1),
      rows.toFixed(0),
      longestBlock.toFixed(1),
      point.cpu.toFixed(1),
      point.bytes.toFixed(1),
      point.rows.toFixed(2),
      code === null ? "" : "  ended",
    );
  };
  const most = (all: readonly PriceFigures[], of: "cpu" | "bytes" | "rows"): number => Math.max(...all.map((each) => perPoint(each)[of]));
  const ratio = (of: "cpu" | "bytes" | "rows"): string => `${(most(attacks, of) / most(reference, of)).toFixed(2)} x`;
  return [
    columns("one request", "complexity", "charged", "CPU ms", "kB sent", "rows", "block ms", "µs/point", "B/point", "rows/point"),
    ...reference.map(row),
    ...attacks.map(row),
    columns("dearest attack : dearest reference query", "", "", "", "", "", "", ratio("cpu"), ratio("bytes"), ratio("rows")),
  ].join("");
}
