import assert from "node:assert/strict";
import { test } from "node:test";
import { contract } from "@stellar/stellar-sdk";
import { ASSET_FUNCTIONS } from "../../functions/serve/values/asset-functions.ts";

/** XDR of the specification of the Stellar Asset Contract, as of protocol 22. */
const { SAC_SPEC } = (await import(
  new URL("../../node_modules/@stellar/stellar-sdk/lib/esm/bindings/sac-spec.js", import.meta.url).href
)) as {
  SAC_SPEC: string;
};

const text = ({
  name,
  inputs,
  outputs,
}: {
  name: string;
  inputs: readonly { name: string; type: string }[];
  outputs: readonly string[];
}): string => `${name}(${inputs.map((input) => `${input.name}: ${input.type}`).join(", ")}) ${outputs.join()}`;

test("an asset contract's functions are those of the SDK's specification, and what later protocols changed", () => {
  const types: Record<string, string> = { address: "Address", string: "String" };
  const expected = new contract.Spec(SAC_SPEC).funcs().map((declared) => {
    const { name, inputs, outputs } = JSON.parse(JSON.stringify(declared)) as Parameters<typeof text>[0];
    const typeOf = (type: string): string => types[type] ?? type;
    return text({ name, inputs: inputs.map((input) => ({ name: input.name, type: typeOf(input.type) })), outputs: outputs.map(typeOf) });
  });
  assert.equal(expected.length, 16);
  const changed = new Map([
    ["transfer(from: Address, to: Address, amount: i128) ", "transfer(from: Address, to: MuxedAddress, amount: i128) "],
  ]);
  const added = ["trust(address: Address) "];
  assert.deepEqual(ASSET_FUNCTIONS.map(text).sort(), [...expected.map((line) => changed.get(line) ?? line), ...added].sort());
});
