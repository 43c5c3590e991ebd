// Synthesises every database mode offline, without an account and with one (CloudFormation's own rules and cdk-nag are part of it), lints the templates with
// cfn-lint, and checks the sizes of the bundles. Ends with 1 when anything is wrong.
import { execFile } from "node:child_process";
import { existsSync, globSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleSizes } from "./infra/bundle-sizes.ts";
import { cfnLint } from "./infra/cfn-lint.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** Values that only look real: nothing here reaches AWS. */
const SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:wallet";
const VARIANTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  timescale: { database: "timescale", alarmEmail: "operator@example.org", monthlyBudget: "100" },
  rds: {
    database: "rds",
    rpcUrl: "https://rpc.example.org",
    waf: "true",
    domainName: "wallet.example.org",
    certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000",
    hostedZoneId: "Z0000000000000",
    hostedZoneName: "example.org",
  },
  external: {
    database: "external",
    databaseSecretArn: `${SECRET}-direct-AbCdEf`,
    serveSecretArn: `${SECRET}-pooled-AbCdEf`,
    corsOrigins: "https://wallet.example.org",
    ingestReservedConcurrency: "2",
  },
};

/** With credentials the CLI passes their account and a region, and ARNs become literal; without them they have tokens. */
const TARGETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "no account": {},
  "us-east-1": { CDK_DEFAULT_ACCOUNT: "123456789012", CDK_DEFAULT_REGION: "us-east-1" },
  "eu-central-1": { CDK_DEFAULT_ACCOUNT: "123456789012", CDK_DEFAULT_REGION: "eu-central-1" },
};
/** Of a machine's cores: a synthesis is one process that keeps one busy. */
const AT_ONCE = Math.max(1, Math.min(4, availableParallelism()));

async function synthesise(
  name: string,
  settings: Readonly<Record<string, string>>,
  target: Readonly<Record<string, string>>,
): Promise<string> {
  const output = join(root, "cdk.out", `check-${name}`);
  rmSync(output, { recursive: true, force: true });
  const context = Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const environment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(AWS_|CDK_|DEPLOY_)/.test(key)));
  // No profile, no metadata service, no notices: a synthesis that asks for AWS fails.
  const env = {
    ...environment,
    ...target,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  };
  await run("cdk", ["synth", "-q", "--no-notices", "--no-version-reporting", "-o", output, ...context], { cwd: root, env });
  return output;
}

function explain(error: unknown): string {
  const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
  return stdout + stderr || String(error);
}

let failed = false;
let assembly: string | undefined;
const templates: string[] = [];
async function check(mode: string, place: string): Promise<void> {
  const name = `${mode}, ${place}`;
  try {
    assembly = await synthesise(`${mode}-${place.replace(" ", "-")}`, VARIANTS[mode]!, TARGETS[place]!);
    const found = globSync(join(assembly, "*.template.json"));
    if (found.length === 0) throw new Error("no template was made");
    templates.push(...found);
    console.log(`${name}: synthesised, ${found.length} template${found.length === 1 ? "" : "s"}, no finding`);
  } catch (error) {
    failed = true;
    console.error(`${name}: ${explain(error)}`);
  }
}

const waiting = [
  ...Object.keys(VARIANTS).flatMap((mode) => ["no account", "us-east-1"].map((place) => [mode, place] as const)),
  // Another region in the mode that names most ARNs.
  ["timescale", "eu-central-1"] as const,
];
const work = async (): Promise<void> => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await check(...next);
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
try {
  console.log(`cfn-lint: ${await cfnLint(templates)}`);
} catch (error) {
  failed = true;
  console.error(`cfn-lint: ${explain(error)}`);
}
if (assembly !== undefined && existsSync(assembly)) {
  for (const { name, bytes, limit } of bundleSizes(assembly)) {
    const tooLarge = limit !== undefined && bytes > limit;
    failed ||= tooLarge;
    console.log(
      `bundle ${name}: ${(bytes / 1000).toFixed(1)} KB${limit === undefined ? "" : ` of ${limit / 1000}`}${tooLarge ? " TOO LARGE" : ""}`,
    );
  }
}
process.exitCode = failed ? 1 : 0;
