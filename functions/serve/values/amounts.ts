/** Stroops in decimal as whole units with exactly seven fraction digits: `1` is `0.0000001`. */
export function decimalAmount(stroops: string): string {
  const negative = stroops.startsWith("-");
  const digits = (negative ? stroops.slice(1) : stroops).padStart(8, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -7)}.${digits.slice(-7)}`;
}
