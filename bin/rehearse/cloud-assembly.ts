import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { FunctionName, VariableName } from "../../lib/functions/environment.ts";
import { WalletError } from "../../functions/shared/errors.ts";

/** What the rehearsal reads of a CloudFormation template. */
export interface Template {
  Parameters?: Record<string, { Default?: unknown }>;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown } }>;
}

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
}

/** What `cdk synth` has written: the templates by their stacks' names. */
export interface CloudAssembly {
  directory: string;
  stacks: ReadonlyMap<string, Template>;
}

/** One of the project's functions as the template describes it. */
export interface DescribedFunction {
  name: FunctionName;
  stack: string;
  logicalId: string;
  /** The folder that would be uploaded. */
  asset: string;
  /** The bundle in it. */
  bundle: string;
  /** `file.export` */
  handler: string;
  runtime: string;
  /** MB. */
  memory: number;
  timeoutSeconds: number;
  /** Values with CloudFormation's intrinsic functions in them. */
  environment: Readonly<Partial<Record<VariableName, unknown>>>;
}

/** Outputs of the service stack that name the functions. */
const OUTPUTS: Readonly<Record<FunctionName, string>> = { migrate: "MigrateFunction", ingest: "IngestFunction", serve: "ServeFunction" };

function unfit(directory: string, what: string): WalletError {
  return new WalletError("REHEARSAL_FAILED", `The cloud assembly in ${directory} ${what}. Synthesise anew: wallet rehearse --synth.`, {
    directory,
  });
}

/** @throws WalletError REHEARSAL_FAILED when there is no assembly */
export function readAssembly(directory: string): CloudAssembly {
  const files = globSync(join(directory, "*.template.json"));
  if (files.length === 0) throw unfit(directory, "has no template");
  const stacks = files.map((file): [string, Template] => [
    basename(file, ".template.json"),
    JSON.parse(readFileSync(file, "utf8")) as Template,
  ]);
  return { directory, stacks: new Map(stacks) };
}

/** The stack that names the functions in its outputs. */
export function serviceStack({ directory, stacks }: CloudAssembly): { name: string; template: Template } {
  for (const [name, template] of stacks) if (template.Outputs?.[OUTPUTS.serve]) return { name, template };
  throw unfit(directory, "has no service stack");
}

/** @throws WalletError REHEARSAL_FAILED when the function or its bundle is missing */
export function describeFunction(assembly: CloudAssembly, name: FunctionName): DescribedFunction {
  const { name: stack, template } = serviceStack(assembly);
  const output = template.Outputs?.[OUTPUTS[name]]?.Value as { Ref?: string } | undefined;
  const logicalId = output?.Ref ?? "";
  const resource = template.Resources[logicalId];
  const properties = resource?.Properties as
    | { Handler: string; Runtime: string; MemorySize: number; Timeout: number; Environment?: { Variables: Record<string, unknown> } }
    | undefined;
  const assetPath = resource?.Metadata?.["aws:asset:path"];
  if (!properties || typeof assetPath !== "string") throw unfit(assembly.directory, `does not describe the ${name} function`);
  const asset = join(assembly.directory, assetPath);
  const file = properties.Handler.slice(0, properties.Handler.lastIndexOf("."));
  const bundle = join(asset, `${file}.mjs`);
  if (!existsSync(bundle))
    throw unfit(assembly.directory, `has no ${basename(dirname(bundle))}/${basename(bundle)} for the ${name} function`);
  return {
    name,
    stack,
    logicalId,
    asset,
    bundle,
    handler: properties.Handler,
    runtime: properties.Runtime,
    memory: properties.MemorySize,
    timeoutSeconds: properties.Timeout,
    environment: properties.Environment?.Variables ?? {},
  };
}

/** A resource of the stack, by type; null when it has none. */
export function findResource({ template }: { template: Template }, type: string): { logicalId: string; resource: Resource } | null {
  const [found] = Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  return found ? { logicalId: found[0], resource: found[1] } : null;
}
