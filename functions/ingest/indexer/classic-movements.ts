import { hash as digest } from "node:crypto";
import type { Address } from "../../shared/xdr/address.ts";
import { WalletError } from "../../shared/errors.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { accountAt, addressAt, claimableBalanceAt, muxedIdAt, muxedToAccount } from "../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../ledger/changes.ts";
import { bytesAt } from "../ledger/ledger.ts";
import { elements, int64, type Words } from "../../shared/xdr/words.ts";
import {
  LedgerEntryType,
  OperationType,
  readClaimableBalanceEntry,
  readClaimLiquidityAtom,
  readClaimOfferAtom,
  readClawbackOp,
  readCreateAccountOp,
  readCreateClaimableBalanceOp,
  readInflationPayout,
  readLiquidityPoolConstantProductParameters,
  readLiquidityPoolEntryConstantProduct,
  readManageOfferSuccessResult,
  readPathPaymentStrictReceiveOp,
  readPathPaymentStrictReceiveResultSuccess,
  readPathPaymentStrictSendOp,
  readPathPaymentStrictSendResultSuccess,
  readPaymentOp,
  readSimplePaymentResult,
  skipAsset,
  skipClaimAtom,
  skipInflationPayout,
} from "../../shared/xdr/xdr.generated.ts";
import { assetAt, type MovedAsset } from "./assets.ts";
import { move, type Movement } from "./movements.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";

/** Token movements of a classic operation of a successful transaction, in order. */
export function classicMovements(context: LedgerContext, op: LedgerOperation): Movement[] {
  const { x, ids } = context;
  const { body, source } = op;
  // The type's own result: its code, then its payload.
  const payload = op.result + 1;
  switch (op.type) {
    case OperationType.createAccount:
      return [move(native(context), source, accountAt(x, body + 1), int64(x, readCreateAccountOp(x, body).startingBalance))];
    case OperationType.accountMerge:
      return op.result === 0 || x[op.result] !== 0
        ? []
        : [move(native(context), source, muxedToAccount(x, body), int64(x, payload), muxedIdAt(x, body))];
    case OperationType.payment: {
      const payment = readPaymentOp(x, body);
      return [move(assetAt(x, ids, payment.asset), source, muxedToAccount(x, body), int64(x, payment.amount), muxedIdAt(x, body))];
    }
    case OperationType.pathPaymentStrictSend: {
      const payment = readPathPaymentStrictSendOp(x, body);
      const result = readPathPaymentStrictSendResultSuccess(x, payload);
      const amount = int64(x, readSimplePaymentResult(x, result.last).amount);
      return [...trades(context, source, result.offers), paymentOnPath(context, op, payment, amount)];
    }
    case OperationType.pathPaymentStrictReceive: {
      const payment = readPathPaymentStrictReceiveOp(x, body);
      const { offers } = readPathPaymentStrictReceiveResultSuccess(x, payload);
      const amount = int64(x, payment.destAmount);
      return [...trades(context, source, offers), paymentOnPath(context, op, payment, amount)];
    }
    case OperationType.manageSellOffer:
    case OperationType.manageBuyOffer:
    case OperationType.createPassiveSellOffer:
      return trades(context, source, readManageOfferSuccessResult(x, payload).offersClaimed);
    case OperationType.createClaimableBalance: {
      const create = readCreateClaimableBalanceOp(x, body);
      return [move(assetAt(x, ids, create.asset), source, claimableBalanceAt(x, payload), int64(x, create.amount))];
    }
    case OperationType.claimClaimableBalance: {
      const { asset, balance, amount } = removedClaimableBalance(context, op);
      return [move(asset, balance, source, amount)];
    }
    case OperationType.clawback: {
      const clawback = readClawbackOp(x, body);
      return [
        {
          kind: "clawback",
          asset: assetAt(x, ids, clawback.asset),
          from: muxedToAccount(x, clawback.from),
          to: null,
          amount: int64(x, clawback.amount),
          toMuxedId: null,
        },
      ];
    }
    case OperationType.clawbackClaimableBalance: {
      const { asset, balance, amount } = removedClaimableBalance(context, op);
      return [{ kind: "clawback", asset, from: balance, to: null, amount, toMuxedId: null }];
    }
    case OperationType.liquidityPoolDeposit:
      return poolMovements(context, op, true);
    case OperationType.liquidityPoolWithdraw:
      return poolMovements(context, op, false);
    case OperationType.allowTrust:
    case OperationType.setTrustLineFlags:
      return revocationMovements(context, op);
    case OperationType.inflation:
      return elements(x, payload, skipInflationPayout).map((p) => {
        const payout = readInflationPayout(x, p);
        return {
          kind: "mint",
          asset: native(context),
          from: null,
          to: accountAt(x, payout.destination + 1),
          amount: int64(x, payout.amount),
          toMuxedId: null,
        };
      });
    default:
      return [];
  }
}

