import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { ledgerToJson } from "../../bin/inspect/ledger-json.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { CHECKSUM_BYTES } from "../../functions/shared/columns/history/payload-format.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { CHAIN_FIRST, CHAIN_LAST } from "../fixtures/ingest-chain.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";

const script = fileURLToPath(new URL("../../bin/wallet.ts", import.meta.url));

type Row = Record<string, unknown>;
type Tables = Record<"transactions" | "operations" | "state-changes", Row[]>;

function start(args: string[], url: string): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  // Names of options that are not of the environment.
  const env = { PATH: process.env.PATH, DATABASE_URL: url, FORMAT: "pdf", TABLE: "none", OUT: "/nonexistent", FROM: "x", TO: "y" };
  return spawn(process.execPath, ["--max-semi-space-size=8", script, "export", ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function wallet(args: string[], url: string): Promise<{ code: number | null; out: string; error: string }> {
  const child = start(args, url);
  const [out, error]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (bytes: Buffer) => out.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => error.push(bytes));
  await once(child, "close");
  return { code: child.exitCode, out: Buffer.concat(out).toString(), error: Buffer.concat(error).toString() };
}

/** RFC 4180: records of fields; a field that is empty without quotes is null. */
function parseCsv(text: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let record: (string | null)[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    assert.ok(match, `no CSV at ${at}: ${text.slice(at, at + 80)}`);
    record.push(match[1]?.replaceAll('""', '"') ?? (match[2] === "" ? null : match[2]!));
    if (match[3] !== "\r\n") continue;
    records.push(record);
    record = [];
  }
  return records;
}

function csvRows(text: string): Row[] {
  const [header, ...records] = parseCsv(text);
  for (const record of records) assert.equal(record.length, header!.length);
  return records.map((record) => Object.fromEntries(record.map((value, at) => [header![at]!, value])));
}

function jsonRows(text: string): Row[] {
  assert.ok(text === "" || text.endsWith("\n"));
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Row);
}

/** Without what is null, and without what only the database knows. */
function known(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => value !== null && name !== "ingested_at"));
}

/** What the indexer makes of the shared chain, with the names and forms of the export. */
async function expectedTables(): Promise<Tables> {
  const tables: Tables = { transactions: [], operations: [], "state-changes": [] };
  const indexer = createIndexer(PUBNET);
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    const rows = indexer.index(ledger);
    const json = ledgerToJson(rows);
    ledger.close();
    const common = { ledger_number: rows.header.sequence, ledger_created_at: isoOf(rows.header.closedAt) };
    for (const row of json.transactions) {
      const successful = (row.result_code as string).endsWith("Success");
      tables.transactions.push({ ...row, ...common, successful, accounts: sorted(row.accounts) });
    }
    for (const row of json.operations) tables.operations.push({ ...row, ...common, accounts: sorted(row.accounts) });
    for (const { category, reason, ...row } of json.state_changes)
      tables["state-changes"].push({ ...row, ...common, state_change_category: category, state_change_reason: reason });
  }
  return tables;
}

function isoOf(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().replace(/(\.\d{3})Z$/, "$1000Z");
}

function sorted(accounts: unknown): string[] {
  return [...(accounts as string[])].sort();
}

/** As CSV has it: everything is text. */
function asText(row: Row): Row {
  const text = (value: unknown): string =>
    Array.isArray(value) ? value.join(" ") : typeof value === "string" ? value : JSON.stringify(value);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]));
}

