import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Import {
  /** Path from the root for our own files, the package's name otherwise (`node:fs`, `postgres`). */
  target: string;
  typeOnly: boolean;
  /** `import("…")` in the middle of the code. */
  lazy: boolean;
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']/gm;
const LAZY = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const name = (specifier: string): string =>
    specifier.startsWith(".") ? relative(root, resolve(root, dirname(file), specifier)) : specifier;
  return [
    ...[...text.matchAll(STATEMENT)].map((m) => ({ target: name(m[2]!), typeOnly: m[1] !== undefined, lazy: false })),
    ...[...text.matchAll(LAZY)].map((m) => ({ target: name(m[1]!), typeOnly: false, lazy: true })),
  ];
}

function filesIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

/** `file → target` for every import in a folder that is not allowed. */
function offences(folder: string, allowed: (found: Import, file: string) => boolean): string[] {
  return filesIn(folder).flatMap((file) =>
    importsOf(file)
      .filter((found) => !allowed(found, file))
      .map(({ target }) => `${file} → ${target}`),
  );
}

function inside(target: string, ...folders: string[]): boolean {
  return folders.some((folder) => target.startsWith(`${folder}/`));
}

/** The file and everything of ours that it loads when it is loaded itself. */
function loaded(entry: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(entry) || !existsSync(join(root, entry))) return seen;
  seen.add(entry);
  for (const { target, typeOnly, lazy } of importsOf(entry)) {
    if (!typeOnly && !lazy && target.endsWith(".ts")) loaded(target, seen);
  }
  return seen;
}

test("the reader of imports sees static, type-only and lazy imports", () => {
  const own = importsOf("test/unit/import-boundaries.test.ts");
  assert.ok(own.some(({ target }) => target === "node:test"));
  const source = importsOf("functions/ingest/source/file.ts");
  assert.ok(source.some(({ target, typeOnly }) => target === "functions/ingest/source/ledger-source.ts" && typeOnly));
  assert.ok(source.some(({ target, typeOnly }) => target === "functions/shared/errors.ts" && !typeOnly));
  assert.ok(importsOf("bin/wallet.ts").some(({ target, lazy }) => target === "bin/commands/inspect.ts" && lazy));
});

test("every relative import names a file that exists", () => {
  const missing = ["functions", "bin", "lib", "test", "tools", "client"].flatMap((folder) =>
    offences(folder, ({ target }) => !target.endsWith(".ts") || target.startsWith("node:") || existsSync(join(root, target))),
  );
  assert.deepEqual(missing, []);
});

for (const side of ["ingest", "serve", "migrate"]) {
  test(`functions/${side} imports from our own code nothing but itself and functions/shared`, () => {
    const own = ["functions", "bin", "lib", "test", "tools", "client"];
    const allowed = offences(
      `functions/${side}`,
      ({ target }) => !inside(target, ...own) || inside(target, `functions/${side}`, "functions/shared"),
    );
    assert.deepEqual(allowed, []);
  });
}

test("functions/shared imports from our own code nothing but itself", () => {
  const found = offences(
    "functions/shared",
    ({ target }) => !/^(functions|bin|lib|test|tools|client)\//.test(target) || inside(target, "functions/shared"),
  );
  assert.deepEqual(found, []);
});

test("indexer and ledger reader import no database, no network and no clock", () => {
  const pure = new Set(["node:crypto", "node:os", "node:buffer"]);
  const folders = ["functions/ingest/indexer", "functions/ingest/code", "functions/ingest/ledger"];
  const found = folders.flatMap((folder) =>
    offences(folder, ({ target }) => pure.has(target) || inside(target, ...folders, "functions/shared")),
  );
  assert.deepEqual(found, []);
});

test("indexer and ledger reader ask no clock", () => {
  const folders = ["indexer", "code", "ledger"].flatMap((folder) => filesIn(`functions/ingest/${folder}`));
  const asking = folders.filter((file) =>
    /\bDate\.now\(|\bnew Date\(\)|\bperformance\.|\bsetTimeout\(|\bfetch\(|\bMath\.random\(/.test(readFileSync(join(root, file), "utf8")),
  );
  assert.deepEqual(asking, []);
});

test("functions/serve writes nothing", () => {
  const writing = filesIn("functions/serve").filter((file) =>
    /\b(insert\s+into|update\s+\w+\s+set|delete\s+from|truncate|copy\s+\w+\s+from|create\s+table|alter\s+table|drop\s+table)\b/i.test(
      readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""),
    ),
  );
  assert.deepEqual(writing, []);
});

test("nobody uses the driver's own transactions, whose end over a broken connection ends the process", () => {
  const users = ["functions", "bin"].flatMap(filesIn).filter((file) => /\bsql\.begin\(/.test(readFileSync(join(root, file), "utf8")));
  assert.deepEqual(users, []);
});

/** Pure data of the functions: names, defaults and parsers of variables, names of metrics. */
function isPureData(target: string): boolean {
  return /^functions\/\w+\/environment\.ts$/.test(target) || /^functions\/shared\/(variables|metrics)\.ts$/.test(target);
}

test("lib and bin/app.ts import from functions types and the records of variables and metrics alone", () => {
  const app = existsSync(join(root, "bin/app.ts")) ? importsOf("bin/app.ts").map((found) => ({ found, file: "bin/app.ts" })) : [];
  const wrong = app
    .filter(({ found }) => inside(found.target, "functions") && !found.typeOnly)
    .map(({ found }) => `bin/app.ts → ${found.target}`);
  const allowed = offences("lib", ({ target, typeOnly }) => typeOnly || !inside(target, "functions") || isPureData(target));
  assert.deepEqual([...wrong, ...allowed], []);
});

test("the records of variables and metrics import nothing but each other and what reads a variable", () => {
  const readers = /^functions\/shared\/(network|aws-environment|errors)\.ts$/;
  const found = filesIn("functions")
    .filter(isPureData)
    .flatMap((file) =>
      importsOf(file)
        .filter(({ target, typeOnly }) => !typeOnly && !isPureData(target) && !readers.test(target))
        .map(({ target }) => `${file} → ${target}`),
    );
  assert.deepEqual(found, []);
});

test("only the shared session knows how the driver connects", () => {
  const callers = filesIn("functions").filter((file) => /[^/.\w]postgres\((?!ql)/.test(readFileSync(join(root, file), "utf8")));
  assert.deepEqual(callers, ["functions/shared/database/open-session.ts"]);
});

test("the ingest function does not load the Stellar SDK's encoder", () => {
  const whole = filesIn("functions/ingest").filter((file) =>
    importsOf(file).some(({ target, typeOnly }) => !typeOnly && target === "@stellar/stellar-sdk"),
  );
  assert.deepEqual(whole, []);
});

test("the command line loads a command only when it is called", () => {
  const files = [...loaded("bin/wallet.ts")].sort();
  assert.ok(files.includes("bin/cli/run.ts"));
  assert.deepEqual(
    files.filter((file) => !file.startsWith("bin/wallet.ts") && !inside(file, "bin/cli", "functions/shared")),
    [],
  );
});

test("client imports nothing but itself, not even Node", () => {
  assert.deepEqual(
    offences("client", ({ target }) => inside(target, "client")),
    [],
  );
});
