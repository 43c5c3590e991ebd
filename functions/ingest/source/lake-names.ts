/** A ledger file, with the range of ledgers that its name promises (null when the name promises none). */
export interface LedgerFile {
  /** Path below the directory. */
  path: string;
  first: number | null;
  last: number | null;
}

const LAKE_FILE = /^([0-9A-F]{8})--(\d+)(?:-(\d+))?\.xdr\.zstd?$/;
const LAKE_PARTITION = /^([0-9A-F]{8})--(\d+)-(\d+)$/;
const FLAT_FILE = /^(.+)\.xdr(\.gz|\.zstd?)?$/;

function range(match: RegExpExecArray | null): { first: number; last: number } | null {
  if (!match) return null;
  const first = Number(match[2]);
  const last = Number(match[3] ?? match[2]);
  // The mark counts down, so that a listing begins with the newest: a name whose halves disagree belongs to something else.
  return parseInt(match[1]!, 16) === 0xffffffff - first && last >= first ? { first, last } : null;
}

/** A file's name in the data lake (SEP-54), e.g. `FC2F6BFF--64001024.xdr.zst` or `FFFFFFFF--0-63.xdr.zst`; null: no ledger file. */
export function parseLakeFile(name: string): { first: number; last: number } | null {
  return range(LAKE_FILE.exec(name));
}

/** A partition's name, e.g. `FC2F6BFF--64001024-64001087`; null: no partition. */
export function parseLakePartition(name: string): { first: number; last: number } | null {
  return range(LAKE_PARTITION.exec(name));
}

/** How a lake cuts its ledgers into files and folders (`.config.json`). */
export interface LakeLayout {
  ledgersPerBatch: number;
  /** Files a folder; with 1 there are no folders. */
  batchesPerPartition: number;
}

function lakeName(first: number, last: number, single: boolean): string {
  const mark = (0xffffffff - first).toString(16).toUpperCase().padStart(8, "0");
  return `${mark}--${first}${single ? "" : `-${last}`}`;
}

/** Where a lake keeps a ledger: the path below the lake's root without its extension (`.xdr.zst`, `.xdr.zstd` in old lakes). */
export function lakeFile(
  { ledgersPerBatch, batchesPerPartition }: LakeLayout,
  sequence: number,
): LedgerFile & { first: number; last: number } {
  const first = sequence - (sequence % ledgersPerBatch);
  const last = first + ledgersPerBatch - 1;
  const name = lakeName(first, last, ledgersPerBatch === 1);
  if (batchesPerPartition === 1) return { path: name, first, last };
  const size = ledgersPerBatch * batchesPerPartition;
  const start = sequence - (sequence % size);
  return { path: `${lakeName(start, start + size - 1, false)}/${name}`, first, last };
}

/** Single ledger files of a plain directory in the order of their names, numbers compared as numbers. */
export function flatFiles(names: string[]): LedgerFile[] {
  const order = new Intl.Collator("en", { numeric: true });
  return names
    .filter((name) => FLAT_FILE.test(name))
    .sort(order.compare)
    .map((path) => {
      const stem = FLAT_FILE.exec(path)![1]!;
      return { path, first: /^\d{1,10}$/.test(stem) ? Number(stem) : null, last: null };
    });
}
