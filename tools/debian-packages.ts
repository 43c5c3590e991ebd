import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const cache = fileURLToPath(new URL("../.cache", import.meta.url));

/**
 * Programs of Debian's: fetched by apt and unpacked into a folder of their own below .cache/, once; later runs find them there.
 * Installs nothing and needs no rights.
 * @param name of the folder
 * @param packages the program's and those of its libraries that a bare Debian lacks
 * @returns the folder, the root of what the packages hold
 * @throws Error where there is no apt or no package
 */
export async function debianPackages(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, `${name}-`));
  try {
    const options = { cwd: fresh, timeout: 120_000 };
    await run("apt-get", ["download", "--quiet", ...packages], options).catch(async () => {
      // A machine whose lists were never fetched, or were thrown away.
      await run("apt-get", ["update", "--quiet"], options);
      await run("apt-get", ["download", "--quiet", ...packages], options);
    });
    for (const file of readdirSync(fresh)) {
      await run("dpkg-deb", ["--extract", file, fresh], options);
      rmSync(join(fresh, file));
    }
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Otherwise another run was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
