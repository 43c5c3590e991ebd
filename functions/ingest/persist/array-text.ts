import { byteaArrayText } from "../../shared/columns/bytea.ts";
import { storableText } from "./binary-copy.ts";

/** What a row holds for a column of a PostgreSQL type. */
export interface ColumnValues {
  bytea: Uint8Array | null;
  uuid: string | null;
  text: string | null;
  bigint: bigint | null;
  integer: number | null;
  smallint: number | null;
  /** Decimal text. */
  numeric: string | null;
  boolean: boolean;
}

/** The types of columns that current state has. */
export type ColumnType = keyof ColumnValues;

/** Values that need no quotes. */
function plain(values: readonly (bigint | number | boolean | string)[]): string {
  return `{${values.join(",")}}`;
}

function nullable(values: readonly (bigint | number | string | null)[]): string {
  return plain(values.map((value) => value ?? "null"));
}

function texts(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? "null" : `"${storableText(value).replace(/["\\]/g, "\\$&")}"`)).join(",")}}`;
}

/**
 * Values as the text of a PostgreSQL array, to be sent as one parameter of that array type. Null is an element that is null; what a
 * text column cannot hold is replaced.
 */
export const arrayText: { [Type in ColumnType]: (values: readonly ColumnValues[Type][]) => string } = {
  bytea: byteaArrayText,
  uuid: nullable,
  text: texts,
  bigint: nullable,
  integer: nullable,
  smallint: nullable,
  numeric: nullable,
  boolean: plain,
};
