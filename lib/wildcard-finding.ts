import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

/**
 * The id of cdk-nag's finding about a wildcard in a policy's resource, to be acknowledged. An ARN is literal where account and
 * region are known (credentials) and has tokens where they are not: the id follows the ARN as the template has it.
 * @param resource as the policy names it
 */
export function wildcardFinding(scope: Construct, resource: string): string {
  return `AwsSolutions-IAM5[Resource::${flatten(Stack.of(scope).resolve(resource))}]`;
}

/** A resolved value as cdk-nag writes it: `<LogicalId>`, `<LogicalId.Attribute>`, and joins as one text. */
function flatten(value: unknown): string {
  if (typeof value === "string") return value;
  const [[name, content] = [], ...more] = Object.entries(value as Record<string, unknown>);
  if (more.length === 0 && name === "Ref") return `<${String(content)}>`;
  if (more.length === 0 && name === "Fn::GetAtt") return `<${(content as string[]).join(".")}>`;
  if (more.length === 0 && name === "Fn::Join") {
    const [separator, parts] = content as [string, unknown[]];
    return parts.map(flatten).join(separator);
  }
  throw new Error(`${JSON.stringify(value)} is no ARN that a policy of ours names`);
}
