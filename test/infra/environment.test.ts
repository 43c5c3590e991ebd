import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { test } from "node:test";
import { FUNCTION_VARIABLES } from "../../lib/functions/environment.ts";
import { copySources, dependents, root, sources } from "../fixtures/source-copies.ts";

/** One name of a variable, changed in one place. */
interface Rename {
  variable: string;
  file: string;
  line: number;
  /** The file's text with it. */
  text: string;
  /** What is compiled with it: what uses a record, or the one file that writes an environment. */
  files: ReadonlySet<string>;
}

const RECORDS = ["shared", "ingest", "serve", "migrate"].map((folder) => `functions/${folder}/environment.ts`);
const VARIABLES = new Set(Object.values(FUNCTION_VARIABLES).flatMap((record) => Object.keys(record)));

/** Every place where code (no comment) has a variable's name. */
function renames(file: string, pattern: RegExp, files: ReadonlySet<string>): Rename[] {
  const source = sources.get(file)!;
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/\S/g, " "));
  return [...code.matchAll(pattern)]
    .filter(([, name]) => VARIABLES.has(name!))
    .map((match) => {
      const [found, variable] = match as unknown as [string, string];
      const end = match.index + found.indexOf(variable) + variable.length;
      return {
        variable,
        file,
        files,
        line: source.slice(0, end).split("\n").length,
        text: `${source.slice(0, end)}_X${source.slice(end)}`,
      };
    });
}

const inRecords = RECORDS.flatMap((file) => renames(file, /^ {2}([A-Z][A-Z_]+):/gm, dependents(file)));
const inLib = [...sources.keys()]
  .filter((file) => file.startsWith("lib/"))
  .flatMap((file) => renames(file, /\b([A-Z][A-Z_]+)\b/g, new Set([file])));
const all = [...inRecords, ...inLib];

/** Compiles the sources with each of the changes, and each record's without any; the errors by the number of the change or the record. */
function compile(): Map<string, string[]> {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const folder = relative(root, mkdtempSync(join(root, ".cache", "environment-")));
  try {
    for (const file of RECORDS) copySources(join(folder, `unchanged-${basename(dirname(file))}`), dependents(file), new Map());
    for (const [number, { file, files, text }] of all.entries()) copySources(join(folder, `${number}`), files, new Map([[file, text]]));
    const config = join(root, folder, "tsconfig.json");
    writeFileSync(config, JSON.stringify({ extends: "../../tsconfig.json", include: ["**/*.ts"] }));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", config, "--pretty", "false"], { encoding: "utf8", maxBuffer: 64 << 20 });
    const errors = new Map<string, string[]>();
    for (const [line, name] of stdout.matchAll(/^\S*?environment-[^/]*\/([\w-]+)\/.*?: error TS.*$/gm))
      errors.set(name!, [...(errors.get(name!) ?? []), line]);
    return errors;
  } finally {
    rmSync(join(root, folder), { recursive: true, force: true });
  }
}

const started = performance.now();
const errors = compile();
const seconds = (performance.now() - started) / 1000;

test("every variable is renamed in its record, and every one that a deployment sets in lib", () => {
  assert.deepEqual([...new Set(inRecords.map(({ variable }) => variable))].sort(), [...VARIABLES].sort());
  const required = Object.values(FUNCTION_VARIABLES).flatMap((record) =>
    Object.entries(record).flatMap(([name, variable]) => (variable.required ? [name] : [])),
  );
  const written = new Set(inLib.map(({ variable }) => variable));
  assert.deepEqual(
    required.filter((name) => !written.has(name)),
    [],
  );
});

test("without a renamed variable the copies compile", (t) => {
  t.diagnostic(`${all.length} renamed variables compiled in ${seconds.toFixed(1)} s`);
  assert.deepEqual(
    [...errors].filter(([name]) => name.startsWith("unchanged")),
    [],
  );
});

for (const [number, { variable, file, line }] of all.entries()) {
  test(`${variable} renamed in ${file}:${line} does not compile`, () => {
    assert.ok(errors.has(`${number}`));
  });
}
