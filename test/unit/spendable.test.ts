import assert from "node:assert/strict";
import { test } from "node:test";
import { balanceNode } from "../../functions/serve/resolvers/balance-node.ts";
import { USABLE } from "../../functions/serve/queries/balances/usable.ts";
import type { BalanceRow } from "../../functions/serve/queries/balances/page.ts";
import { spendable } from "../../functions/serve/values/spendable.ts";

const ENTRY = { ordinal: 1, last_modified_ledger: 9, sponsor: null, ...USABLE };
const ISSUER = "GBDPZ4M5HCYFYC4XYIYY64OAHPDLZTQZ3ZURE3QDVHQPW3MWNABJNJUL";
const CONTRACT = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC";

function shown(row: BalanceRow): string {
  return balanceNode(row, "Bug Reports ; 2026", true)!.spendable;
}

function trustline(flags: number, balance: string, selling: string): BalanceRow {
  const amounts = { trust_limit: "9223372036854775807", buying_liabilities: "5", selling_liabilities: selling };
  return { ...ENTRY, source: "classic", key: "", balance, code: "USD", issuer: ISSUER, flags, ...amounts };
}

test("what can be sent is never below 0 and nothing while it is not authorized or frozen", () => {
  assert.equal(spendable("9223372036854775807"), "9223372036854775807");
  assert.equal(spendable("10", { amounts: ["3", "4"] }), "3");
  assert.equal(spendable("10", { amounts: ["10"] }), "0");
  assert.equal(spendable("10", { amounts: ["10", "1"] }), "0");
  assert.equal(spendable("10", { isAuthorized: false }), "0");
  assert.equal(spendable("10", { isLocked: true }), "0");
  assert.equal(spendable("-1"), "0");
  assert.equal(spendable(`${2n ** 127n - 1n}`), `${2n ** 127n - 1n}`);
});

test("a trustline's liabilities are held back, and its flags decide whether anything can be sent", () => {
  const [authorized, maintains, clawback] = [1, 2, 4];
  assert.equal(shown(trustline(authorized, "1000", "1")), "0.0000999");
  assert.equal(shown(trustline(authorized | clawback, "1000", "1000")), "0.0000000");
  assert.equal(shown(trustline(maintains, "1000", "0")), "0.0000000");
  assert.equal(shown(trustline(clawback, "1000", "0")), "0.0000000");
  assert.equal(shown(trustline(0, "1000", "0")), "0.0000000");
});

test("nothing can be sent of what is frozen or archived, nor by an account that is frozen", () => {
  const free = trustline(1, "1000", "0");
  for (const locked of [{ is_frozen: true }, { holder_is_frozen: true }, { is_archived: true }])
    assert.equal(shown({ ...free, ...locked }), "0.0000000");
  const shares = {
    ...ENTRY,
    source: "lp" as const,
    key: "",
    balance: "1000",
    asset_a: "native",
    amount_a: "1",
    asset_b: "native",
    amount_b: "1",
  };
  assert.equal(shown(shares), "0.0001000");
  assert.equal(shown({ ...shares, holder_is_frozen: true }), "0.0000000");
});

test("contracts, pool shares and other tokens have all of their balance, unless it is not authorized", () => {
  const sac = (balance: string, is_authorized: boolean): BalanceRow => {
    const token = { contract_id: CONTRACT, code: "USD", issuer: ISSUER, decimals: 7 };
    return { ...ENTRY, source: "sac", key: "", balance, ...token, is_authorized, is_clawback_enabled: true };
  };
  assert.equal(shown(sac("17014118346046923173168730371588.4105727", true)), "17014118346046923173168730371588.4105727");
  assert.equal(shown(sac("0.0000001", false)), "0.0000000");
  const shares = { asset_a: "native", amount_a: "1", asset_b: `USD:${ISSUER}`, amount_b: "1" };
  assert.equal(shown({ ...ENTRY, source: "lp", key: "ab", balance: "503", ...shares }), "0.0000503");
  const token = { contract_id: CONTRACT, name: null, symbol: null, decimals: null };
  const read = { read_from: "STORAGE" as const, as_of_ledger: 9, events_differ: false, is_held: true };
  assert.equal(shown({ ...ENTRY, source: "sep41", key: "", balance: "503", ...token, ...read }), "503");
  const amounts = { minimum_balance: "0", buying_liabilities: "0", selling_liabilities: "0", num_subentries: 0 };
  assert.equal(shown({ ...ENTRY, source: "native", key: "native", balance: "503", ...amounts }), "0.0000503");
});

test("a clawback flag is that of the trustline or of the contract's balance, and changes nothing else", () => {
  const clawback = (row: BalanceRow): boolean => balanceNode(row, "Bug Reports ; 2026", true)!.isClawbackEnabled;
  assert.deepEqual(
    [1, 5].map((flags) => clawback(trustline(flags, "1", "0"))),
    [false, true],
  );
  assert.equal(shown(trustline(5, "7", "0")), shown(trustline(1, "7", "0")));
});
