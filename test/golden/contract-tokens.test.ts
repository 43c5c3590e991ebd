import assert from "node:assert/strict";
import { Address } from "@stellar/stellar-sdk";
import type * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { decodeStrkey } from "../../functions/shared/strkey.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { decodeV2 } from "../fixtures/ledger-entries.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

/** What the reference implementation makes of the contracts that it was told to take for tokens. */
interface Golden {
  /** 32-byte ids, hex. */
  sep41_contracts: string[];
  sep41_balance_deltas: { account_id: string; contract: string; contract_id: string; delta: string }[];
  sep41_allowances: { owner_id: string; spender_id: string; contract: string; amount: string; expiration_ledger: number }[];
}

/** A burn, clawback, transfer or mint, decoded by the SDK: the topics' addresses and the data. */
interface Moved {
  name: string;
  contract: string;
  parties: string[];
  data: xdr.ScVal;
}

function movements(bytes: Uint8Array): Moved[] {
  return decodeV2(bytes).txProcessing.flatMap(({ txApplyProcessing }) => {
    assert.ok(txApplyProcessing.type === "v4");
    return txApplyProcessing.v4.operations.flatMap(({ events }) => events.flatMap((event) => moved(event) ?? []));
  });
}

function moved({ contractId, body }: xdr.ContractEvent): Moved | null {
  const [name, ...topics] = body.v0.topics;
  if (contractId === null || name?.type !== "scvSymbol" || topics.some(({ type }) => type !== "scvAddress")) return null;
  const parties = topics.map((topic) => Address.fromScVal(topic).toString());
  return {
    name: name.sym.toString(),
    contract: Address.contract(Buffer.from(contractId.toBytes())).toString(),
    parties,
    data: body.v0.data,
  };
}

function amountOf(data: xdr.ScVal): bigint | null {
  if (data.type === "scvI128") return (data.i128.hi << 64n) + data.i128.lo;
  const entry =
    data.type === "scvMap" ? data.map?.find(({ key }) => key.type === "scvSymbol" && key.sym.toString() === "amount") : undefined;
  return entry ? amountOf(entry.val) : null;
}

/** What our sums add to those of the reference implementation on purpose. */
const DIFFERENCES: { number: string; reason: string; apply(event: Moved, add: (party: string, amount: bigint) => void): void }[] = [
  {
    number: "D35",
    reason: "a burn or clawback whose body is a map is one (SEP-41 0.5)",
    apply({ name, parties, data }, add) {
      const amount = amountOf(data);
      if ((name === "burn" || name === "clawback") && data.type === "scvMap" && amount !== null) add(parties.at(-1)!, -amount);
    },
  },
  {
    number: "D36",
    reason: "a negative amount is no movement",
    apply({ name, parties, data }, add) {
      const amount = amountOf(data);
      if (amount === null || amount >= 0n || data.type === "scvMap") return;
      if (name === "burn" || name === "clawback") add(parties.at(-1)!, amount);
    },
  },
];

sharedTest("balances and allowances of the synthetic token ledger are the peer's but for the intended differences", () => {
  const golden = JSON.parse(readShared("golden/index/synthetic-sep41-events.json.gz").toString()) as Golden;
  const bytes = readShared("ledgers/synthetic/sep41.xdr.gz");
  const rows = indexBytes(createIndexer(PUBNET), bytes);
  const isPeers = (contract: string): boolean =>
    golden.sep41_contracts.includes(Buffer.from(decodeStrkey(contract)!.subarray(1)).toString("hex"));

  const expected = new Map(
    golden.sep41_balance_deltas.map((row) => [`${row.contract} ${row.contract_id} ${row.account_id}`, BigInt(row.delta)]),
  );
  const ids = new Map(golden.sep41_balance_deltas.map((row) => [row.contract, row.contract_id]));
  for (const { number, apply } of DIFFERENCES) {
    let touched = 0;
    for (const event of movements(bytes).filter(({ contract }) => isPeers(contract)))
      apply(event, (party, amount) => {
        const key = `${event.contract} ${ids.get(event.contract)} ${party}`;
        expected.set(key, (expected.get(key) ?? 0n) + amount);
        touched++;
      });
    assert.ok(touched > 0, `${number} is stale`);
  }
  const ours = rows.tokenBalances.filter(({ contract }) => isPeers(contract.text));
  assert.deepEqual(new Map(ours.map((row) => [`${row.contract.text} ${row.contractId} ${row.account.text}`, row.moved])), expected);
  assert.ok(rows.tokenBalances.length > ours.length, "whatever looks like a token is kept");
  const marked = rows.layoutEvidence.filter(({ hasNegativeAmount }) => hasNegativeAmount);
  assert.equal(marked.length, 1, "D36: who emits negative amounts is marked");

  const allowances = rows.toldAllowances.map(({ owner, spender, contract, approved }) => ({
    amount: String(approved!.amount),
    contract: contract.text,
    expiration_ledger: approved!.expirationLedger,
    owner_id: owner.text,
    spender_id: spender.text,
  }));
  const sorted = (list: Golden["sep41_allowances"]): string[] => list.map((row) => JSON.stringify(row)).sort();
  assert.deepEqual(sorted(allowances), sorted(golden.sep41_allowances));
});
