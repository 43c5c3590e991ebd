import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSchema, parse, validate } from "graphql";
import { readSchemaText } from "../../tools/build-schema.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(`${root}/docs/api.md`, "utf8");

function examples(language: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map((match) => match[1]!);
}

test("the GraphQL of docs/api.md is valid", () => {
  const schema = buildSchema(readSchemaText());
  const found = examples("graphql");
  assert.ok(found.length > 0);
  for (const example of found) assert.deepEqual(validate(schema, parse(example)).map(String), []);
});

test("the TypeScript of docs/api.md compiles", () => {
  const found = examples("ts");
  assert.ok(found.length > 0);
  const folder = mkdtempSync(join(root, "client", "docs-"));
  try {
    const files = found.map((example, i) => {
      const file = join(folder, `${i}.ts`);
      writeFileSync(file, example.replace("stellar-wallet-serverless/client", "../index.ts"));
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
