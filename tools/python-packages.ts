import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = fileURLToPath(new URL("../.cache", import.meta.url));

/**
 * Programs that come from PyPI alone: installed by pip into a folder of their own below .cache/, once; later runs find them there.
 * Needs no `venv`, which Debian keeps apart, and touches no Python of the machine's.
 * @param name of the folder, with the version
 * @param packages as pip takes them, e.g. `cfn-lint==1.58.0`
 * @returns the folder, for PYTHONPATH
 */
export async function pythonPackages(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, `${name}-`));
  try {
    await run("python3", ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", fresh, ...packages], {
      timeout: 300_000,
    });
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Otherwise another run was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
