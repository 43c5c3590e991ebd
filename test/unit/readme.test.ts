import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSchema, parse, validate } from "graphql";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(`${root}/README.md`, "utf8");

test("the README's GraphQL examples are valid", () => {
  const folder = `${root}/functions/serve/schema`;
  const files = readdirSync(folder).filter((name) => name.endsWith(".graphql"));
  const schema = buildSchema(files.map((name) => readFileSync(`${folder}/${name}`, "utf8")).join("\n"));
  const examples = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map((match) => match[1]!);
  assert.ok(examples.length >= 2);
  for (const example of examples)
    assert.deepEqual(
      validate(schema, parse(example)).map(({ message }) => message),
      [],
    );
});

test("the README names npm scripts that exist", () => {
  const { scripts = {} }: { scripts?: Record<string, string> } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const named = [...readme.matchAll(/npm (?:run ([a-z:]+)|(start|test)\b)/g)].map((match) => match[1] ?? match[2]!);
  assert.ok(named.includes("start") && named.includes("test"));
  assert.deepEqual(
    named.filter((name) => !(name in scripts)),
    [],
  );
});

test("the README's files exist", () => {
  const links = [...readme.matchAll(/\]\(((?!https?:)[^)]+)\)/g)].map((match) => match[1]!);
  assert.ok(links.length > 0);
  for (const link of links) assert.ok(readFileSync(`${root}/${link}`).length > 0, link);
});
