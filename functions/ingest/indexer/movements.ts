import type { Address } from "../../shared/xdr/address.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { OperationType } from "../../shared/xdr/xdr.generated.ts";
import type { MovedAsset } from "./assets.ts";
import type { StateChanges } from "./state-change.ts";

/**
 * A primitive token movement. `from` and `to` are `G…`, `C…`, `L…` (pool) or `B…` (claimable balance). A mint has no `from`, a
 * burn or clawback no `to`.
 */
export interface Movement {
  kind: "transfer" | "mint" | "burn" | "clawback";
  asset: MovedAsset;
  from: Address | null;
  to: Address | null;
  amount: bigint;
}

/** A movement classified by the issuer's part in it: out of the issuer is a mint, into the issuer a burn, between both a transfer. */
export function move(asset: MovedAsset, from: Address, to: Address, amount: bigint): Movement {
  const fromIssuer = from === asset.issuer;
  const toIssuer = to === asset.issuer;
  if (fromIssuer === toIssuer) return { kind: "transfer", asset, from, to, amount };
  return fromIssuer ? { kind: "mint", asset, from: null, to, amount } : { kind: "burn", asset, from, to: null, amount };
}

function isPool(address: Address): boolean {
  return address.bytes[0] === StrkeyVersion.liquidityPool;
}

function isClaimableBalance(address: Address): boolean {
  return address.bytes[0] === StrkeyVersion.claimableBalance;
}

/** Pools and claimable balances are nobody's account: their side of a movement has no row. */
function hasRows(address: Address): boolean {
  return !isPool(address) && !isClaimableBalance(address);
}

/**
 * Turns a movement into rows, by the operation that it happened in.
 * @param source the operation's source account
 */
export function addMovement(changes: StateChanges, operationType: number, source: Address, movement: Movement): void {
  switch (movement.kind) {
    case "transfer":
      addTransfer(changes, operationType, movement);
      return;
    case "mint":
      addMint(changes, movement);
      return;
    default:
      addBurn(changes, operationType, source, movement);
  }
}

function addTransfer(changes: StateChanges, operationType: number, { asset, from, to, amount }: Movement): void {
  if (!from || !to) return;
  const token = asset.contract;
  switch (operationType) {
    case OperationType.createClaimableBalance:
    case OperationType.liquidityPoolDeposit:
      changes.balance("DEBIT", from, token, amount);
      return;
    case OperationType.claimClaimableBalance:
    case OperationType.liquidityPoolWithdraw:
      changes.balance("CREDIT", to, token, amount);
      return;
    case OperationType.clawbackClaimableBalance:
    case OperationType.allowTrust:
    case OperationType.setTrustLineFlags:
      return;
    case OperationType.createAccount:
      changes.add("ACCOUNT", "CREATE", to).creator = from;
      break;
    case OperationType.accountMerge:
      changes.add("ACCOUNT", "MERGE", from).destination = to;
      break;
    default:
      if (isClaimableBalance(from) || isClaimableBalance(to)) return;
      if (isPool(from)) {
        changes.balance("CREDIT", to, token, amount);
        return;
      }
      if (isPool(to)) {
        changes.balance("DEBIT", from, token, amount);
        return;
      }
  }
  changes.balance("DEBIT", from, token, amount);
  changes.balance("CREDIT", to, token, amount);
}

function addMint(changes: StateChanges, { asset, to, amount }: Movement): void {
  if (!to) return;
  if (asset.issuer) changes.balance("MINT", asset.issuer, asset.contract, amount);
  if (hasRows(to)) changes.balance("CREDIT", to, asset.contract, amount);
}

function addBurn(changes: StateChanges, operationType: number, source: Address, { kind, asset, from, amount }: Movement): void {
  if (!from) return;
  const bySource =
    kind === "burn"
      ? operationType === OperationType.claimClaimableBalance || operationType === OperationType.liquidityPoolWithdraw
      : operationType === OperationType.clawbackClaimableBalance;
  if (bySource) {
    changes.balance("BURN", source, asset.contract, amount);
    return;
  }
  if (asset.issuer) changes.balance("BURN", asset.issuer, asset.contract, amount);
  if (hasRows(from)) changes.balance("DEBIT", from, asset.contract, amount);
}
