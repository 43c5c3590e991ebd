import { once } from "node:events";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { WalletError } from "../../functions/shared/errors.ts";

/** Where an exported table goes. */
export interface Output {
  /** For people; null: standard output. */
  path: string | null;
  /** Resolves when more may be written: whoever awaits it holds no more than one text in memory. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Standard output. @param signal ends the wait for a slow reader */
export function standardOutput(signal: AbortSignal): Output {
  return {
    path: null,
    async write(text) {
      if (!process.stdout.write(text)) await once(process.stdout, "drain", { signal });
    },
    close: () => Promise.resolve(),
  };
}

/** A new file. @throws WalletError USAGE when there is one of this name, or none can be made */
export async function fileOutput(directory: string, name: string): Promise<Output> {
  const path = join(directory, name);
  let file: FileHandle;
  try {
    await mkdir(directory, { recursive: true });
    file = await open(path, "wx");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WalletError(
      "USAGE",
      `${path} cannot be made (${reason}). Name another directory with --out, or remove the file.`,
      {},
      { cause: error },
    );
  }
  return { path, write: (text) => file.writeFile(text), close: () => file.close() };
}
