import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { Asset } from "@stellar/stellar-sdk";
import { ContractIds } from "../../../functions/ingest/ledger/contract-ids.ts";
import { assetContract } from "../../../functions/serve/values/asset-contract.ts";
import { assetText, NATIVE_ASSET } from "../../../functions/shared/columns/asset.ts";
import { assetCode } from "../../../functions/shared/columns/contract-id.ts";
import { decodeStrkey } from "../../../functions/shared/strkey.ts";

const passphrase = "Public Global Stellar Network ; September 2015";
const issuer = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN";
const ids = new ContractIds(hash("sha256", passphrase, "buffer"));

test("ingest, serve and the SDK name the same contract for XLM", () => {
  const expected = Asset.native().contractId(passphrase);
  assert.equal(ids.native().text, expected);
  assert.equal(assetContract(passphrase, NATIVE_ASSET), expected);
});

test("ingest, serve and the SDK name the same contract for every length of code", () => {
  const owner = ids.addresses.fromBytes(decodeStrkey(issuer)!);
  for (let length = 1; length <= 12; length++) {
    const code = "USDCOINS1234".slice(0, length);
    const expected = new Asset(code, issuer).contractId(passphrase);
    assert.equal(ids.fromCodeAndIssuer(code, owner).text, expected);
    assert.equal(ids.fromCodeAndIssuer(code, owner).text, expected, "remembered");
    assert.equal(assetContract(passphrase, assetText(code, issuer)), expected);
  }
});

test("USDC's contract on the public network is the one that everybody knows", () => {
  assert.equal(assetContract(passphrase, assetText("USDC", issuer)), "CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75");
});

test("a code is filled up with NULs to 4 or 12 bytes", () => {
  assert.deepEqual([...assetCode("AB")], [65, 66, 0, 0]);
  assert.deepEqual([...assetCode("ABCDE")], [65, 66, 67, 68, 69, 0, 0, 0, 0, 0, 0, 0]);
});
