import assert from "node:assert/strict";
import { StrKey } from "@stellar/stellar-sdk";
import { PARTIES, reportApi } from "../fixtures/reports.ts";
import { sharedTest } from "../fixtures/shared.ts";

const { a, b } = PARTIES;
const LARGEST = "18446744073709551615";

function muxed(account: string, id: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(id);
  return StrKey.encodeMed25519PublicKey(Buffer.concat([StrKey.decodeEd25519PublicKey(account), bytes]));
}

const QUERY = `query ($address: String!, $counterparty: String) { accountByAddress(address: $address) {
  address
  balances { edges { node { tokenId balance } } }
  transactions(filter: { counterparty: $counterparty }) { edges { node { id } stateChanges { reason ... on BalanceChange { toMuxedId } } } }
} }`;

sharedTest("a muxed address stands for its account, as the account and as a counterparty", async () => {
  const api = await reportApi("muxed-receivers");
  const ask = async (address: string, counterparty: string | null = null) => {
    const { data, errors } = await api.ask(QUERY, { address, counterparty });
    assert.equal(errors, undefined);
    return data.accountByAddress;
  };
  try {
    const ofAccount = await ask(b);
    for (const id of [0n, 2n ** 64n - 1n]) assert.deepEqual(await ask(muxed(b, id)), ofAccount);
    assert.equal(ofAccount.address, b);
    const credits = ofAccount.transactions.edges.map(({ stateChanges }: { stateChanges: object[] }) => stateChanges);
    assert.deepEqual(credits, [[{ reason: "CREDIT", toMuxedId: LARGEST }], [{ reason: "CREDIT", toMuxedId: LARGEST }]]);
    const paid = await ask(a, b);
    assert.equal(paid.transactions.edges.length, 2);
    assert.deepEqual(await ask(muxed(a, 1n), muxed(b, 2n)), paid);
  } finally {
    await api.close();
  }
});
