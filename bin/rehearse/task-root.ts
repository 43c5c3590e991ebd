import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isReachable, NOBODY } from "../embedded/unprivileged.ts";

/** A copy of an asset that the function's process can read and not change, as /var/task is. */
export interface TaskRoot {
  directory: string;
  /** The execution environment's own files beside it. */
  client: string;
  recorder: string;
  /** Whom to run as; absent: whoever this is. */
  user?: { uid: number; gid: number };
  remove(): void;
}

function setMode(path: string, directoryMode: number, fileMode: number): void {
  const isDirectory = statSync(path).isDirectory();
  chmodSync(path, isDirectory ? directoryMode : fileMode);
  if (isDirectory) for (const name of readdirSync(path)) setMode(join(path, name), directoryMode, fileMode);
}

/**
 * Copies an asset. For a plain user the copy's modes forbid writing; root minds no modes, so the function runs as `nobody`, where
 * `nobody` can reach Node.
 */
export function createTaskRoot(asset: string): TaskRoot {
  const home = mkdtempSync(join(tmpdir(), "wallet-rehearse-"));
  const directory = join(home, "task");
  cpSync(asset, directory, { recursive: true });
  setMode(directory, 0o555, 0o444);
  const runtime = join(home, "runtime");
  mkdirSync(runtime);
  const copy = (name: string): string => {
    const file = join(runtime, basename(name));
    copyFileSync(fileURLToPath(new URL(name, import.meta.url)), file);
    return file;
  };
  const [client, recorder] = [copy("./runtime-client.ts"), copy("./connection-recorder.ts")];
  chmodSync(home, 0o755);
  setMode(runtime, 0o755, 0o644);
  const asNobody = process.getuid?.() === 0 && isReachable(dirname(process.execPath)) && isReachable(home);
  return {
    directory,
    client,
    recorder,
    ...(asNobody && { user: { uid: NOBODY, gid: NOBODY } }),
    remove() {
      setMode(directory, 0o755, 0o644);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