function folder(t: TestContext | { after(run: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), "wallet-export-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const clean: { after(run: () => void): void } = { after: (run) => process.once("exit", run) };

sharedTest("JSON Lines and CSV hold exactly the rows that the indexer makes of the chain", async () => {
  const database = await testDatabase("chain");
  const expected = await expectedTables();
  const names = Object.keys(expected) as (keyof Tables)[];
  assert.ok(names.every((name) => expected[name].length > 1000));
  for (const [format, read] of [
    ["jsonl", jsonRows],
    ["csv", csvRows],
  ] as const) {
    const directory = folder(clean);
    const { code, out, error } = await wallet(["--format", format, "--out", directory], database.url);
    assert.deepEqual([code, error], [0, ""]);
    for (const name of names) {
      const rows = read(readFileSync(join(directory, `${name}.${format}`), "utf8"));
      assert.match(out, new RegExp(`${name}\\.${format}: ${rows.length} rows of 48 ledgers\n`));
      for (const row of rows) assert.match(String(row.ingested_at), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      const comparable = rows.map(known).map((row) => {
        if (row.accounts === undefined) return row;
        return format === "csv"
          ? { ...row, accounts: (row.accounts as string).split(" ").sort().join(" ") }
          : { ...row, accounts: sorted(row.accounts) };
      });
      assert.deepEqual(comparable, format === "csv" ? expected[name].map(asText) : expected[name], `${name} as ${format}`);
    }
  }
});

sharedTest("one table of a range goes to standard output and nothing else does", async () => {
  const database = await testDatabase("chain");
  const sql = database.connect();
  const args = ["--table", "transactions", "--format", "jsonl"];
  const { code, out, error } = await wallet([...args, "--from", String(CHAIN_FIRST + 1), "--to", String(CHAIN_FIRST + 2)], database.url);
  assert.deepEqual([code, error], [0, ""]);
  const rows = jsonRows(out);
  assert.deepEqual(new Set(rows.map((row) => row.ledger_number)), new Set([CHAIN_FIRST + 1, CHAIN_FIRST + 2]));
  const [count] = await sql<{ n: number }[]>`
    select sum(transaction_count)::integer as n from ledgers where sequence in ${sql([CHAIN_FIRST + 1, CHAIN_FIRST + 2])}`;
  assert.equal(rows.length, count!.n);
});

sharedTest("what is damaged or of a later format is reported with its id and code, and the rest is written", async () => {
  const database = await testDatabase("chain");
  const sql = database.connect();
  const found = await sql<{ to_id: string }[]>`select to_id from transactions order by to_id limit 4`;
  const [cut, later, tail, missing] = found.map(({ to_id }) => to_id);
  await sql`update transactions set payload = substring(payload from 1 for 20) where to_id = ${cut!}`;
  await sql`update transactions set payload = set_byte(payload, 0, 9) where to_id = ${later!}`;
  // A byte too many at the end of the state changes, under a checksum that is right.
  const [row] = await sql<{ payload: Buffer }[]>`select payload from transactions where to_id = ${tail!}`;
  const longer = Buffer.concat([row!.payload.subarray(0, -CHECKSUM_BYTES), Buffer.alloc(1 + CHECKSUM_BYTES)]);
  longer.writeUInt32BE(crc32(longer.subarray(0, -CHECKSUM_BYTES)), longer.length - CHECKSUM_BYTES);
  await sql`update transactions set payload = ${longer} where to_id = ${tail!}`;
  await sql`delete from transactions where to_id = ${missing!}`;
  const directory = folder(clean);
  const range = ["--from", String(CHAIN_FIRST), "--to", String(CHAIN_FIRST)];
  const { code, error } = await wallet([...range, "--format", "jsonl", "--out", directory], database.url);
  assert.equal(code, 1);
  const lines = error.trim().split("\n");
  assert.match(lines[0]!, new RegExp(`^HISTORY_DAMAGED: Ledger ${CHAIN_FIRST} has \\d+ of its \\d+ transactions`));
  assert.match(
    lines[1]!,
    new RegExp(`^HISTORY_DAMAGED: Transaction ${cut} \\([0-9a-f]{64}\\) of ledger ${CHAIN_FIRST} is damaged and left out`),
  );
  assert.match(lines[2]!, new RegExp(`^HISTORY_FORMAT_UNKNOWN: Transaction ${later} .* format 9.*newer`));
  assert.match(lines[3]!, new RegExp(`^HISTORY_DAMAGED: Transaction ${tail} .*damaged state-changes`));
  assert.equal(lines.length, 4);
  const ids = (name: string, column: string): Set<string> =>
    new Set(jsonRows(readFileSync(join(directory, name), "utf8")).map((row) => String(BigInt(row[column] as string) & ~0xfffn)));
  const [transactions, changes] = [ids("transactions.jsonl", "to_id"), ids("state-changes.jsonl", "to_id")];
  const [count] = await sql<{ n: number }[]>`select transaction_count as n from ledgers where sequence = ${CHAIN_FIRST}`;
  assert.equal(transactions.size, count!.n - 3);
  assert.deepEqual(
    [cut, later, tail, missing].map((id) => transactions.has(id!)),
    [false, false, true, false],
  );
  assert.ok(ids("operations.jsonl", "id").has(tail!) && !changes.has(tail!) && changes.size > 0);
  const json = await wallet([...range, "--table", "operations", "--json"], database.url);
  const errors = json.error
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { error: { code: string; details: Row } }).error);
  assert.deepEqual(
    errors.map((one) => [one.code, one.details.transactionId]),
    [
      ["HISTORY_DAMAGED", undefined],
      ["HISTORY_DAMAGED", cut],
      ["HISTORY_FORMAT_UNKNOWN", later],
    ],
  );
  assert.equal(csvRows(json.out).length > 0, true);
});

test("wrong words and ranges are wrong usage, and no file is overwritten", async (t) => {
  const database = await testDatabase();
  const expect = async (args: string[], message: RegExp): Promise<void> => {
    const { code, out, error } = await wallet(args, database.url);
    assert.deepEqual([code, out], [2, ""], error);
    assert.match(error, message);
  };
  await expect([], /^USAGE: Name one table with --table/);
  await expect(["--table", "ledgers"], /^USAGE: --table must be transactions, operations, state-changes/);
  await expect(["--table", "operations", "--format", "xml"], /^USAGE: --format must be csv or jsonl/);
  await expect(["--table", "operations", "--from", "first"], /^USAGE: --from must be a whole number/);
  await expect(["--table", "operations", "--from", "1"], /^USAGE: The database has no ledgers yet/);
  const directory = folder(t);
  const empty = await wallet(["--out", join(directory, "new")], database.url);
  assert.equal(empty.code, 0, empty.error);
  assert.deepEqual(readdirSync(join(directory, "new")).sort(), ["operations.csv", "state-changes.csv", "transactions.csv"]);
  assert.match(readFileSync(join(directory, "new", "operations.csv"), "utf8"), /^id,ledger_number,[a-z_,]+\r\n$/);
  await expect(["--out", join(directory, "new")], /^USAGE: .*transactions\.csv cannot be made/);
});

sharedTest("a range that the database does not have is refused", async () => {
  const database = await testDatabase("chain");
  for (const [args, message] of [
    [["--from", "1"], `The database has the ledgers ${CHAIN_FIRST} to ${CHAIN_LAST}, not all of 1 to ${CHAIN_LAST}`],
    [["--to", String(CHAIN_LAST + 1)], `not all of ${CHAIN_FIRST} to ${CHAIN_LAST + 1}`],
    [["--from", String(CHAIN_LAST), "--to", String(CHAIN_FIRST)], "is after"],
  ] as const) {
    const { code, out, error } = await wallet(["--table", "operations", ...args], database.url);
    assert.deepEqual([code, out], [2, ""]);
    assert.ok(error.includes(message), error);
  }
});

sharedTest("the SQL of docs/operations/errors.md finds a transaction and an account's links, with the rights of serve", async () => {
  const sql = (await testDatabase("chain")).connect();
  const page = readFileSync(new URL("../../docs/operations/errors.md", import.meta.url), "utf8");
  const [, block] = /```sql\n([\s\S]*?)```/.exec(page)!;
  const [transaction, links] = block!.split(";\n");
  const [some] = await sql<{ hash: string; account: string; sequence: number }[]>`
    select encode(hash, 'hex') as hash, encode(b.account_id, 'hex') as account, (to_id >> 32)::integer as sequence
    from transactions, accounts b where b.last_modified_ledger = (to_id >> 32) and b.removed_ledger is null limit 1`;
  await sql`set role wallet_serve`;
  const found = await sql.unsafe(transaction!.replace(/[0-9a-f]{64}/, some!.hash));
  assert.deepEqual(
    found.map((row) => row.format),
    [1],
  );
  const linked = await sql.unsafe(links!.replace(/\\x[0-9a-f]{66}/, `\\x${some!.account}`));
  assert.ok(linked.length > 0 && linked.every((row) => Number(row.kinds) >= 0));
});

/** Makes many ledgers of the chain's first one. */
async function longChain(copies: number): Promise<string> {
  const database = await testDatabase("chain");
  const sql = database.connect();
  await sql`delete from ledgers where sequence > ${CHAIN_FIRST}`;
  await sql`delete from transactions where to_id >= ${String(BigInt(CHAIN_FIRST + 1) << 32n)}`;
  await sql`
    insert into ledgers (sequence, hash, previous_hash, closed_at, protocol_version, base_reserve, transaction_count, operation_count, state_change_count)
    select sequence + n, hash, previous_hash, closed_at, protocol_version, base_reserve, transaction_count, operation_count, state_change_count
    from ledgers, generate_series(1, ${copies}::integer) n where sequence = ${CHAIN_FIRST}`;
  await sql`
    insert into transactions (to_id, ledger_created_at, hash, payload)
    select to_id + (n::bigint << 32), ledger_created_at, hash, payload from transactions, generate_series(1, ${copies}::integer) n`;
  return database.url;
}

/** Largest resident memory of a process so far, MB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1000;
}

sharedTest("memory does not grow with the range, and Ctrl-C ends an export that nobody reads", async () => {
  const url = await longChain(150);
  const args = ["--table", "operations", "--from", String(CHAIN_FIRST), "--to"];
  const run = async (last: number): Promise<{ bytes: number; memory: number; code: number | null }> => {
    const child = start([...args, String(last)], url);
    let [bytes, memory] = [0, 0];
    child.stdout.on("data", (part: Buffer) => {
      bytes += part.length;
      memory = Math.max(memory, peakMemory(child.pid!));
    });
    await once(child, "close");
    return { bytes, memory, code: child.exitCode };
  };
  const short = await run(CHAIN_FIRST + 15);
  const long = await run(CHAIN_FIRST + 150);
  assert.deepEqual([short.code, long.code], [0, 0]);
  assert.ok(long.bytes > 30e6 && long.bytes > short.bytes * 9, `${long.bytes} bytes`);
  assert.ok(long.memory < short.memory + 80, `${short.memory} MB became ${long.memory} MB`);

  const stuck = start([...args, String(CHAIN_FIRST + 150)], url);
  let error = "";
  stuck.stderr.on("data", (part: Buffer) => (error += part.toString()));
  await once(stuck.stdout, "readable");
  const closed = once(stuck, "exit");
  stuck.kill("SIGINT");
  await closed;
  assert.equal(stuck.exitCode, 1);
  assert.match(error, /^export stopped/);
  stuck.stdout.resume();
});
