import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const serve = fileURLToPath(new URL("../../functions/serve", import.meta.url));

/**
 * The layers of serve, each a folder, and the layers that it may import, types included. A layer imports only what stands below it
 * here. Files of no folder (serve.ts, handler.ts, …) put the layers together and may import all of them.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  http: ["graphql", "queries", "database", "values", "observe", "errors"],
  graphql: ["resolvers", "loaders", "queries", "database", "pagination", "values", "errors"],
  resolvers: ["loaders", "nodes", "queries", "pagination", "values", "errors", "schema"],
  loaders: ["nodes", "queries", "database", "pagination", "values"],
  nodes: ["queries", "values", "schema"],
  queries: ["database", "pagination", "values"],
  database: [],
  pagination: ["values", "errors"],
  values: [],
  observe: [],
  errors: [],
  schema: [],
};

const IMPORT = /^\s*(?:import|export)\s+(?:type\s)?(?:[^"';]*?\sfrom\s+)?["'](\.[^"']+)["']|\bimport\(\s*["'](\.[^"']+)["']\s*\)/gm;

interface Arrow {
  file: string;
  from: string;
  to: string;
}

/** The folder of a file, by its path from `functions/serve`; "" when it stands in none. */
function layerOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/** Imports from one layer into another. */
function arrows(): Arrow[] {
  return readdirSync(serve, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) =>
      [...readFileSync(join(serve, file), "utf8").matchAll(IMPORT)]
        .map((found) => relative(serve, resolve(serve, dirname(file), (found[1] ?? found[2])!)))
        .filter((target) => !target.startsWith(".."))
        .map((target) => ({ file: `${file} → ${target}`, from: layerOf(file), to: layerOf(target) })),
    )
    .filter(({ from, to }) => from !== to);
}

test("every layer of serve imports only the layers that it may", () => {
  const found = arrows();
  assert.ok(found.length > 100, `only ${found.length} imports between layers were found`);
  assert.ok(
    found.some(({ file }) => file === "resolvers/context.ts → loaders/loaders.ts"),
    "imports of types count",
  );
  const wrong = found.filter(({ from, to }) => from !== "" && !(LAYERS[from] ?? []).includes(to)).map(({ file }) => file);
  assert.deepEqual(wrong, []);
});

test("every arrow that the table allows is used", () => {
  const used = new Set(arrows().map(({ from, to }) => `${from} → ${to}`));
  const allowed = Object.entries(LAYERS).flatMap(([from, layers]) => layers.map((to) => `${from} → ${to}`));
  assert.deepEqual(
    allowed.filter((arrow) => !used.has(arrow)),
    [],
  );
});

test("the table names the folders that exist, and goes downwards only", () => {
  const folders = readdirSync(serve, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  assert.deepEqual(Object.keys(LAYERS).sort(), folders.sort());
  const order = Object.keys(LAYERS);
  const upwards = Object.entries(LAYERS).flatMap(([from, layers]) =>
    layers.filter((to) => order.indexOf(to) <= order.indexOf(from)).map((to) => `${from} → ${to}`),
  );
  assert.deepEqual(upwards, []);
});

test("graphql/plugins holds plugins alone", () => {
  const files = readdirSync(join(serve, "graphql/plugins"));
  const others = files.filter(
    (name) => !/export function use[A-Z]\w*\([^]*?\): Plugin</.test(readFileSync(join(serve, "graphql/plugins", name), "utf8")),
  );
  assert.deepEqual(others, []);
  assert.ok(files.length > 0);
});
