import { decimalAmount, sevenDecimals } from "../../shared/columns/amounts.ts";
import { encodeStrkey } from "../../shared/strkey.ts";
import { byteaBytes } from "../../shared/columns/bytea.ts";
import { readLiquidityPoolDepositOp, readLiquidityPoolWithdrawOp } from "../../shared/xdr/xdr.generated.ts";
import type { Details, DetailsReader, Json, Outcome } from "./body.ts";
import { addPrice, amountAt, hexAt } from "./primitives.ts";

export const liquidityPoolDepositDetails: DetailsReader = ({ x, xdr, at, outcome }) => {
  const { liquidityPoolId, maxAmountA, maxAmountB, minPrice, maxPrice } = readLiquidityPoolDepositOp(x, at);
  const moved = movedAmounts(outcome);
  const details: Details = {
    liquidity_pool_id: hexAt(xdr, liquidityPoolId, 32),
    reserves_max: reserves(moved, [amountAt(x, maxAmountA), amountAt(x, maxAmountB)]),
  };
  addPrice(details, "min_price", x, minPrice);
  addPrice(details, "max_price", x, maxPrice);
  if (moved !== null) details.reserves_deposited = moved;
  return details;
};

export const liquidityPoolWithdrawDetails: DetailsReader = ({ x, xdr, at, outcome }) => {
  const { liquidityPoolId, amount, minAmountA, minAmountB } = readLiquidityPoolWithdrawOp(x, at);
  const moved = movedAmounts(outcome);
  const details: Details = {
    liquidity_pool_id: hexAt(xdr, liquidityPoolId, 32),
    reserves_min: reserves(moved, [amountAt(x, minAmountA), amountAt(x, minAmountB)]),
    shares: amountAt(x, amount),
  };
  if (moved !== null) details.reserves_received = moved;
  return details;
};

interface Reserve {
  readonly [member: string]: string;
  readonly amount: string;
}

/**
 * What moved between the source and the pool: of both assets, in the pool's order. The operation names the pool alone, and its changes name
 * the assets by their contracts. Null: the history does not tell.
 */
function movedAmounts({ successful, changes }: Outcome): [Reserve, Reserve] | null {
  if (!successful) return [{ amount: sevenDecimals(0n) }, { amount: sevenDecimals(0n) }];
  const [a, b, ...more] = changes.flatMap(({ category, tokenColumn, amount }) =>
    category === "BALANCE" && tokenColumn !== null && amount !== null
      ? [{ contract_id: encodeStrkey(byteaBytes(tokenColumn)), amount: decimalAmount(amount) }]
      : [],
  );
  return a === undefined || b === undefined || more.length > 0 ? null : [a, b];
}

/** Amounts of both assets, with their contracts where they are known. */
function reserves(moved: readonly Reserve[] | null, amounts: readonly string[]): Json {
  return amounts.map((amount, at) => ({ ...moved?.[at], amount }));
}
