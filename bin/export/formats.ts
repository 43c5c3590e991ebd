import type { ExportValue } from "./tables.ts";

/** How rows are written as text. */
export interface ExportFormat {
  /** Of the file's name. */
  extension: string;
  /** What comes before the rows. */
  header(columns: readonly string[]): string;
  row(columns: readonly string[], values: readonly ExportValue[]): string;
}

/** A field of RFC 4180. Null is empty, and an empty text is quoted, as COPY … (FORMAT csv) has it. */
function csvField(value: ExportValue): string {
  if (value === null) return "";
  const text = Array.isArray(value) ? value.join(" ") : typeof value === "object" ? JSON.stringify(value) : String(value);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvLine(values: readonly ExportValue[]): string {
  return `${values.map(csvField).join(",")}\r\n`;
}

/**
 * - csv: RFC 4180 with a header line; lists of addresses are separated by spaces, `key_value` is JSON.
 * - jsonl: an object a line with every column; what is missing is null, 64-bit integers are strings.
 */
export const FORMATS = {
  csv: { extension: "csv", header: csvLine, row: (_, values) => csvLine(values) },
  jsonl: {
    extension: "jsonl",
    header: () => "",
    row: (columns, values) => `{${columns.map((column, at) => `"${column}":${JSON.stringify(values[at])}`).join(",")}}\n`,
  },
} as const satisfies Record<string, ExportFormat>;