function native(context: LedgerContext): MovedAsset {
  return { issuer: null, contract: context.ids.native() };
}

/** What the receiver of a path payment gets. */
function paymentOnPath(
  { x, ids }: LedgerContext,
  { source }: LedgerOperation,
  { destAsset, destination }: { destAsset: number; destination: number },
  amount: bigint,
): Movement {
  return move(assetAt(x, ids, destAsset), source, muxedToAccount(x, destination), amount, muxedIdAt(x, destination));
}

/** Both sides of every claimed offer or pool of a trade; amounts of zero are kept. */
function trades(context: LedgerContext, source: Address, claimed: number): Movement[] {
  const { x, ids } = context;
  const movements: Movement[] = [];
  for (const p of elements(x, claimed, skipClaimAtom)) {
    const isPool = x[p] === 2;
    const atom = isPool ? readClaimLiquidityAtom(x, p + 1) : null;
    // A V0 atom has the seller's bare key where the later one has a PublicKey; its arm number 0 reads as that union's type.
    const isV0 = x[p] === 0;
    const seller = isPool ? addressAt(x, p + 1, StrkeyVersion.liquidityPool) : accountAt(x, isV0 ? p + 1 : p + 2);
    const sold = atom ?? readClaimOfferAtom(x, isV0 ? p : p + 1);
    movements.push(
      move(assetAt(x, ids, sold.assetSold), seller, source, int64(x, sold.amountSold)),
      move(assetAt(x, ids, sold.assetBought), source, seller, int64(x, sold.amountBought)),
    );
  }
  return movements;
}

function indexFailure(context: LedgerContext, op: LedgerOperation, what: string): WalletError {
  const { sequence } = context.ledger;
  return new WalletError("LEDGER_INDEX_FAILED", `Ledger ${sequence}: ${what} in operation ${op.index + 1} of transaction ${op.tx.index}.`, {
    ledger: sequence,
    transaction: op.tx.index,
    operation: op.index + 1,
  });
}

/** The one claimable balance that the operation removed. */
function removedClaimableBalance(context: LedgerContext, op: LedgerOperation): { asset: MovedAsset; balance: Address; amount: bigint } {
  const { x, ids } = context;
  const removed = op.changes.filter((c) => c.type === LedgerEntryType.claimableBalance && c.post === 0 && c.pre !== 0);
  if (removed.length !== 1) throw indexFailure(context, op, `${removed.length} claimable balances are removed instead of one`);
  const entry = readClaimableBalanceEntry(x, entryData(removed[0]!.pre));
  return { asset: assetAt(x, ids, entry.asset), balance: claimableBalanceAt(x, entry.balanceId), amount: int64(x, entry.amount) };
}

