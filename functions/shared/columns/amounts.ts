/**
 * Amounts. Three encodings:
 *
 * - bigint in stroops or an asset's smallest unit, 10^-7 of a whole: balances, limits, liabilities and fees of classic accounts
 *   (`accounts`, `trustline_balances`, `liquidity_pools`, `liquidity_pool_balances`, `claimable_balances`, `offers`, a payload's fee). Serve shows balances in
 *   whole units with seven decimals, fees as they are.
 * - numeric in whole units with seven decimals: `sac_balances.balance`, an i128 in the ledger.
 * - text in whole units with seven decimals: `trustlineLimitOld` and `trustlineLimitNew` of state changes.
 *
 * Prices of offers are two integers (`price_n`, `price_d`); serve shows them, and their quotient in the same form.
 *
 * Not here: `amount` of state changes, in the token's smallest unit whatever its decimals, shown as it is.
 */

/** Fraction digits of XLM and of every classic asset, hence of Stellar Asset Contracts (CAP-46-6). */
export const ASSET_DECIMALS = 7;

/** The smallest unit, in decimal text, as whole units with exactly seven fraction digits: `1` is `0.0000001`. */
export function decimalAmount(units: string): string {
  const negative = units.charCodeAt(0) === 45;
  const digits = (negative ? units.slice(1) : units).padStart(8, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -7)}.${digits.slice(-7)}`;
}

/** The smallest unit, in decimal text, of whole units with exactly seven fraction digits. */
export function smallestUnits(whole: string): string {
  return BigInt(whole.replace(".", "")).toString();
}

/** The same as decimalAmount from an integer, e.g. `922337203685.4775807` from the largest int64. */
export function sevenDecimals(units: bigint): string {
  return decimalAmount(String(units));
}

/**
 * A price, n of one asset for d of another, with seven fraction digits, a half rounded away from zero. An operation that fails may name any
 * numbers, also negative ones.
 * @param d not 0
 */
export function decimalPrice(n: number, d: number): string {
  const isNegative = n < 0 !== d < 0;
  const [dividend, divisor] = [BigInt(Math.abs(n)) * 10_000_000n, BigInt(Math.abs(d))];
  const units = (2n * dividend + divisor) / (2n * divisor);
  return sevenDecimals(isNegative ? -units : units);
}
