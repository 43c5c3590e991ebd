import assert from "node:assert/strict";
import { PARTIES, reportApi } from "../fixtures/reports.ts";
import { sharedTest } from "../fixtures/shared.ts";

const { a, b } = PARTIES;

const QUERY = `query ($address: String!, $filter: AccountTransactionFilterInput) { accountByAddress(address: $address) {
  balances { edges { node { ... on NativeBalance { minimumBalance } } } }
  transactions(filter: $filter, last: 100) { edges { node { hash } operations { type } stateChanges { reason ... on BalanceChange { amount } } } }
} }`;

interface Seen {
  minimumBalance: string | undefined;
  transactions: { node: { hash: string }; operations: { type: string }[]; stateChanges: object[] }[];
}

sharedTest("who made a claimable balance sees that it was claimed: the reserve comes back", async () => {
  const api = await reportApi("claimable-claimed");
  try {
    const { data, errors } = await api.ask(QUERY, { address: a });
    assert.equal(errors, undefined);
    const { transactions } = data.accountByAddress;
    assert.deepEqual(
      transactions.edges.map(({ operations, stateChanges }: Seen["transactions"][number]) => [operations, stateChanges.length]),
      [
        [[{ type: "CREATE_CLAIMABLE_BALANCE" }], 2],
        [[{ type: "CLAIM_CLAIMABLE_BALANCE" }], 0],
      ],
    );
    // b claimed it: the same transaction is in both histories.
    const claimed = (await api.ask(QUERY, { address: b })).data.accountByAddress.transactions.edges.at(-1).node.hash;
    assert.equal(transactions.edges.at(-1).node.hash, claimed);
    // Two own reserves and none for the balance.
    assert.equal(data.accountByAddress.balances.edges[0].node.minimumBalance, "1.0000000");
  } finally {
    await api.close();
  }
});

sharedTest("a filter leaves out the claimable balances that a spammer made for an account, and finds the one payment", async () => {
  const api = await reportApi("claimable-dust");
  try {
    const ask = async (filter: object | null): Promise<Seen["transactions"]> => {
      const { data, errors } = await api.ask(QUERY, { address: b, filter });
      assert.equal(errors, undefined);
      return data.accountByAddress.transactions.edges;
    };
    const all = await ask(null);
    assert.equal(all.length, 31);
    const changed = await ask({ changed: true });
    assert.deepEqual(
      changed.map(({ operations, stateChanges }) => ({ operations, stateChanges })),
      [{ operations: [{ type: "PAYMENT" }], stateChanges: [{ reason: "CREDIT", amount: "5" }] }],
    );
    assert.deepEqual(
      await ask({ changed: false }),
      all.filter(({ node }) => node.hash !== changed[0]!.node.hash),
    );
  } finally {
    await api.close();
  }
});
