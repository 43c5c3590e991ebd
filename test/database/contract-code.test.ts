import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../bin/simulated-network/keys.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { contract, updated } from "../fixtures/call-ledger.ts";
import { deployed, instanceEntry, tagged, tagKeyOf, upgraded } from "../fixtures/code-entries.ts";
import { contractChain, type Step } from "../fixtures/contract-chain.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";

const direct = contract("direct");
const fleet = contract("fleet");
const owner = contract("owner");
const old = contract("old");
const [one, two] = [sha256("one"), sha256("two")];
const byTag = { owner, tag: "v" };

/** Hashes and subjects by their names. */
const NAMES = new Map([
  ...[direct, fleet, owner, old].map(({ address, id }): [string, string] => [`10${Buffer.from(id).toString("hex")}`, address]),
  [one.toString("hex"), "one"],
  [two.toString("hex"), "two"],
  [tagKeyOf(owner, "v").toString("hex"), "tag"],
]);

function named(rows: readonly Record<string, unknown>[]): unknown[][] {
  return rows.map((row) => Object.values(row).map((value) => (Buffer.isBuffer(value) ? NAMES.get(value.toString("hex")) : value)));
}

async function ingested(steps: readonly Step[]): Promise<Database> {
  const database = await testDatabase();
  const { error } = await ingestSandbox(database.url, memorySource(contractChain(1, steps)));
  assert.equal(error, null);
  return database.connect();
}

test("what contracts ran and tags named before stands with the last ledger that had it", async () => {
  const sql = await ingested([
    {
      changes: [
        ...deployed(direct, { wasm: one }),
        ...deployed(fleet, byTag),
        ...updated(instanceEntry(old, { wasm: one }), instanceEntry(old, { wasm: one })),
      ],
    },
    { changes: tagged(owner, "v", one) },
    { changes: [...upgraded(direct, { wasm: one }, { wasm: two }), ...tagged(owner, "v", two, one)] },
    { changes: upgraded(direct, { wasm: two }, byTag) },
    { changes: upgraded(direct, byTag, { wasm: one }) },
  ]);
  const contracts = await sql`
    select contract_id, token_id, wasm_hash, tag_key, since_ledger, created_ledger from protocol_contracts order by created_ledger nulls last, tag_key`;
  assert.deepEqual(named(contracts), [
    [fleet.address, contractUuid(fleet.address), null, "tag", 1, 1],
    [direct.address, contractUuid(direct.address), "one", null, 5, 1],
    [old.address, contractUuid(old.address), "one", null, 1, null],
  ]);
  assert.deepEqual(named(await sql`select tag_key, owner_id, convert_from(tag, 'utf8'), wasm_hash, since_ledger from executable_tags`), [
    ["tag", owner.address, "v", "two", 3],
  ]);
  const former = await sql`select until_ledger, subject, wasm_hash, tag_key from former_executables order by until_ledger, subject`;
  assert.deepEqual(named(former), [
    [2, direct.address, "one", null],
    [2, "tag", "one", null],
    [3, direct.address, "two", null],
    [4, direct.address, null, "tag"],
  ]);
  const code = await sql`select contract_id, wasm_hash from contract_code`;
  assert.deepEqual(Object.fromEntries(named(code)), { [fleet.address]: "two", [direct.address]: "one", [old.address]: "one" });
  // As the ledgers' own encoder writes addresses.
  for (const { address, id } of [direct, fleet, owner, old])
    assert.deepEqual([...(await sql`select strkey('\\x10'::bytea || ${Buffer.from(id)}::bytea)`)], [{ strkey: address }]);
});
