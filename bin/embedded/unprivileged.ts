import { lstatSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** A user of the system. */
interface SystemUser {
  uid: number;
  gid: number;
}

/** How to run PostgreSQL, which refuses to run as root. */
interface Runner extends Partial<SystemUser> {
  command: string;
  args: string[];
}

/** The user that others' programs run as where this process is root. */
export const NOBODY = 65534;

/** Can every user reach the path? */
export function isReachable(path: string): boolean {
  for (let at = realpathSync(path); ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * Who shall own a new data directory: where this process is root, the user `nobody`, who must be able to reach program and folder.
 * @param home the folder that the data directory will be in
 * @returns null: this process's own user
 */
export function ownerOfNew(home: string, command: string): SystemUser | null {
  const isRoot = process.getuid?.() === 0;
  return isRoot && isReachable(dirname(command)) && isReachable(home) ? { uid: NOBODY, gid: NOBODY } : null;
}

/**
 * As a user: the command itself. As root: under the owner of the data directory, so that nobody's files ever change hands; where that is
 * root (`nobody` could not reach a checkout below /root), in a user namespace in which root shows as another user.
 * @param directory the data directory, or the one that it is being made in
 */
export function unprivileged(command: string, args: string[], directory: string): Runner {
  if (process.getuid?.() !== 0) return { command, args };
  const { uid, gid } = lstatSync(directory);
  if (uid !== 0) return { command, args, uid, gid };
  return { command: "unshare", args: ["--user", `--map-user=${NOBODY}`, command, ...args] };
}
