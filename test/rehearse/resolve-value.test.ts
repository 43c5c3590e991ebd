import assert from "node:assert/strict";
import { test } from "node:test";
import type { CloudAssembly, Template } from "../../bin/rehearse/cloud-assembly.ts";
import { resolveValue, secretArn } from "../../bin/rehearse/resolve-value.ts";

const assembly: CloudAssembly = {
  directory: "cdk.out",
  stacks: new Map<string, Template>([
    [
      "data",
      {
        Resources: {
          Owner: { Type: "AWS::SecretsManager::Secret" },
          Attachment: { Type: "AWS::SecretsManager::SecretTargetAttachment", Properties: { SecretId: { Ref: "Owner" } } },
        },
        Outputs: { Exported: { Value: { Ref: "Attachment" }, Export: { Name: { "Fn::Join": ["", ["data:", "Owner"]] } } } },
      },
    ],
    ["service", { Parameters: { Size: { Default: "small" } }, Resources: { Table: { Type: "AWS::DynamoDB::Table" } } }],
  ]),
};
const resolve = (value: unknown): string => resolveValue(assembly, "service", value);

test("text, pseudo parameters, defaults, joins and another stack's secrets are worked out", () => {
  assert.equal(resolve("plain"), "plain");
  assert.equal(resolve({ Ref: "Size" }), "small");
  assert.equal(resolve({ "Fn::Join": ["/", ["a", { Ref: "AWS::Region" }, { Ref: "AWS::StackName" }]] }), "a/us-east-1/service");
  assert.equal(resolve({ "Fn::ImportValue": "data:Owner" }), secretArn("Owner"));
});

test("what only an account knows is refused and not guessed", () => {
  for (const value of [
    { Ref: "Table" },
    { "Fn::GetAtt": ["Table", "Arn"] },
    { "Fn::ImportValue": "elsewhere" },
    "{{resolve:secretsmanager:x}}",
    null,
  ])
    assert.throws(() => resolve(value), { code: "REHEARSAL_FAILED", message: /service/ });
});
