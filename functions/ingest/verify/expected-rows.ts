import { ASSET_DECIMALS } from "../../shared/columns/amounts.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { accountAt, addressAt, addressFromBytes } from "../../shared/xdr/addresses.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { int64 } from "../../shared/xdr/words.ts";
import {
  AssetType,
  ContractDataDurability,
  ContractExecutableType,
  LedgerEntryType,
  readContractCodeEntry,
  readContractDataEntry,
  readLiquidityPoolConstantProductParameters,
  readLiquidityPoolEntryConstantProduct,
  readScContractInstance,
  readTrustLineEntry,
  readTrustLineEntryV1,
  ScValType,
} from "../../shared/xdr/xdr.generated.ts";
import { entrySponsor } from "./entry-sponsor.ts";
import { assetText } from "./asset-text.ts";
import { promiseRow } from "./promises.ts";
import { scMap, scValue, type ScValue } from "./sc-value.ts";

/** Stands for values that `codeFacts` knows (contract-code.ts). */
const CODE_FACT = "see codeFacts";

/** The row that a ledger entry stands for: its table, its key and its columns as one text. */
export interface ExpectedRow {
  table: string;
  key: string;
  values: string;
}

/** What the LedgerEntry at `entry` means for the balances, or null when it has no such row. */
export function balanceRow(ledger: Ledger, entry: number): ExpectedRow | null {
  const p = entry + 2;
  switch (ledger.x[entry + 1]) {
    case LedgerEntryType.trustline:
      return trustlineRow(ledger, p, entrySponsor(ledger, entry));
    case LedgerEntryType.liquidityPool:
      return poolRow(ledger, p);
    case LedgerEntryType.contractData:
      return contractBalanceRow(ledger, p);
    case LedgerEntryType.claimableBalance:
    case LedgerEntryType.offer:
      return promiseRow(ledger, entry);
    default:
      return null;
  }
}

/**
 * What the LedgerEntry at `entry` says that no ledger takes back, also when it is removed later: the asset of a trustline, a
 * contract's code or the asset that it is of, code that is there.
 */
export function factRow(ledger: Ledger, ids: ContractIds, entry: number): ExpectedRow | null {
  const { x } = ledger;
  const p = entry + 2;
  switch (x[entry + 1]) {
    case LedgerEntryType.trustline: {
      const { asset } = readTrustLineEntry(x, p);
      if (x[asset] === AssetType.assetTypePoolShare) return null;
      return { table: "trustline_assets", key: assetText(ledger, asset), values: ids.asset(x, asset).text };
    }
    case LedgerEntryType.contractCode:
      return { table: "protocol_wasms", key: hex(ledger, readContractCodeEntry(x, p).hash), values: CODE_FACT };
    case LedgerEntryType.contractData:
      return instanceRow(ledger, ids, p);
    default:
      return null;
  }
}

/** 32 bytes at `p`, in hex. */
function hex({ bytes }: Ledger, p: number): string {
  return Buffer.from(bytesAt(bytes, p, 8)).toString("hex");
}

function trustlineRow(ledger: Ledger, p: number, sponsor: string): ExpectedRow {
  const { x } = ledger;
  const line = readTrustLineEntry(x, p);
  const account = accountAt(x, p + 1).text;
  const balance = int64(x, line.balance);
  if (x[line.asset] === AssetType.assetTypePoolShare)
    return { table: "liquidity_pool_balances", key: `${account}/${hex(ledger, line.asset + 1)}`, values: `${balance} ${sponsor}` };
  const liabilities = x[line.ext] === 1 ? readTrustLineEntryV1(x, line.ext + 1).liabilities : 0;
  const owed = liabilities === 0 ? [0n, 0n] : [int64(x, liabilities), int64(x, liabilities + 2)];
  const values = [balance, int64(x, line.limit), ...owed, line.flags, sponsor];
  return { table: "trustline_balances", key: `${account}/${assetText(ledger, line.asset)}`, values: values.join(" ") };
}