interface PoolChange {
  pool: Address;
  poolId: number;
  assetA: number;
  assetB: number;
  /** Absolute differences of the reserves. */
  amountA: bigint;
  amountB: bigint;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function poolChange(x: Words, change: Change): PoolChange {
  const reserves = (entry: number): [bigint, bigint] => {
    if (entry === 0) return [0n, 0n];
    const body = readLiquidityPoolEntryConstantProduct(x, entryData(entry) + 9);
    return [int64(x, body.reserveA), int64(x, body.reserveB)];
  };
  const poolId = entryData(change.post || change.pre);
  const { params } = readLiquidityPoolEntryConstantProduct(x, poolId + 9);
  const { assetA, assetB } = readLiquidityPoolConstantProductParameters(x, params);
  const [preA, preB] = reserves(change.pre);
  const [postA, postB] = reserves(change.post);
  return {
    pool: addressAt(x, poolId, StrkeyVersion.liquidityPool),
    poolId,
    assetA,
    assetB,
    amountA: abs(postA - preA),
    amountB: abs(postB - preB),
  };
}

function poolChanges(op: LedgerOperation): Change[] {
  return op.sortedChanges.filter((c) => c.type === LedgerEntryType.liquidityPool);
}

function poolMovements(context: LedgerContext, op: LedgerOperation, deposit: boolean): Movement[] {
  const { x, ids } = context;
  const changed = poolChanges(op);
  if (changed.length !== 1) throw indexFailure(context, op, `${changed.length} liquidity pools change instead of one`);
  const { pool, assetA, assetB, amountA, amountB } = poolChange(x, changed[0]!);
  if (deposit && (amountA === 0n || amountB === 0n)) throw indexFailure(context, op, "a liquidity pool deposit leaves a reserve unchanged");
  const [from, to] = deposit ? [op.source, pool] : [pool, op.source];
  return [move(assetAt(x, ids, assetA), from, to, amountA), move(assetAt(x, ids, assetB), from, to, amountB)];
}

/**
 * Revoking authorisation pulls the holder's pool shares out (CAP-38): each asset goes into a new claimable balance, or is burnt
 * when the holder is its issuer.
 */
function revocationMovements(context: LedgerContext, op: LedgerOperation): Movement[] {
  const { x, ids } = context;
  const created = op.changes.filter((c) => c.type === LedgerEntryType.claimableBalance && c.pre === 0);
  if (created.length === 0) return [];
  const movements: Movement[] = [];
  for (const change of poolChanges(op)) {
    const { pool, poolId, assetA, assetB, amountA, amountB } = poolChange(x, change);
    const sides = [
      { asset: assetA, amount: amountA },
      { asset: assetB, amount: amountB },
    ].map(({ asset, amount }) => ({ asset: assetAt(x, ids, asset), amount, ...createdFor(context, op, created, poolId, asset) }));
    if (sides.every((side) => side.balance === null)) continue;
    for (const { asset, amount, balance, balanceAmount } of sides) {
      if (balance) movements.push(move(asset, pool, balance, balanceAmount));
      else movements.push({ kind: "burn", asset, from: pool, to: null, amount, toMuxedId: null });
    }
  }
  return movements;
}

/** The created claimable balance whose id is that of a revocation of this pool and asset (HashIdPreimage revokeId). */
function createdFor(
  context: LedgerContext,
  op: LedgerOperation,
  created: Change[],
  poolId: number,
  asset: number,
): { balance: Address | null; balanceAmount: bigint } {
  const { x, ledger } = context;
  const { bytes } = ledger;
  const head = Buffer.alloc(4 + 4 + 32);
  head.writeInt32BE(7);
  head.set(op.tx.envelope.source.bytes.subarray(1), 8);
  const index = Buffer.alloc(4);
  index.writeInt32BE(op.index);
  const preimage = Buffer.concat([
    head,
    bytesAt(bytes, op.tx.envelope.seqNum, 2),
    index,
    bytesAt(bytes, poolId, 8),
    bytesAt(bytes, asset, skipAsset(x, asset) - asset),
  ]);
  const id = digest("sha256", preimage, "buffer");
  for (const change of created) {
    const entry = readClaimableBalanceEntry(x, entryData(change.post));
    if (id.equals(bytesAt(bytes, entry.balanceId + 1, 8)))
      return { balance: claimableBalanceAt(x, entry.balanceId), balanceAmount: int64(x, entry.amount) };
  }
  return { balance: null, balanceAmount: 0n };
}
