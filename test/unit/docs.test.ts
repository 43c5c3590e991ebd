import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSchema, parse, validate } from "graphql";
import { COMMON } from "../../bin/cli/arguments.ts";
import type { Command } from "../../bin/cli/command.ts";
import { API_ERRORS } from "../../functions/serve/errors/api-errors.ts";
import { readSchemaText } from "../../tools/build-schema.ts";
import { deploymentSettings, settingsTable } from "../../tools/settings-table.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const pages = ["README.md", "CHANGELOG.md", "test/simulation/README.md", ...globSync("docs/**/*.md", { cwd: root })];
const [readme, api] = [read("README.md"), read("docs/api.md")];

/** The fenced examples of a page. */
function examples(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1]!);
}

/** The first cells of a page's tables, below a heading. */
function firstCells(page: string, heading: string): string[] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  return [...section.split("\n## ")[0]!.matchAll(/^\| (.*?) \|/gm)].map((match) => match[1]!);
}

test("every link between the pages leads somewhere", () => {
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(((?!https?:)[^)#]+)(?:#[^)]*)?\)/g)].map((match) => ({ page, file: join(dirname(page), match[1]!) })),
  );
  assert.ok(links.length > 30);
  assert.deepEqual(
    links.filter(({ file }) => !existsSync(join(root, file))),
    [],
  );
});

test("the GraphQL of the pages is valid", () => {
  const schema = buildSchema(readSchemaText());
  for (const page of [readme, api]) {
    const found = examples(page, "graphql");
    assert.ok(found.length > 0);
    for (const example of found) assert.deepEqual(validate(schema, parse(example)).map(String), []);
  }
});

test("the TypeScript of docs/api.md compiles", () => {
  const found = examples(api, "ts");
  assert.ok(found.length > 0);
  // Below the root, where packages are found, but in none of the folders that other files look through meanwhile.
  mkdirSync(join(root, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(root, ".cache", "docs-"));
  try {
    const files = found.map((example, i) => {
      const file = join(folder, `${i}.ts`);
      writeFileSync(file, example.replace("stellar-wallet-serverless/client", "../../client/index.ts"));
      return file;
    });
    const config = join(folder, "tsconfig.json");
    writeFileSync(config, JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: { noEmit: true }, include: files }));
    const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { encoding: "utf8" });
    assert.equal(tsc.status, 0, tsc.stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the README names npm scripts that exist, and every command of the command line", () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read("package.json"));
  const named = [...readme.matchAll(/npm (?:run ([a-z:]+)|(start|test)\b)/g)].map((match) => match[1] ?? match[2]!);
  assert.ok(named.includes("start") && named.includes("test"));
  assert.deepEqual(
    named.filter((name) => !(name in scripts)),
    [],
  );
  const commands = globSync("bin/commands/*.ts", { cwd: root }).map((file) => file.replace(/.*\/(.*)\.ts$/, "$1"));
  const described = firstCells(readme, "The command line").flatMap((cell) => /^`([a-z]+)/.exec(cell)?.[1] ?? []);
  assert.deepEqual(described.sort(), commands.sort());
});

test("every error code has its line, and every line its code", () => {
  const codes = [...read("functions/shared/errors.ts").matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map((match) => match[1]!);
  const lines = [...read("docs/operations/errors.md").matchAll(/^\| ([A-Z_]+) \|/gm)].map((match) => match[1]!);
  assert.deepEqual(lines.sort(), [...codes, "UNEXPECTED"].sort());
});

test("every code that a client may see is in docs/api.md, and no other", () => {
  const [, table = ""] = api.split("\n## Errors\n");
  const shown = [...table.split("\n## ")[0]!.matchAll(/^\| ([A-Z_, ]+) \|/gm)].flatMap((match) => match[1]!.split(", "));
  const codes = [...API_ERRORS.keys()];
  // These are no errors of GraphQL, and stand in the text.
  const inText = ["DATABASE_TOO_OLD", "NETWORK_MISMATCH"];
  for (const code of inText) assert.ok(table.includes(code), code);
  assert.deepEqual(shown.sort(), codes.filter((code) => !inText.includes(code)).sort());
});

test("every command of the command line that a page names exists, with the options that it names", async () => {
  const lines = pages.flatMap((page) =>
    [...read(page).matchAll(/npm run wallet -- ([a-z]+)([^\n`]*)/g)].map((match) => ({ page, name: match[1]!, rest: match[2]! })),
  );
  assert.ok(lines.some(({ name, rest }) => name === "export" && rest.includes("--out")));
  for (const { page, name, rest } of lines) {
    const file = `bin/commands/${name}.ts`;
    assert.ok(existsSync(join(root, file)), `${page}: ${name}`);
    const { command } = (await import(`../../${file}`)) as { command: Command };
    const options = [...rest.matchAll(/ --([a-z-]+)/g)].map((match) => match[1]!);
    assert.deepEqual(
      options.filter((option) => !(option in { ...command.options, ...COMMON })),
      [],
      `${page}: ${name}`,
    );
  }
});

test("docs/settings.md has the records of the functions' variables (node tools/settings-table.ts writes them)", async () => {
  const table = await settingsTable();
  assert.ok(table.split("\n").length > 30);
  assert.ok(
    table.split("\n").every((row) => !row.endsWith("|  |")),
    "a variable has no doc comment",
  );
  assert.ok(read("docs/settings.md").includes(`\n${table}\n\n`));
});

test("docs/settings.md names every setting of a deployment, and no other", () => {
  const page = read("docs/settings.md");
  const ofVariables = [...page.matchAll(/^\| `[A-Z_]+` \| `(\w+)` \|/gm)].map((match) => match[1]!);
  const alone = firstCells(page, "Settings of a deployment alone").flatMap((cell) =>
    [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1]!),
  );
  assert.deepEqual([...new Set([...ofVariables, ...alone])].sort(), deploymentSettings().sort());
});