function poolRow(ledger: Ledger, p: number): ExpectedRow {
  const { x } = ledger;
  const body = readLiquidityPoolEntryConstantProduct(x, p + 9);
  const { assetA, assetB } = readLiquidityPoolConstantProductParameters(x, body.params);
  const values = [assetText(ledger, assetA), int64(x, body.reserveA), assetText(ledger, assetB), int64(x, body.reserveB)];
  return { table: "liquidity_pools", key: hex(ledger, p), values: values.join(" ") };
}

/** The value, or an empty text when it is no plain one. */
function text(value: ScValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The contract of the ContractDataEntry at `p`, its key and value, when it is persistent; else null. */
function persistentData({ x }: Ledger, p: number): { contract: string; key: number; val: number } | null {
  const { contract, key, durability, val } = readContractDataEntry(x, p);
  if (durability !== ContractDataDurability.persistent || x[contract] !== 1) return null;
  return { contract: addressAt(x, contract + 1, StrkeyVersion.contract).text, key, val };
}

/** A balance in the shape of a Stellar Asset Contract's, of a contract: `[Balance, C…]` to amount, authorized and clawback. */
function contractBalanceRow(ledger: Ledger, p: number): ExpectedRow | null {
  const data = persistentData(ledger, p);
  if (data === null || ledger.x[data.key] !== ScValType.scvVec) return null;
  const key = scValue(ledger, data.key);
  if (!Array.isArray(key) || key.length !== 2 || key[0] !== "symbol Balance") return null;
  const holder = /^address (C.*)$/.exec(text(key[1]))?.[1];
  const value = scValue(ledger, data.val);
  if (holder === undefined || !Array.isArray(value) || value.length !== 7) return null;
  const [kind, amountName, amount, authorizedName, authorized, clawbackName, clawback] = value.map(text);
  const names = [kind, amountName, authorizedName, clawbackName].join();
  if (names !== "map,symbol amount,symbol authorized,symbol clawback") return null;
  const stroops = /^i128 (\d+)$/.exec(amount!)?.[1];
  const flags = [authorized, clawback].map((flag) => /^bool (true|false)$/.exec(flag!)?.[1]);
  if (stroops === undefined || flags.includes(undefined)) return null;
  return { table: "sac_balances", key: `${holder}/${data.contract}`, values: [stroops, ...flags].join(" ") };
}

/** The code of a contract, or the token of one that its instance and its id prove to be a Stellar Asset Contract (CAP-46-6). */
function instanceRow(ledger: Ledger, ids: ContractIds, p: number): ExpectedRow | null {
  const { x } = ledger;
  const data = persistentData(ledger, p);
  if (data === null || x[data.key] !== ScValType.scvLedgerKeyContractInstance || x[data.val] !== ScValType.scvContractInstance) return null;
  const { executable, storage } = readScContractInstance(x, data.val + 1);
  if (x[executable] !== ContractExecutableType.contractExecutableStellarAsset)
    return { table: "protocol_contracts", key: data.contract, values: CODE_FACT };
  if (data.contract === ids.native().text || x[storage] !== 1) return null;
  const members = scMap(ledger, storage + 1);
  const info = members.findIndex((key, i) => i % 2 === 1 && Array.isArray(key) && key.length === 1 && key[0] === "symbol AssetInfo");
  const value = members[info + 1];
  if (info < 0 || !Array.isArray(value) || value.length !== 2 || !/^symbol AlphaNum(4|12)$/.test(text(value[0]))) return null;
  const fields = value[1];
  if (!Array.isArray(fields) || fields.length !== 5) return null;
  const [kind, codeName, codeValue, issuerName, issuerValue] = fields.map(text);
  const code = /^string ([A-Za-z0-9]{1,12})\0*$/.exec(codeValue!)?.[1];
  const key = /^bytes (.{32})$/s.exec(issuerValue!)?.[1];
  if (kind !== "map" || codeName !== "symbol asset_code" || issuerName !== "symbol issuer" || code === undefined || key === undefined)
    return null;
  const issuer = addressFromBytes(x, Buffer.concat([Buffer.of(StrkeyVersion.account), Buffer.from(key, "latin1")]));
  if (ids.fromCodeAndIssuer(code, issuer).text !== data.contract) return null;
  const values = ["SAC", code, issuer.text, `${code}:${issuer.text}`, code, ASSET_DECIMALS];
  return { table: "contract_tokens", key: data.contract, values: values.join(" ") };
}
