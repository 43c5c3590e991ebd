import { chownSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** How to run PostgreSQL, which refuses to run as root. */
interface Runner {
  command: string;
  args: string[];
  uid?: number;
  gid?: number;
}

/** The user that others' programs run as where this process is root. */
export const NOBODY = 65534;

/** Can every user reach the path? */
export function isReachable(path: string): boolean {
  for (let at = resolve(path); ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function chownTree(path: string): void {
  chownSync(path, NOBODY, NOBODY);
  if (!statSync(path).isDirectory()) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) chownTree(child);
    else chownSync(child, NOBODY, NOBODY);
  }
}

/**
 * As a user: the command itself. As root: under the user `nobody`, who then owns the data directory and the files; where `nobody` cannot
 * reach the folders (a checkout below /root), in a user namespace in which root shows as another user.
 */
export function unprivileged(command: string, args: string[], directory: string, ...files: string[]): Runner {
  if (process.getuid?.() !== 0) return { command, args };
  if (isReachable(dirname(command)) && isReachable(dirname(directory))) {
    for (const path of [directory, ...files]) chownTree(path);
    return { command, args, uid: NOBODY, gid: NOBODY };
  }
  return { command: "unshare", args: ["--user", `--map-user=${NOBODY}`, command, ...args] };
}
