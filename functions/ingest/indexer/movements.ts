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
  /** The id of the muxed address that receives, decimal; null: it is none. Of a burn that was a payment to the issuer: the issuer's. */
  toMuxedId: string | null;
}

/** A movement classified by the issuer's part in it: out of the issuer is a mint, into the issuer a burn, between both a transfer. */
export function move(asset: MovedAsset, from: Address, to: Address, amount: bigint, toMuxedId: string | null = null): Movement {
  const fromIssuer = from === asset.issuer;
  const toIssuer = to === asset.issuer;
  if (fromIssuer === toIssuer) return { kind: "transfer", asset, from, to, amount, toMuxedId };
  return fromIssuer
    ? { kind: "mint", asset, from: null, to, amount, toMuxedId }
    : { kind: "burn", asset, from, to: null, amount, toMuxedId };
}

function isPool(address: Address): boolean {
  return address.bytes[0] === StrkeyVersion.liquidityPool;
}

function isClaimableBalance(address: Address): boolean {
  return address.bytes[0] === StrkeyVersion.claimableBalance;
}

/** Pools and claimable balances are nobody's account: their side of a movement has no row. */
export function hasRows(address: Address): boolean {
  return !isPool(address) && !isClaimableBalance(address);
}

/**
 * Turns a movement into rows, by the operation that it happened in. Each names the other side: sender or receiver, an issuer for what is
 * minted or burnt, the seller or pool of a trade.
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

function addTransfer(changes: StateChanges, operationType: number, movement: Movement): void {
  const { from, to, toMuxedId } = movement;
  if (!from || !to) return;
  const token = movement.asset.contract;
  const amount = String(movement.amount);
  switch (operationType) {
    case OperationType.createClaimableBalance:
    case OperationType.liquidityPoolDeposit:
      changes.balance("DEBIT", from, token, amount, to);
      return;
    case OperationType.claimClaimableBalance:
    case OperationType.liquidityPoolWithdraw:
      changes.balance("CREDIT", to, token, amount, from);
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
        changes.balance("CREDIT", to, token, amount, from).toMuxedId = toMuxedId;
        return;
      }
      if (isPool(to)) {
        changes.balance("DEBIT", from, token, amount, to);
        return;
      }
  }
  changes.balance("DEBIT", from, token, amount, to);
  changes.balance("CREDIT", to, token, amount, from).toMuxedId = toMuxedId;
}

function addMint(changes: StateChanges, movement: Movement): void {
  const { to } = movement;
  const { issuer, contract } = movement.asset;
  if (!to) return;
  const amount = String(movement.amount);
  if (issuer) changes.balance("MINT", issuer, contract, amount, to);
  if (hasRows(to)) changes.balance("CREDIT", to, contract, amount, issuer).toMuxedId = movement.toMuxedId;
}

function addBurn(changes: StateChanges, operationType: number, source: Address, movement: Movement): void {
  const { kind, from } = movement;
  const { issuer, contract } = movement.asset;
  if (!from) return;
  const amount = String(movement.amount);
  const bySource =
    kind === "burn"
      ? operationType === OperationType.claimClaimableBalance || operationType === OperationType.liquidityPoolWithdraw
      : operationType === OperationType.clawbackClaimableBalance;
  if (bySource) {
    changes.balance("BURN", source, contract, amount, from);
    return;
  }
  if (issuer) changes.balance("BURN", issuer, contract, amount, from).toMuxedId = movement.toMuxedId;
  if (hasRows(from)) changes.balance("DEBIT", from, contract, amount, issuer);
}
