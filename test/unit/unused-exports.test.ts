import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const FOLDERS = ["functions", "bin", "lib", "tools", "client", "test"];

/** What others than this repository use: the Lambdas' entries, the client's package, stacks by the CDK's command, the test runner its set-up. */
const ENTRIES = [/^test\/fixtures\/global-setup\.ts$/, /^functions\/\w+\/index\.ts$/, /^client\/index\.ts$/, /\.generated\.ts$/];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name)),
);
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));

/** Names that a file exports by a declaration. */
function exported(text: string): string[] {
  const declared = /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm;
  return [...text.matchAll(declared)].map(([, name]) => name!);
}

/** `file#name` of everything that is imported or exported again somewhere; `file#*` where all of a file is. */
function used(): Set<string> {
  const found = new Set<string>();
  const statement = /(?:import|export)\s+(?:type\s+)?(\*(?:\s+as\s+\w+)?|[\w\s,{}]*?)\s+from\s+["'](\.[^"']+)["']/g;
  for (const [file, text] of texts) {
    const target = (specifier: string): string => relative(root, resolve(root, dirname(file), specifier));
    for (const [, clause, specifier] of text.matchAll(statement)) {
      if (clause!.startsWith("*")) found.add(`${target(specifier!)}#*`);
      for (const part of clause!.replaceAll(/[{}]/g, ",").split(",")) {
        const name = part
          .trim()
          .replace(/^type\s+/, "")
          .split(/\s+as\s+/)[0]!;
        if (name !== "") found.add(`${target(specifier!)}#${name}`);
      }
    }
    // `const { a, b } = await import("…")`, and everything of a module that is imported as a whole or in a type.
    for (const [, clause, specifier] of text.matchAll(/(?:const\s+\{([^}]*)\}\s*=\s*await\s+)?import\(\s*["'](\.[^"']+)["']\s*\)/g)) {
      if (clause === undefined) found.add(`${target(specifier!)}#*`);
      else for (const part of clause.split(",")) found.add(`${target(specifier!)}#${part.trim().split(":")[0]!.trim()}`);
    }
  }
  return found;
}

test("every export has a user in another file", () => {
  const users = used();
  assert.ok(users.has("functions/shared/errors.ts#WalletError"), "the reader of imports finds imports");
  const unused = [...texts]
    .filter(([file]) => !ENTRIES.some((entry) => entry.test(file)))
    .flatMap(([file, text]) =>
      exported(text)
        .filter((name) => !users.has(`${file}#${name}`) && !users.has(`${file}#*`))
        .map((name) => `${file} exports ${name}`),
    );
  assert.deepEqual(unused, []);
});
