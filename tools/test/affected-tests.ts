import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** Changes that may affect any test. */
const AFFECTS_ALL = /^(package(-lock)?\.json|tsconfig\.json|test\/fixtures\/global-setup\.ts)$/;

/** Quoted text that may be a path: of an import, a URL beside the file, a script to run. */
const QUOTED = /["'`]([\w@./-]+)["'`]/g;

/**
 * Files and folders of the repository that a file names, whether it imports, reads or runs them; relative to the file or to the
 * root. Imports of types alone are left out: they change no test, and the type-check looks at them.
 */
function references(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), "utf8").replace(/^import type [^;]*;$/gm, "");
  const found = new Set<string>();
  for (const [, name] of text.matchAll(QUOTED)) {
    if (!name!.includes("/") && !name!.includes(".")) continue;
    const path = name!.startsWith(".") ? relative(root, resolve(root, dirname(file), name!)) : name!;
    if (path !== "" && !path.startsWith("..") && existsSync(join(root, path))) found.add(path.replace(/\/$/, ""));
  }
  return [...found];
}

/**
 * The test files that import, read or run a changed file, directly or through others.
 * @param changed paths from the root, deleted files included
 */
export function affectedTests(root: string, changed: readonly string[]): string[] {
  const tests = globSync("test/**/*.test.ts", { cwd: root }).sort();
  if (changed.some((path) => AFFECTS_ALL.test(path))) return tests;
  const known = new Map<string, string[]>();
  const referencesOf = (file: string): string[] => {
    let found = known.get(file);
    if (!found) known.set(file, (found = file.endsWith(".ts") ? references(root, file) : []));
    return found;
  };
  const isChanged = (path: string): boolean => changed.some((each) => each === path || each.startsWith(`${path}/`));
  return tests.filter((test) => {
    const seen = new Set([test]);
    // The set grows while it is walked.
    for (const file of seen) {
      if (isChanged(file)) return true;
      for (const each of referencesOf(file)) seen.add(each);
    }
    return false;
  });
}
