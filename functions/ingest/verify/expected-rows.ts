import { StrkeyVersion } from "../../shared/strkey.ts";
import { accountAt, addressAt } from "../ledger/addresses.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import { int128, int64, type Words } from "../ledger/words.ts";
import {
  AssetType,
  ContractDataDurability,
  LedgerEntryType,
  readAccountEntry,
  readAccountEntryExtensionV1,
  readAccountEntryExtensionV2,
  readContractDataEntry,
  readLiquidityPoolConstantProductParameters,
  readLiquidityPoolEntryConstantProduct,
  readTrustLineEntry,
  readTrustLineEntryV1,
  ScValType,
} from "../ledger/xdr.generated.ts";
import { assetCodeAt, issuerAt } from "../indexer/assets.ts";
import { mapAt, symbolAt, vectorAt } from "../indexer/sc-values.ts";

/** The row that a ledger entry stands for: its table, its key and its columns as one text. */
export interface ExpectedRow {
  table: string;
  key: string;
  values: string;
}

/** What the LedgerEntry at `entry` means for the current state, or null when it has no table. */
export function expectedRow(x: Words, ids: ContractIds, entry: number): ExpectedRow | null {
  const p = entry + 2;
  switch (x[entry + 1]) {
    case LedgerEntryType.account:
      return accountRow(x, p);
    case LedgerEntryType.trustline:
      return trustlineRow(x, p);
    case LedgerEntryType.liquidityPool:
      return poolRow(x, p);
    case LedgerEntryType.contractData:
      return contractBalanceRow(x, ids, p);
    default:
      return null;
  }
}

function accountRow(x: Words, p: number): ExpectedRow {
  const account = readAccountEntry(x, p);
  let liabilities = [0n, 0n];
  let sponsorships = [0, 0];
  if (x[account.ext] === 1) {
    const v1 = readAccountEntryExtensionV1(x, account.ext + 1);
    liabilities = [int64(x, v1.liabilities), int64(x, v1.liabilities + 2)];
    if (x[v1.ext] === 2) {
      const v2 = readAccountEntryExtensionV2(x, v1.ext + 1);
      sponsorships = [v2.numSponsoring, v2.numSponsored];
    }
  }
  const values = [int64(x, account.balance), ...liabilities, account.numSubEntries, ...sponsorships];
  return { table: "native_balances", key: accountAt(x, p + 1).text, values: values.join(" ") };
}

function hex(x: Words, p: number): string {
  return Buffer.from(addressAt(x, p, StrkeyVersion.liquidityPool).bytes.subarray(1)).toString("hex");
}

function assetText(x: Words, p: number): string {
  return x[p] === AssetType.assetTypeNative ? "native" : `${assetCodeAt(x, p)}:${issuerAt(x, p)!.text}`;
}

function trustlineRow(x: Words, p: number): ExpectedRow {
  const line = readTrustLineEntry(x, p);
  const account = accountAt(x, p + 1).text;
  const balance = int64(x, line.balance);
  if (x[line.asset] === AssetType.assetTypePoolShare) {
    return { table: "liquidity_pool_balances", key: `${account}/${hex(x, line.asset + 1)}`, values: String(balance) };
  }
  const liabilities = x[line.ext] === 1 ? readTrustLineEntryV1(x, line.ext + 1).liabilities : 0;
  const owed = liabilities === 0 ? [0n, 0n] : [int64(x, liabilities), int64(x, liabilities + 2)];
  const values = [balance, int64(x, line.limit), ...owed, line.flags];
  return { table: "trustline_balances", key: `${account}/${assetText(x, line.asset)}`, values: values.join(" ") };
}

function poolRow(x: Words, p: number): ExpectedRow {
  const body = readLiquidityPoolEntryConstantProduct(x, p + 9);
  const { assetA, assetB } = readLiquidityPoolConstantProductParameters(x, body.params);
  const values = [assetText(x, assetA), int64(x, body.reserveA), assetText(x, assetB), int64(x, body.reserveB)];
  return { table: "liquidity_pools", key: hex(x, p), values: values.join(" ") };
}

function contractBalanceRow(x: Words, ids: ContractIds, p: number): ExpectedRow | null {
  const data = readContractDataEntry(x, p);
  const key = vectorAt(x, data.key);
  const members = mapAt(x, data.val);
  if (data.durability !== ContractDataDurability.persistent || x[data.contract] !== 1 || key?.length !== 2 || members?.length !== 3)
    return null;
  if (symbolAt(x, key[0]!) !== "Balance" || x[key[1]!] !== ScValType.scvAddress || x[key[1]! + 1] !== 1) return null;
  const types = [ScValType.scvI128, ScValType.scvBool, ScValType.scvBool];
  const named = ["amount", "authorized", "clawback"].every(
    (name, i) => symbolAt(x, members[i]!.key) === name && x[members[i]!.val] === types[i],
  );
  if (!named) return null;
  const amount = int128(x, members[0]!.val + 1);
  if (amount < 0n) return null;
  const contract = addressAt(x, data.contract + 1, StrkeyVersion.contract);
  const holder = addressAt(x, key[1]! + 2, StrkeyVersion.contract).text;
  if (contract === ids.native()) return { table: "native_balances", key: holder, values: String(amount) };
  const [authorized, clawback] = [x[members[1]!.val + 1] === 1, x[members[2]!.val + 1] === 1];
  return { table: "sac_balances", key: `${holder}/${contract.text}`, values: `${amount} ${authorized} ${clawback}` };
}
