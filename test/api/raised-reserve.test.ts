import assert from "node:assert/strict";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { insertAccounts } from "../fixtures/account-rows.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { memorySource } from "../fixtures/ingest-sandbox.ts";
import { openedLedger } from "../fixtures/open-ledger.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const PASSPHRASE = "Bug Reports ; 2026";
const HOLDER = "GBDPZ4M5HCYFYC4XYIYY64OAHPDLZTQZ3ZURE3QDVHQPW3MWNABJNJUL";
/** Not changed by the ledger that raises the reserve. */
const UNTOUCHED = Buffer.concat([Buffer.of(0x30), Buffer.alloc(32, 7)]);

sharedTest("a raised base reserve raises every account's minimum balance and releases liabilities", async () => {
  const database = await testDatabase();
  const ingest = (sequence: number): Promise<unknown> =>
    ingestChain(database.url, {
      networkPassphrase: PASSPHRASE,
      indexer: createIndexer(PASSPHRASE),
      verify: true,
      source: memorySource([], {
        async *open() {
          yield openedLedger(readShared(`ledgers/reports/upgrade-releases-liabilities/${sequence}.xdr`), sequence);
        },
        latest: () => Promise.resolve(sequence),
      }),
    });
  const api = testApi(database.url, { networkPassphrase: PASSPHRASE });
  const balances = async (account: string): Promise<Record<string, unknown>[]> => {
    const { data, errors } = await api.ask(
      `query ($account: String!) { accountByAddress(address: $account) { balances { edges { node {
        __typename balance
        ... on NativeBalance { minimumBalance sellingLiabilities buyingLiabilities }
        ... on TrustlineBalance { sellingLiabilities buyingLiabilities }
      } } } } }`,
      { account },
    );
    assert.equal(errors, undefined);
    return data.accountByAddress.balances.edges.map(({ node }: { node: Record<string, unknown> }) => node);
  };
  try {
    await ingest(100);
    await insertAccounts(database.connect(), [{ id: UNTOUCHED, balance: 100, subentries: 3, ledger: 99 }]);
    const untouched = "GADQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOZPI";
    assert.equal((await balances(untouched))[0]!.minimumBalance, "2.5000000");
    await ingest(101);
    assert.equal((await balances(untouched))[0]!.minimumBalance, "5.0000000");
    assert.deepEqual(
      [...(await database.connect()`select sequence, type, value::integer from ledger_upgrades`)],
      [{ sequence: 101, type: "BASE_RESERVE", value: 10_000_000 }],
    );
    const [native, trustline] = await balances(HOLDER);
    assert.deepEqual([native!.minimumBalance, native!.sellingLiabilities], ["3.0000000", "0.0000000"]);
    assert.deepEqual([trustline!.__typename, trustline!.buyingLiabilities], ["TrustlineBalance", "0.0000000"]);
  } finally {
    await api.close();
  }
});
