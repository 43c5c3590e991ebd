import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { pythonPackages } from "../python-packages.ts";

const run = promisify(execFile);
const VERSION = "1.58.0";

/** W3005: a dependency that is implied as well. CDK writes those out; they harm nothing. */
const IGNORED = ["W3005"];

/**
 * Lints templates with cfn-lint, which is Python.
 * @returns its version and how much it read
 * @throws an Error with `stdout` when it finds something
 */
export async function cfnLint(templates: readonly string[]): Promise<string> {
  if (templates.length === 0) throw new Error("there are no templates");
  const packages = await pythonPackages(`cfn-lint-${VERSION}`, [`cfn-lint==${VERSION}`]);
  await run("python3", ["-c", "from cfnlint.runner import main; main()", "--ignore-checks", ...IGNORED, "--", ...templates], {
    env: { ...process.env, PYTHONPATH: packages },
    maxBuffer: 64 << 20,
  });
  return `${VERSION}, ${templates.length} templates, no finding`;
}
