/** Stroops as a decimal with exactly 7 fraction digits, e.g. `922337203685.4775807`. */
export function sevenDecimals(stroops: bigint): string {
  const sign = stroops < 0n ? "-" : "";
  const digits = String(stroops < 0n ? -stroops : stroops).padStart(8, "0");
  return `${sign}${digits.slice(0, -7)}.${digits.slice(-7)}`;
}
