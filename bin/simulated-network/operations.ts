import * as xdr from "@stellar/stellar-sdk/xdr";
import { assetXdr, changeTrustXdr, poolId, type Asset, type Line } from "./assets.ts";
import { addSubentries, available, canHold, move } from "./balances.ts";
import { accountId, muxed, type Party } from "./keys.ts";
import type { View } from "./view.ts";

/** An operation of the simulated network: its XDR, and what it does to the ledger. */
export interface SimulatedOperation {
  /** Null: the transaction's source. */
  source: Party | null;
  body: xdr.OperationBody;
  /** Changes the view and gives the result; a failed one leaves changes that the caller throws away. */
  apply(view: View, source: Party): { result: xdr.OperationResultTr; failed?: true };
}

type Payment = { destination: Party; asset: Asset; amount: bigint };

export function createAccount(destination: Party, startingBalance: bigint, sponsor: Party | null = null): SimulatedOperation {
  return {
    source: null,
    body: xdr.OperationBody.createAccount(new xdr.CreateAccountOp({ destination: accountId(destination), startingBalance })),
    apply(view, source) {
      move(view, source, null, -startingBalance);
      const sequence = BigInt(view.ledger) << 32n;
      const liable = { balance: startingBalance, buying: 0n, selling: 0n };
      const counts = { subentries: 0, sponsored: sponsor ? 2 : 0, sponsoring: 0 };
      view.put({ kind: "account", owner: destination, sequence, ...liable, ...counts, sponsor, homeDomain: "" });
      if (sponsor) {
        const account = view.account(sponsor)!;
        view.put({ ...account, sponsoring: account.sponsoring + 2 });
      }
      return { result: xdr.OperationResultTr.createAccount(xdr.CreateAccountResult.createAccountSuccess()) };
    },
  };
}

export function beginSponsoring(sponsored: Party): SimulatedOperation {
  return {
    source: null,
    body: xdr.OperationBody.beginSponsoringFutureReserves(new xdr.BeginSponsoringFutureReservesOp({ sponsoredId: accountId(sponsored) })),
    apply: () => ({
      result: xdr.OperationResultTr.beginSponsoringFutureReserves(
        xdr.BeginSponsoringFutureReservesResult.beginSponsoringFutureReservesSuccess(),
      ),
    }),
  };
}

export function endSponsoring(source: Party): SimulatedOperation {
  return {
    source,
    body: xdr.OperationBody.endSponsoringFutureReserves(),
    apply: () => ({
      result: xdr.OperationResultTr.endSponsoringFutureReserves(xdr.EndSponsoringFutureReservesResult.endSponsoringFutureReservesSuccess()),
    }),
  };
}

export function payment({ destination, asset, amount }: Payment, from: Party | null = null): SimulatedOperation {
  return {
    source: from,
    body: xdr.OperationBody.payment(new xdr.PaymentOp({ destination: muxed(destination), asset: assetXdr(asset), amount })),
    apply(view, source) {
      if (available(view, source, asset) < amount) {
        return { result: xdr.OperationResultTr.payment(xdr.PaymentResult.paymentUnderfunded()), failed: true };
      }
      if (!canHold(view, destination, asset)) {
        return { result: xdr.OperationResultTr.payment(xdr.PaymentResult.paymentNoTrust()), failed: true };
      }
      move(view, source, asset, -amount);
      move(view, destination, asset, amount);
      return { result: xdr.OperationResultTr.payment(xdr.PaymentResult.paymentSuccess()) };
    },
  };
}

/** Opens a trustline, or changes its limit. The first line of a pool's shares opens the pool. */
export function changeTrust(line: Line, limit: bigint): SimulatedOperation {
  return {
    source: null,
    body: xdr.OperationBody.changeTrust(new xdr.ChangeTrustOp({ line: changeTrustXdr(line), limit })),
    apply(view, source) {
      const existing = view.trustline(source, line);
      if (existing) {
        view.put({ ...existing, limit });
      } else {
        addSubentries(view, source, line.shares ? 2 : 1);
        view.put({ kind: "trustline", owner: source, line, limit, balance: 0n, buying: 0n, selling: 0n });
        if (line.shares) {
          const pool = view.pool(line.asset);
          if (pool) view.put({ ...pool, trustlines: pool.trustlines + 1n });
          else view.put({ kind: "pool", asset: line.asset, reserveA: 0n, reserveB: 0n, shares: 0n, trustlines: 1n });
        }
      }
      return { result: xdr.OperationResultTr.changeTrust(xdr.ChangeTrustResult.changeTrustSuccess()) };
    },
  };
}

export function setHomeDomain(homeDomain: string): SimulatedOperation {
  const unchanged = { inflationDest: null, clearFlags: null, setFlags: null, masterWeight: null, signer: null };
  const thresholds = { lowThreshold: null, medThreshold: null, highThreshold: null };
  return {
    source: null,
    body: xdr.OperationBody.setOptions(new xdr.SetOptionsOp({ ...unchanged, ...thresholds, homeDomain })),
    apply(view, source) {
      view.put({ ...view.account(source)!, homeDomain });
      return { result: xdr.OperationResultTr.setOptions(xdr.SetOptionsResult.setOptionsSuccess()) };
    },
  };
}

/** Puts both amounts into the still empty pool of lumens and `asset`. */
export function firstDeposit(asset: NonNullable<Asset>, amountA: bigint, amountB: bigint): SimulatedOperation {
  const price = new xdr.Price({ n: Number(amountA), d: Number(amountB) });
  return {
    source: null,
    body: xdr.OperationBody.liquidityPoolDeposit(
      new xdr.LiquidityPoolDepositOp({
        liquidityPoolId: poolId(asset),
        maxAmountA: amountA,
        maxAmountB: amountB,
        minPrice: price,
        maxPrice: price,
      }),
    ),
    apply(view, source) {
      // The first shares are the square root of the product (CAP-38).
      const shares = BigInt(Math.floor(Math.sqrt(Number(amountA * amountB))));
      move(view, source, null, -amountA);
      move(view, source, asset, -amountB);
      view.put({ ...view.pool(asset)!, reserveA: amountA, reserveB: amountB, shares });
      view.put({ ...view.trustline(source, { asset, shares: true })!, balance: shares });
      return {
        result: xdr.OperationResultTr.liquidityPoolDeposit(xdr.LiquidityPoolDepositResult.liquidityPoolDepositSuccess()),
      };
    },
  };
}
