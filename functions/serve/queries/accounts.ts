import { byteaArrayOfTexts } from "../../shared/columns/bytea.ts";
import type { AccountKey } from "../values/addresses.ts";

/** The accounts' addresses as text of a `bytea[]`. */
export function accountColumns(accounts: readonly AccountKey[]): string {
  return byteaArrayOfTexts(accounts.map((account) => account.column));
}
