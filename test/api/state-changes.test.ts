import assert from "node:assert/strict";
import { after } from "node:test";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { sharedTest } from "../fixtures/shared.ts";

const database = await testDatabase("chain");
const api = testApi(database.url, { graphqlComplexityLimit: 100_000_000, networkPassphrase: PUBNET });
after(() => api.close());

interface Node {
  category: string;
  reason: string;
  operationId: number | null;
  operation: { id: number; type: string } | null;
  account: { address: string };
  tokenId?: string;
  amount?: string;
  counterparty?: string | null;
  depositId?: { kind: string; value: string } | null;
}
interface Transaction {
  memo: { type: string; text: string | null };
  stateChanges: { edges: { node: Node }[] };
}

const QUERY = `query ($hash: String!) { transactionByHash(hash: $hash) { memo { type text } stateChanges(first: 100) { edges { node {
  category reason operationId operation { id type } account { address }
  ... on BalanceChange { tokenId amount counterparty depositId { kind value } } } } } } }`;

/** A third of the transactions of the first four ledgers, which the chain repeats. */
async function transactions(): Promise<Transaction[]> {
  const rows = await database.connect()<{ hash: string }[]>`
    select encode(hash, 'hex') as hash from transactions where to_id >> 32 < (select min(sequence) + 4 from ledgers) and (to_id >> 12) % 3 = 0 order by to_id`;
  const found: Transaction[] = [];
  for (const { hash } of rows) {
    const { data, errors } = await api.ask(QUERY, { hash });
    assert.equal(errors, undefined, JSON.stringify(errors));
    found.push(data.transactionByHash as Transaction);
  }
  return found;
}

sharedTest("state changes name their operation, movements the other side, deposits the memo", async () => {
  const seen = { fees: 0, pairs: 0, pools: 0, claimableBalances: 0, memos: 0, others: 0 };
  for (const { memo, stateChanges } of await transactions()) {
    const nodes = stateChanges.edges.map(({ node }) => node);
    for (const node of nodes) {
      const { category, reason, operationId, operation, account, counterparty, depositId } = node;
      assert.equal(operationId, operation?.id ?? null);
      if (category !== "BALANCE") {
        assert.deepEqual([counterparty, depositId], [undefined, undefined]);
        seen.others++;
      } else if (operationId === null) {
        assert.deepEqual([counterparty, depositId], [null, null]);
        seen.fees++;
      } else {
        assert.ok(counterparty);
        if (counterparty.startsWith("L")) seen.pools++;
        else if (counterparty.startsWith("B")) seen.claimableBalances++;
        else {
          // The other side has a change of its own, which names this one.
          const isOther = (other: Node): boolean =>
            other.operationId === operationId &&
            other.account.address === counterparty &&
            other.counterparty === account.address &&
            other.tokenId === node.tokenId &&
            other.amount === node.amount;
          // A page may end between the two.
          if (nodes.length < 100) assert.ok(nodes.some(isOther), `${reason} of ${account.address}`);
          seen.pairs++;
        }
        if (depositId?.kind === "MEMO") {
          assert.deepEqual([reason, depositId.value], ["CREDIT", memo.text]);
          seen.memos++;
        }
      }
    }
  }
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 3, `${what}: ${times}`);
});
