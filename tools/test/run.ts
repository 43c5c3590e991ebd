/**
 * Runs tests: all, those of groups (folders of test/), of files, or with `--changed` those that the difference from the main
 * branch can affect. `--watch` runs them again when a file changes.
 *
 * Run: `node tools/test/run.ts [unit|api|…|FILE]… [--changed] [--watch]`
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { affectedTests } from "./affected-tests.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Test files at once: most wait for a database server, which takes the other half of a small machine. */
const FILES_AT_ONCE = 2;

function git(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** Paths that differ from where this branch left the main one, committed or not. */
function changedPaths(): string[] {
  const main = ["origin/main", "main"].find((name) => spawnSync("git", ["rev-parse", "-q", "--verify", name], { cwd: root }).status === 0);
  const base = main === undefined ? "HEAD" : git("merge-base", "HEAD", main);
  return [...git("diff", "--name-only", base).split("\n"), ...git("ls-files", "--others", "--exclude-standard").split("\n")].filter(
    Boolean,
  );
}

const args = process.argv.slice(2);
const watches = args.includes("--watch");
const named = args.filter((arg) => !arg.startsWith("--"));
let files = (named.length > 0 ? named : ["**"]).map((name) =>
  existsSync(`${root}test/${name}`) || name === "**" ? `test/${name}/*.test.ts` : name,
);
if (args.includes("--changed")) {
  files = affectedTests(root, changedPaths());
  console.log(files.length > 0 ? `${files.join("\n")}\n` : "no test is affected");
  if (files.length === 0) process.exit();
}
const reporters = watches ? ["spec"] : ["spec", "./tools/test/slowest-files.ts"];
const child = spawn(
  process.execPath,
  [
    "--test",
    ...(watches ? ["--watch"] : []),
    `--test-concurrency=${FILES_AT_ONCE}`,
    "--test-global-setup=test/fixtures/global-setup.ts",
    ...reporters.flatMap((reporter) => [`--test-reporter=${reporter}`, "--test-reporter-destination=stdout"]),
    ...files,
  ],
  { cwd: root, stdio: "inherit" },
);
// Ctrl-C reaches the child by itself; it ends what it started, and then this process ends.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill());
child.on("exit", (code) => (process.exitCode = code ?? 1));
