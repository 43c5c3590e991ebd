import assert from "node:assert/strict";
import { test } from "node:test";
import { assetText, isShortCode, NATIVE_ASSET, splitAsset } from "../../../functions/shared/columns/asset.ts";

const issuer = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";

test("code and issuer come back out of an asset's text", () => {
  for (const code of ["A", "USDC", "TWELVECHARSX"]) assert.deepEqual(splitAsset(assetText(code, issuer)), { code, issuer });
});

test("an asset called native is not XLM", () => {
  assert.notEqual(assetText("native", issuer), NATIVE_ASSET);
});

test("four characters are short, five are long", () => {
  assert.deepEqual(["A", "USDC", "USDCX", "TWELVECHARSX"].map(isShortCode), [true, true, false, false]);
});
