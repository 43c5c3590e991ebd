/** Microseconds since 1970 UTC. */
export type Micros = bigint;

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)| (\d\d):(\d\d):(\d\d))$/;

/** RFC 3339 with any offset, or `YYYY-MM-DD HH:MM:SS` in UTC; digits below a microsecond are cut. Null when it is neither. */
export function parseTime(text: string): Micros | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const [, year, month, day, h1, m1, s1, fraction, zone, h2, m2, s2] = match;
  const parts = [Number(month) - 1, Number(day), Number(h1 ?? h2), Number(m1 ?? m2), Number(s1 ?? s2)] as const;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), parts[0], parts[1]);
  date.setUTCHours(parts[2], parts[3], parts[4]);
  // A date that JavaScript had to carry over (month 13, hour 24) was no date.
  if (
    date.getUTCMonth() !== parts[0] ||
    date.getUTCDate() !== parts[1] ||
    date.getUTCHours() !== parts[2] ||
    date.getUTCMinutes() !== parts[3] ||
    date.getUTCSeconds() !== parts[4]
  ) {
    return null;
  }
  const micros = BigInt((fraction ?? "").slice(0, 6).padEnd(6, "0"));
  return BigInt(date.getTime()) * 1000n + micros - zoneMicros(zone);
}

function zoneMicros(zone: string | undefined): bigint {
  if (zone === undefined || zone.length === 1) return 0n;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return BigInt(zone[0] === "-" ? -minutes : minutes) * 60_000_000n;
}

/** Microseconds of 0001-01-01T00:00:00Z: the "empty" upper bound, before every ledger. */
export const YEAR_ONE: Micros = -62135596800000000n;
const YEAR_9999: Micros = 253402300799999999n;

/** Microseconds as text that PostgreSQL reads as timestamptz. */
export function databaseTime(micros: Micros): string {
  if (micros < YEAR_ONE) return "-infinity";
  if (micros > YEAR_9999) return "infinity";
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const rest = micros - millis * 1000n;
  return new Date(Number(millis)).toISOString().slice(0, 23) + rest.toString().padStart(3, "0") + "Z";
}

/** Whole seconds since 1970 as the API's specification prints a time; null outside of the years 1 to 9999. */
export function timeOfSeconds(seconds: bigint): string | null {
  const micros = seconds * 1_000_000n;
  if (micros < YEAR_ONE || micros > YEAR_9999) return null;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`;
}

/** PostgreSQL's text (`2026-06-19 12:34:56.12045+00`, session in UTC) as the API's specification prints it: no conversion, no lost microsecond. */
export function formatTime(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
}

const nanosByText = new Map<string, string>();

/** PostgreSQL's text as Unix nanoseconds in decimal, for cursors. A page has few distinct times, so they are remembered. */
export function cursorNanos(text: string): string {
  const known = nanosByText.get(text);
  if (known !== undefined) return known;
  if (nanosByText.size > 1000) nanosByText.clear();
  const nanos = ((parseTime(formatTime(text)) ?? 0n) * 1000n).toString();
  nanosByText.set(text, nanos);
  return nanos;
}

/** Unix nanoseconds of a cursor as text for PostgreSQL; digits below a microsecond are cut. */
export function timeOfCursor(nanos: bigint): string {
  return databaseTime(nanos / 1000n - (nanos % 1000n < 0n ? 1n : 0n));
}
