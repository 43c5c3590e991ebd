import { closeSync, constants, fchownSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** A file's owner. */
interface Owner {
  uid: number;
  gid: number;
}

/**
 * Writes a file and gives it to its owner; it appears whole or not at all. A link in its place is replaced, never followed: in a folder
 * of another user it may lead anywhere.
 * @param owner null: it stays this process's own
 */
export function writeOwnedFile(path: string, text: string, owner: Owner | null): void {
  const partial = `${path}.new`;
  rmSync(partial, { force: true });
  // `wx` makes a new file or fails.
  const file = openSync(partial, "wx", 0o600);
  try {
    writeFileSync(file, text);
    if (owner) fchownSync(file, owner.uid, owner.gid);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
}

/** Gives a folder to another user, not what is in it. @throws where it is a link */
export function giveFolder(path: string, { uid, gid }: Owner): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchownSync(folder, uid, gid);
  } finally {
    closeSync(folder);
  }
}

/** A file's text. @throws where it is a link */
export function readOwnedFile(path: string): string {
  return readFileSync(path, { encoding: "utf8", flag: constants.O_RDONLY | constants.O_NOFOLLOW });
}
