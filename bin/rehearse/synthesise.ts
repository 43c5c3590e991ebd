import { execFile } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WalletError } from "../../functions/shared/errors.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** As with credentials: the CLI passes their account and a region, and ARNs become literal. The account is nobody's. */
const DEPLOYED = { CDK_DEFAULT_ACCOUNT: "123456789012", CDK_DEFAULT_REGION: "us-east-1" };

/** Runs `cdk synth` offline: no profile, no metadata service. @throws WalletError REHEARSAL_FAILED with its output */
export async function synthesise(directory: string): Promise<void> {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_DEFAULT_)/.test(name));
  const env = {
    ...Object.fromEntries(own),
    ...DEPLOYED,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
  const args = [join(root, "node_modules/aws-cdk/bin/cdk"), "synth", "-q", "--no-notices", "--no-version-reporting", "-o", directory];
  try {
    await run(process.execPath, args, { cwd: root, env, maxBuffer: 64 << 20 });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new WalletError("REHEARSAL_FAILED", `cdk synth failed:\n${(stdout + stderr).trim().slice(-4000)}`, { directory });
  }
}

/** Has a source of the functions changed since the assembly was made? */
export function isOutdated(directory: string): boolean {
  const manifest = join(directory, "manifest.json");
  if (!existsSync(manifest)) return true;
  const made = statSync(manifest).mtimeMs;
  const sources = globSync(["functions/**/*.ts", "migrations/**/*.sql", "lib/**/*.ts", "package-lock.json"], { cwd: root });
  return sources.some((file) => statSync(join(root, file)).mtimeMs > made);
}
