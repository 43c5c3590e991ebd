import assert from "node:assert/strict";
import { test } from "node:test";
import { startApi } from "../../bin/runtime/start-api.ts";
import { assetContract } from "../../functions/serve/values/asset-contract.ts";
import { NETWORK_PASSPHRASES } from "../../functions/shared/network.ts";
import { addressText } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { sharedTest } from "../fixtures/shared.ts";
import type { TestApi } from "../fixtures/serve-handler.ts";
import type { Database } from "../../functions/shared/database/session.ts";

const { pubnet, testnet } = NETWORK_PASSPHRASES;

async function holder(sql: Database): Promise<string> {
  const [row] = await sql<{ id: string }[]>`select account_id::text as id from accounts order by account_id limit 1`;
  return addressText(row!.id);
}

async function nativeToken(api: TestApi, address: string): Promise<string> {
  const { data } = await api.ask(`{ accountByAddress(address: "${address}") { balances(first: 1) { edges { node { tokenId } } } } }`);
  return data.accountByAddress.balances.edges[0].node.tokenId as string;
}

sharedTest("without a setting token ids are of the database's network, from the first request on", async () => {
  const database = await testDatabase("chain");
  const address = await holder(database.connect());
  const api = testApi(database.url);
  try {
    assert.equal(await nativeToken(api, address), assetContract(pubnet, "native"));
    assert.notEqual(assetContract(pubnet, "native"), assetContract(testnet, "native"));
    assert.equal(api.lastRecord().statements, 3, "the balances, what the database says of itself, the newest ledger");
    await nativeToken(api, address);
    assert.equal(api.lastRecord().statements, 2, "it is not asked again");
  } finally {
    await api.close();
  }
});

sharedTest("a setting that contradicts the database is refused, and one that agrees is not", async () => {
  const database = await testDatabase("chain");
  const address = await holder(database.connect());
  const wrong = testApi(database.url, { networkPassphrase: testnet });
  const right = testApi(database.url, { networkPassphrase: pubnet });
  try {
    for (let turn = 0; turn < 2; turn++) {
      const { status, body } = await wrong.post(JSON.stringify({ query: `{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }` }));
      const { error, extras } = JSON.parse(body) as { error: string; extras: object };
      assert.equal(status, 503);
      assert.match(error, /holds the network "Public.*set to "Test.*Remove NETWORK/);
      assert.deepEqual(extras, { code: "NETWORK_MISMATCH", database: pubnet, setting: testnet });
      assert.deepEqual(wrong.lastRecord().errorCodes, ["NETWORK_MISMATCH"]);
    }
    assert.equal(await nativeToken(right, address), assetContract(pubnet, "native"));
  } finally {
    await wrong.close();
    await right.close();
  }
});

sharedTest("wallet serve refuses such a setting when it starts", async () => {
  const { url } = await testDatabase("chain");
  const start = (environment: NodeJS.ProcessEnv) => startApi({ databaseUrl: url, environment, host: "127.0.0.1", port: 0, explore: true });
  await assert.rejects(start({ NETWORK: "testnet" }), { code: "NETWORK_MISMATCH", message: /"Public.*"Test/ });
  for (const environment of [{ NETWORK: "pubnet" }, {}]) {
    const api = await start(environment);
    await api.close();
  }
});

test("before the first ledger any setting will do, since another can still become the database's", async () => {
  const database = await testDatabase();
  await database.connect()`insert into network (passphrase) values (${pubnet})`;
  const api = testApi(database.url, { networkPassphrase: testnet });
  const { status } = await api.post(JSON.stringify({ query: `{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }` }));
  assert.equal(status, 200);
  await api.close();
});
