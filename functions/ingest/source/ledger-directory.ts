import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { WalletError } from "../../shared/errors.ts";
import { readBounded } from "./bounded-file.ts";
import { LAKE_CONFIG, MAX_CONFIG_BYTES, parseLakeConfig, type LakeConfig } from "./lake-config.ts";
import { flatFiles, parseLakeFile, parseLakePartition, type LedgerFile } from "./lake-names.ts";

/** The lake's manifest, null when the directory is no lake. @throws WalletError SOURCE_UNAVAILABLE when it cannot be read */
export async function readLakeConfig(directory: string): Promise<LakeConfig | null> {
  let text: string;
  try {
    text = (await readBounded(join(directory, LAKE_CONFIG), MAX_CONFIG_BYTES)).toString();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw unavailable(directory, error);
  }
  return parseLakeConfig(text, directory);
}

/** The error for a directory that cannot be read. */
function unavailable(directory: string, cause: unknown): WalletError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WalletError(
    "SOURCE_UNAVAILABLE",
    `The ledger directory ${directory} cannot be read: ${reason}. Check the path and its permissions.`,
    { directory },
    { cause },
  );
}

async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    throw unavailable(directory, error);
  }
}

function lakeFiles(listing: string[], folder: string): LedgerFile[] {
  const files: LedgerFile[] = [];
  for (const name of listing) {
    const range = parseLakeFile(name);
    if (range) files.push({ path: folder === "" ? name : `${folder}/${name}`, ...range });
  }
  return files.sort((a, b) => a.first! - b.first!);
}

/**
 * The directory's ledger files that may hold ledger `from` or a later one, oldest first. Of a lake only the partitions that
 * can hold them are listed, one after the other.
 * @param from null: every file
 */
export async function* ledgerFiles(directory: string, lake: boolean, from: number | null): AsyncGenerator<LedgerFile> {
  const top = await names(directory);
  if (!lake) {
    const files = flatFiles(top);
    for (const [i, file] of files.entries()) {
      const next = files[i + 1]?.first ?? null;
      // The next file's name tells that this one ends before `from`.
      if (from !== null && file.first !== null && next !== null && next <= from && file.first < next) continue;
      yield file;
    }
    return;
  }
  const wanted = (range: { last: number | null }): boolean => from === null || range.last! >= from;
  const groups = lakeFiles(top, "").map((file) => ({ first: file.first!, last: file.last!, file, folder: "" }));
  const partitions = top.flatMap((folder) => {
    const range = parseLakePartition(folder);
    return range ? [{ ...range, file: null, folder }] : [];
  });
  for (const group of [...groups, ...partitions].sort((a, b) => a.first - b.first)) {
    if (!wanted(group)) continue;
    if (group.file) yield group.file;
    else yield* lakeFiles(await names(join(directory, group.folder)), group.folder).filter(wanted);
  }
}

/** The newest ledger that a lake's names promise, null when it has none. Lists one partition, unless the newest are empty. */
export async function newestLakeLedger(directory: string): Promise<number | null> {
  const top = await names(directory);
  const partitions = top.filter((name) => parseLakePartition(name) !== null).sort();
  let files = lakeFiles(top, "");
  // Names sort newest first.
  while (files.length === 0 && partitions.length > 0) {
    const folder = partitions.shift()!;
    files = lakeFiles(await names(join(directory, folder)), folder);
  }
  return files.at(-1)?.last ?? null;
}
