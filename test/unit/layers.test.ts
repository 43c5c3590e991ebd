import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const functions = fileURLToPath(new URL("../../functions", import.meta.url));

/**
 * The layers of a function, each a folder, and what it may import, types included: layers that stand below it here, and files of no folder
 * by their names. Files of no folder put the layers together and may import all of them.
 */
type Layers = Readonly<Record<string, readonly string[]>>;

const INGEST: Layers = {
  observe: ["invocation", "source", "handler.ts"],
  invocation: ["tokens", "maintenance", "persist", "source", "verify", "indexer", "ledger", "environment.ts"],
  tokens: ["persist", "source", "code", "ledger"],
  persist: ["maintenance", "indexer", "ledger"],
  maintenance: ["source", "ledger", "environment.ts"],
  source: ["ledger", "environment.ts"],
  verify: ["indexer", "ledger"],
  indexer: ["code", "ledger"],
  code: [],
  ledger: [],
};

const SERVE: Layers = {
  http: ["graphql", "queries", "database", "values", "observe", "errors"],
  graphql: ["resolvers", "loaders", "queries", "database", "pagination", "values", "errors"],
  resolvers: ["loaders", "nodes", "operations", "queries", "pagination", "values", "errors", "schema"],
  loaders: ["nodes", "queries", "database", "pagination", "values", "errors"],
  nodes: ["operations", "queries", "values", "schema"],
  operations: ["values"],
  queries: ["database", "pagination", "values"],
  database: [],
  pagination: ["values", "errors"],
  values: [],
  observe: ["errors"],
  errors: [],
  schema: [],
};

const IMPORT = /^\s*(?:import|export)\s+(?:type\s)?(?:[^"';]*?\sfrom\s+)?["'](\.[^"']+)["']|\bimport\(\s*["'](\.[^"']+)["']\s*\)/gm;

interface Arrow {
  file: string;
  from: string;
  /** A layer, or a file of no folder. */
  to: string;
}

/** The folder of a file, by its path from the function's; the file itself when it stands in none. */
function layerOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
}

/** Imports of one layer from another, or from a file of no folder. */
function arrows(root: string): Arrow[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file.includes("/"))
    .flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(IMPORT)]
        .map((found) => relative(root, resolve(root, dirname(file), (found[1] ?? found[2])!)))
        .filter((target) => !target.startsWith(".."))
        .map((target) => ({ file: `${file} → ${target}`, from: layerOf(file), to: layerOf(target) })),
    )
    .filter(({ from, to }) => from !== to);
}

for (const [name, layers] of [
  ["ingest", INGEST],
  ["serve", SERVE],
] as const) {
  const root = join(functions, name);

  test(`every layer of ${name} imports only what it may`, () => {
    const found = arrows(root);
    assert.ok(found.length > 100, `only ${found.length} imports between layers were found`);
    const wrong = found.filter(({ from, to }) => !(layers[from] ?? []).includes(to)).map(({ file }) => file);
    assert.deepEqual(wrong, []);
  });

  test(`every arrow that the table of ${name} allows is used`, () => {
    const used = new Set(arrows(root).map(({ from, to }) => `${from} → ${to}`));
    const allowed = Object.entries(layers).flatMap(([from, others]) => others.map((to) => `${from} → ${to}`));
    assert.deepEqual(
      allowed.filter((arrow) => !used.has(arrow)),
      [],
    );
  });

  test(`the table of ${name} names the folders that exist, and goes downwards only`, () => {
    // Git leaves empty folders behind where a commit took their files away.
    const folders = readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() && readdirSync(join(root, entry.name)).length > 0 ? [entry.name] : [],
    );
    assert.deepEqual(Object.keys(layers).sort(), folders.sort());
    const order = Object.keys(layers);
    const upwards = Object.entries(layers).flatMap(([from, others]) =>
      others.filter((to) => !to.endsWith(".ts") && order.indexOf(to) <= order.indexOf(from)).map((to) => `${from} → ${to}`),
    );
    assert.deepEqual(upwards, []);
  });
}

test("types count as imports", () => {
  assert.ok(arrows(join(functions, "serve")).some(({ file }) => file === "resolvers/context.ts → loaders/loaders.ts"));
});

test("graphql/plugins holds plugins alone", () => {
  const folder = join(functions, "serve/graphql/plugins");
  const files = readdirSync(folder);
  const others = files.filter((name) => !/export function use[A-Z]\w*\([^]*?\): Plugin</.test(readFileSync(join(folder, name), "utf8")));
  assert.deepEqual(others, []);
  assert.ok(files.length > 0);
});

test("verify runs nothing of the indexer that it checks: it knows the types of its rows alone", () => {
  for (const file of readdirSync(join(functions, "ingest/verify"))) {
    const imports = readFileSync(join(functions, "ingest/verify", file), "utf8").matchAll(
      /^import (?<type>type )?.*from "(?<from>.*\/indexer\/.*)";/gm,
    );
    for (const { groups } of imports) assert.deepEqual([file, groups!.type, groups!.from], [file, "type ", "../indexer/rows.ts"]);
  }
});
