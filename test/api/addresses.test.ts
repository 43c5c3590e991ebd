import assert from "node:assert/strict";
import { after } from "node:test";
import { StrKey } from "@stellar/stellar-sdk";
import { byteaText } from "../../functions/shared/columns/bytea.ts";
import { accountOf } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { type MadeStateChange, type MadeTransaction, writeTransactions } from "../fixtures/history-rows.ts";
import { loadSeed } from "../fixtures/seed.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

const database = await testDatabase();
const sql = database.connect();
if (hasShared) await loadSeed(sql);
const api = testApi(database.url);
after(() => api.close());

const HASHES = "select encode(hash, 'hex') as hash from transactions";

sharedTest("signers longer than 32 key bytes come whole, as the SDK writes them (D18)", async () => {
  const key = Buffer.alloc(32, 5);
  // The payload's length, and its bytes padded to four.
  const payload = (length: number): Buffer => {
    const padded = Buffer.alloc(Math.ceil(length / 4) * 4);
    padded.fill(9, 0, length);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(length);
    return Buffer.concat([key, size, padded]);
  };
  const signers: [version: number, bytes: Buffer, text: string][] = [
    ...[1, 29, 32, 64].map((length): [number, Buffer, string] => [15 << 3, payload(length), StrKey.encodeSignedPayload(payload(length))]),
    [23 << 3, key, StrKey.encodeSha256Hash(key)],
    [19 << 3, key, StrKey.encodePreAuthTx(key)],
    [12 << 3, Buffer.concat([key, Buffer.alloc(8, 1)]), StrKey.encodeMed25519PublicKey(Buffer.concat([key, Buffer.alloc(8, 1)]))],
  ];
  const account = `\\x30${"33".repeat(32)}`;
  await writeTransactions(
    sql,
    signers.map(([version, bytes], at): MadeTransaction => {
      const signer = byteaText(Buffer.concat([Buffer.of(version), bytes]));
      const change = { category: "SIGNER", operation: 1, account, signer } as const;
      const stateChanges = (["ADD", "UPDATE", "REMOVE"] as const).map((reason, n): MadeStateChange => ({
        ...change,
        reason,
        stateChangeId: n + 1,
        signerWeightOld: 1,
        signerWeightNew: 2,
      }));
      return {
        ledger: 2_000,
        place: at + 1,
        closedAt: 1_700_005_000,
        hash: Buffer.alloc(32, at + 1),
        accounts: [account],
        operations: [{ accounts: [account] }],
        stateChanges,
      };
    }),
  );
  for (const [at, [, , text]] of signers.entries()) {
    const hash = Buffer.alloc(32, at + 1).toString("hex");
    const { data, errors } = await api.ask(`{ transactionByHash(hash: "${hash}") { stateChanges { edges { node {
      ... on SignerAddedChange { signerAddress } ... on SignerUpdatedChange { signerAddress } ... on SignerRemovedChange { signerAddress } } } } } }`);
    assert.equal(errors, undefined);
    const seen = data.transactionByHash.stateChanges.edges.map(({ node }: { node: { signerAddress: string } }) => node.signerAddress);
    assert.deepEqual(seen, [text, text, text]);
  }
});

sharedTest("lists of accounts are in the order of their bytes, contracts first (D9)", async () => {
  let longest = 0;
  for (const { hash } of await sql.unsafe<{ hash: string }[]>(HASHES)) {
    const { data } = await api.ask(
      `{ transactionByHash(hash: "${hash}") { accounts { address } operations { edges { node { accounts { address } } } } } }`,
    );
    const { accounts, operations } = data.transactionByHash;
    for (const list of [accounts, ...operations.edges.map(({ node }: { node: { accounts: unknown } }) => node.accounts)]) {
      const columns = list.map(({ address }: { address: string }) => accountOf(address)!.column);
      assert.deepEqual(columns, columns.toSorted());
      longest = Math.max(longest, columns.length);
    }
  }
  assert.ok(longest > 1, "a list of several");
});
