import { execFile } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const VERSION = "1.58.0";

/** W3005: a dependency that is implied as well. CDK writes those out; they harm nothing. */
const IGNORED = ["W3005"];

/**
 * Lints templates with cfn-lint, which is Python: it is installed once into a virtual environment in .cache/.
 * @returns its version and how much it read
 * @throws an Error with `stdout` when it finds something
 */
export async function cfnLint(templates: readonly string[], root: string): Promise<string> {
  if (templates.length === 0) throw new Error("there are no templates");
  const folder = join(root, ".cache", `cfn-lint-${VERSION}`);
  const program = join(folder, "bin", "cfn-lint");
  if (!existsSync(join(folder, "installed"))) {
    rmSync(folder, { recursive: true, force: true });
    await run("python3", ["-m", "venv", folder]);
    await run(join(folder, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", `cfn-lint==${VERSION}`]);
    await run("touch", [join(folder, "installed")]);
  }
  await run(program, ["--ignore-checks", ...IGNORED, "--", ...templates], { maxBuffer: 64 << 20 });
  return `${VERSION}, ${templates.length} templates, no finding`;
}
