/**
 * The table of docs/settings.md from the functions' records: `node tools/settings-table.ts` writes it into the page; with `--check` it
 * only says whether the page has it.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "../bin/cli/command.ts";
import { formatValue, settingName, type Variables } from "../functions/shared/variables.ts";
import { readConfig } from "../lib/config.ts";
import { FUNCTION_VARIABLES } from "../lib/functions/environment.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The page that has the table. */
const SETTINGS_PAGE: string = join(root, "docs/settings.md");

const HEADER = `| variable | in cdk.json | option | unit | default | deployed | of | meaning |
| --- | --- | --- | --- | --- | --- | --- | --- |`;

/** What the records' doc comments say, by variable. */
function meanings(): Map<string, string> {
  const texts = globSync("functions/*/environment.ts", { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"));
  const comments = texts.flatMap((text) => [...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}([A-Z_]+):/g)]);
  return new Map(
    comments.map(([, comment, name]) => [
      name!,
      comment!
        .replace(/\n\s*\*/g, " ")
        .replace(/\s+/g, " ")
        .trim(),
    ]),
  );
}

/** The options of all commands. */
async function commandOptions(): Promise<Set<string>> {
  const names = globSync("bin/commands/*.ts", { cwd: root }).map((file) => basename(file));
  const modules = await Promise.all(names.map((name) => import(`../bin/commands/${name}`) as Promise<{ command: Command }>));
  return new Set(modules.flatMap(({ command }) => Object.keys(command.options)));
}

/** The settings that a deployment knows. */
export function deploymentSettings(): string[] {
  try {
    readConfig({ context: { nonsense: 1 }, environment: {} });
  } catch (error) {
    return /Settings are: (.*)\.$/.exec((error as Error).message)![1]!.split(", ");
  }
  throw new Error("an unknown setting was taken");
}

/** What a deployment sets where the operator says nothing. */
function deployedValues(): Readonly<Record<string, unknown>> {
  const { ingest, serve, ledgers, logLevel } = readConfig({ context: {}, environment: {} });
  return {
    ...ingest.environment,
    ...serve.environment,
    NETWORK: ledgers.network,
    DATASTORE_BUCKET_PATH: ledgers.lake?.bucketPath,
    DATASTORE_REGION: ledgers.lake?.region,
    LOG_LEVEL: logLevel,
  };
}

function formatted(value: unknown): string {
  return value === undefined ? "" : formatValue(value as Parameters<typeof formatValue>[0]);
}

/** The table: a row a variable, in the order of the records. */
export async function settingsTable(): Promise<string> {
  const [told, options, deployment, deployed] = [meanings(), await commandOptions(), new Set(deploymentSettings()), deployedValues()];
  const rows = new Map<string, { unit: string; fallback: string; functions: string[] }>();
  for (const [name, record] of Object.entries(FUNCTION_VARIABLES))
    for (const [variable, { unit = "", default: value }] of Object.entries<Variables[string]>(record)) {
      const row = rows.get(variable) ?? { unit, fallback: formatted(value), functions: [] };
      row.functions.push(name);
      rows.set(variable, row);
    }
  const code = (text: string): string => (text === "" ? "" : `\`${text}\``);
  const lines = [...rows].map(([variable, { unit, fallback, functions }]) => {
    const setting: string = settingName(variable);
    const option = variable.toLowerCase().replaceAll("_", "-");
    const value = formatted(deployed[variable]);
    const cells = [
      code(variable),
      deployment.has(setting) ? code(setting) : "",
      options.has(option) ? code(`--${option}`) : "",
      unit,
      code(fallback),
      value === fallback ? "" : code(value),
      functions.length === Object.keys(FUNCTION_VARIABLES).length ? "all" : functions.join(", "),
      told.get(variable) ?? "",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [HEADER, ...lines].join("\n");
}

if (import.meta.main) {
  const page = readFileSync(SETTINGS_PAGE, "utf8");
  const [before, rest] = page.split(HEADER) as [string, string];
  const text = `${before}${await settingsTable()}${rest.slice(rest.indexOf("\n\n"))}`;
  if (!process.argv.includes("--check")) writeFileSync(SETTINGS_PAGE, text);
  else if (text !== page) {
    console.error("docs/settings.md differs from the records of the functions' variables: run npm run generate");
    process.exitCode = 1;
  }
}
