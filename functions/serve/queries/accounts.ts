import { byteaArrayOfTexts } from "../../shared/columns/bytea.ts";
import type { AccountKey } from "../values/addresses.ts";

/** The accounts' index keys as text of a `bigint[]`. */
export function accountKeys(accounts: readonly AccountKey[]): string {
  return `{${accounts.map((account) => account.key).join(",")}}`;
}

/** The accounts' addresses as text of a `bytea[]`. */
export function accountColumns(accounts: readonly AccountKey[]): string {
  return byteaArrayOfTexts(accounts.map((account) => account.column));
}
