import type { CloudAssembly } from "./cloud-assembly.ts";
import { WalletError } from "../../functions/shared/errors.ts";

export const REGION = "us-east-1";
export const ACCOUNT = "111122223333";

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  "AWS::Region": REGION,
  "AWS::AccountId": ACCOUNT,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackId": `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/rehearsal/0`,
};

/** The ARN that stands for a secret of the template. */
export function secretArn(logicalId: string): string {
  return `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${logicalId}-AbCdEf`;
}

function unresolved(stack: string, value: unknown): WalletError {
  return new WalletError(
    "REHEARSAL_FAILED",
    `The template of ${stack} has a value in a function's environment that cannot be worked out here: ${JSON.stringify(value).slice(0, 200)}. A function's environment may hold text, references to secrets and their joins.`,
    { stack },
  );
}

/**
 * The text that CloudFormation would put in place of a template's value, as far as that can be known without an account:
 * pseudo parameters, parameters' defaults, references to secrets, joins, and values that another stack exports.
 * @throws WalletError REHEARSAL_FAILED for anything else
 */
export function resolveValue(assembly: CloudAssembly, stack: string, value: unknown): string {
  const resolve = (inner: unknown): string => resolveValue(assembly, stack, inner);
  if (typeof value === "string" && !value.startsWith("{{resolve:")) return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object" || value === null) throw unresolved(stack, value);
  const [name, argument] = Object.entries(value)[0] ?? [];
  if (name === "Ref" && typeof argument === "string") return reference(assembly, stack, argument);
  if (name === "Fn::Join") {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(resolve).join(separator);
  }
  if (name === "Fn::ImportValue") {
    const wanted = resolve(argument);
    for (const [other, { Outputs = {} }] of assembly.stacks)
      for (const { Value, Export } of Object.values(Outputs))
        if (Export && resolveValue(assembly, other, Export.Name) === wanted) return resolveValue(assembly, other, Value);
  }
  throw unresolved(stack, value);
}

function reference(assembly: CloudAssembly, stack: string, name: string): string {
  const { Parameters, Resources } = assembly.stacks.get(stack)!;
  const known = name === "AWS::StackName" ? stack : (PSEUDO_PARAMETERS[name] ?? Parameters?.[name]?.Default);
  if (typeof known === "string") return known;
  switch (Resources[name]?.Type) {
    case "AWS::SecretsManager::Secret":
      return secretArn(name);
    case "AWS::SecretsManager::SecretTargetAttachment":
      return resolveValue(assembly, stack, Resources[name].Properties?.SecretId);
    default:
      throw unresolved(stack, { Ref: name });
  }
}
