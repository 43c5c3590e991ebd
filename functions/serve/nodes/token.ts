import { ASSET_DECIMALS } from "../../shared/columns/amounts.ts";
import { assetText, NATIVE_ASSET } from "../../shared/columns/asset.ts";
import { byteaHex } from "../../shared/columns/bytea.ts";
import { assetUuid, contractUuid } from "../../shared/columns/uuid5.ts";
import type { ContractRow } from "../queries/contracts.ts";
import type { HeldToken, HolderKind } from "../queries/token-holders.ts";
import type { BalanceSource, ContractKind } from "../schema/enums.generated.ts";
import { NATIVE_SYMBOL } from "../values/asset-contract.ts";

/** A `Token` on its way to the response. */
export interface TokenNode {
  readonly type: ContractKind;
  /** `C…` */
  readonly contractId: string;
  readonly code: string | null;
  readonly issuer: string | null;
  readonly name: string | null;
  readonly symbol: string | null;
  readonly decimals: number | null;
  readonly isSac: boolean | null;
  readonly isToken: boolean | null;
  readonly wasmHash: string | null;
  readonly source: BalanceSource | null;
  readonly eventsDiffer: boolean;
  readonly supply: string | null;
  /** Where to look for who has it; null: it has no balances. */
  readonly held: (HeldToken & { kind: HolderKind }) | null;
}

/** A `Contract` on its way to the response. */
export interface ContractNode {
  readonly contractId: string;
  readonly kind: ContractKind;
  readonly isSac: boolean | null;
  readonly isToken: boolean | null;
  readonly wasmHash: string | null;
  readonly sinceLedger: number | null;
  readonly createdLedger: number | null;
  /** Text of bytea; null as `wasmHash`. */
  readonly code: string | null;
  readonly token: TokenNode | null;
}

/** The contract as a token; null when no ledger here has shown it. @param isNative it is that of XLM */
export function tokenNode(contractId: string, row: ContractRow, isNative: boolean): TokenNode | null {
  const type = kindOf(row, isNative);
  if (type === null) return null;
  const isSac = isAsset(type);
  const isKnown = type !== "UNKNOWN";
  const { code, issuer } = row;
  const isIssued = isSac && !isNative && code !== null && issuer !== null;
  const asset = isNative ? NATIVE_ASSET : isIssued ? assetText(code, issuer) : null;
  const isSep41 = type === "SEP41";
  return {
    type,
    contractId,
    code: isIssued ? code : null,
    issuer: isIssued ? issuer : null,
    name: isSac ? asset : row.name,
    symbol: isNative ? NATIVE_SYMBOL : isSac ? code : row.symbol,
    decimals: isSac ? ASSET_DECIMALS : row.decimals,
    isSac: isKnown ? isSac : null,
    isToken: isKnown ? isSac || isSep41 : null,
    wasmHash: isSac ? null : hexOf(row.wasm_hash),
    source: isSac ? "STORAGE" : isSep41 ? (row.balances_from ?? "PARTIAL") : null,
    eventsDiffer: isSep41 && row.events_differ,
    // Mints and burns that come to less than nothing are not the token's supply.
    supply: isSep41 && row.supply?.startsWith("-") !== true ? row.supply : null,
    held: heldAs(contractId, type, isIssued ? assetUuid(code, issuer) : null),
  };
}

/** The contract; null when no ledger here has shown it. @param isNative it is that of XLM */
export function contractNode(contractId: string, row: ContractRow, isNative: boolean): ContractNode | null {
  const token = tokenNode(contractId, row, isNative);
  if (token === null) return null;
  const { type, isSac, isToken, wasmHash } = token;
  const runsCode = isSac !== true;
  return {
    contractId,
    kind: type,
    isSac,
    isToken,
    wasmHash,
    sinceLedger: runsCode && wasmHash !== null ? row.since_ledger : null,
    createdLedger: runsCode ? row.created_ledger : null,
    code: runsCode ? row.wasm_hash : null,
    token: type === "NONE" || type === "UNKNOWN" ? null : token,
  };
}

/** What the contract is; null: no ledger here has shown it. */
function kindOf({ type, is_asset, is_contract, kind }: ContractRow, isNative: boolean): ContractKind | null {
  if (isNative) return "NATIVE";
  // At the address of an asset there can be nothing else: whoever met something there met its contract.
  if (type === "SAC" || (is_asset && type !== null)) return "SAC";
  if (is_asset) return "CLASSIC";
  if (type !== null && type !== "UNKNOWN") return type;
  return kind ?? (type !== null || is_contract ? "UNKNOWN" : null);
}

function isAsset(kind: ContractKind): boolean {
  return kind === "NATIVE" || kind === "CLASSIC" || kind === "SAC";
}

function heldAs(contractId: string, kind: ContractKind, asset: string | null): TokenNode["held"] {
  const contract = contractUuid(contractId);
  if (kind === "NATIVE" || kind === "SEP41") return { kind, contract, asset: null };
  return isAsset(kind) ? { kind: "ASSET", contract, asset } : null;
}

function hexOf(column: string | null): string | null {
  return column === null ? null : byteaHex(column);
}
