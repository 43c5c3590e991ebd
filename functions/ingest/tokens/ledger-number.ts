/** Is it a ledger's number, as a column of type integer holds it? */
export function isLedger(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 0x7fffffff;
}
