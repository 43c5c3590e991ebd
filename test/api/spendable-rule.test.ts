import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { sha256 } from "../../bin/simulated-network/keys.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { assetText } from "../../functions/shared/columns/asset.ts";
import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { assetContract } from "../../functions/serve/values/asset-contract.ts";
import { PaymentChain } from "../fixtures/core-payments.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { memorySource } from "../fixtures/ingest-sandbox.ts";
import { openedLedger, openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { accountEntry, ASSET, ISSUER, poolEntry, SPENDABLE_CASES } from "../fixtures/spendable-cases.ts";

const ASSET_CONTRACT = assetContract(SANDBOX_PASSPHRASE, assetText(ASSET.code, ISSUER.address));
const NATIVE_CONTRACT = assetContract(SANDBOX_PASSPHRASE, "native");

/** A contract's balance in an asset's contract (CAP-46-6). */
function contractBalance(contract: string, holder: Uint8Array, amount: bigint, isAuthorized: boolean): xdr.LedgerEntry {
  const address = (id: Uint8Array): xdr.ScAddress => xdr.ScAddress.scAddressTypeContract(new xdr.ContractId(id));
  const member = (key: string, val: xdr.ScVal): xdr.ScMapEntry => new xdr.ScMapEntry({ key: xdr.ScVal.scvSymbol(key), val });
  const data = new xdr.ContractDataEntry({
    ext: xdr.ExtensionPoint.v0(),
    contract: address(decodeStrkey(contract)!.subarray(1)),
    key: xdr.ScVal.scvVec([xdr.ScVal.scvSymbol("Balance"), xdr.ScVal.scvAddress(address(holder))]),
    durability: xdr.ContractDataDurability.persistent,
    val: xdr.ScVal.scvMap([
      member("amount", xdr.ScVal.scvI128(new xdr.Int128Parts({ hi: amount >> 64n, lo: BigInt.asUintN(64, amount) }))),
      member("authorized", xdr.ScVal.scvBool(isAuthorized)),
      member("clawback", xdr.ScVal.scvBool(true)),
    ]),
  });
  return new xdr.LedgerEntry({ lastModifiedLedgerSeq: 1, data: xdr.LedgerEntryData.contractData(data), ext: xdr.LedgerEntryExt.v0() });
}

const ID_OF = { authorized: sha256("authorized"), unauthorized: sha256("unauthorized") };
const holderOf = (id: Uint8Array): string => encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.contract), id]));

test("the API shows what stellar-core's rule lets an account send, and a raised base reserve at once", async () => {
  const chain = new PaymentChain();
  const ledgers = [
    chain.create([
      accountEntry(ISSUER, { balance: 0n }),
      poolEntry(503n),
      ...SPENDABLE_CASES.flatMap(({ entries }) => entries),
      contractBalance(NATIVE_CONTRACT, ID_OF.authorized, 7n, true),
      contractBalance(ASSET_CONTRACT, ID_OF.authorized, 2n ** 100n, true),
      contractBalance(ASSET_CONTRACT, ID_OF.unauthorized, 5n, false),
    ]),
    chain.raiseReserve(10_000_000),
  ];
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  for (const bytes of ledgers) {
    const ledger = openLedger(bytes);
    // No payment tells where the entries come from.
    const problems = problemsOf(indexer.index(ledger), ledger, SANDBOX_PASSPHRASE).filter(({ check }) => check !== "conservation");
    assert.deepEqual(problems, []);
    ledger.close();
  }
  const database = await testDatabase();
  const ingest = (sequence: number): Promise<unknown> =>
    ingestChain(database.url, {
      network: "sandbox",
      networkPassphrase: SANDBOX_PASSPHRASE,
      indexer,
      source: memorySource([], {
        async *open() {
          yield openedLedger(ledgers[sequence - 1]!, sequence);
        },
        latest: () => Promise.resolve(sequence),
      }),
    });
  const api = testApi(database.url, { networkPassphrase: SANDBOX_PASSPHRASE });
  const shown = async (
    addresses: readonly string[],
  ): Promise<{ __typename: string; spendable: string; lastModifiedLedger: number }[][]> => {
    const { data, errors } = await api.ask(
      "query ($addresses: [String!]!) { accounts(addresses: $addresses) { balances { edges { node { __typename spendable lastModifiedLedger } } } } }",
      { addresses },
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data.accounts.map(({ balances }: { balances: { edges: { node: unknown }[] } }) => balances.edges.map(({ node }) => node));
  };
  try {
    for (const [at, reserve] of (["spendable", "raised"] as const).entries()) {
      await ingest(at + 1);
      const balances = await shown(SPENDABLE_CASES.map(({ owner }) => owner.address));
      for (const [i, of] of SPENDABLE_CASES.entries()) {
        const { __typename, spendable, lastModifiedLedger } = balances[i]!.at(-1)!;
        const type = of.asset === "shares" ? "LiquidityPoolBalance" : of.entries.length === 1 ? "NativeBalance" : "TrustlineBalance";
        assert.deepEqual([of.name, __typename, spendable], [of.name, type, whole(of[reserve])]);
        assert.equal(lastModifiedLedger, 1);
      }
      const [authorized, unauthorized] = await shown([holderOf(ID_OF.authorized), holderOf(ID_OF.unauthorized)]);
      assert.deepEqual(
        [...authorized!, ...unauthorized!].map(({ __typename, spendable }) => [__typename, spendable]),
        [
          ["NativeBalance", "0.0000007"],
          ["SACBalance", whole(2n ** 100n)],
          ["SACBalance", "0.0000000"],
        ],
      );
    }
  } finally {
    await api.close();
  }
});

function whole(stroops: bigint): string {
  const digits = String(stroops).padStart(8, "0");
  return `${digits.slice(0, -7)}.${digits.slice(-7)}`;
}
