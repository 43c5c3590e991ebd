/** What to do about a file operation that failed, by the system's code. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["EACCES", "Let this user read and write it, or name another folder."],
  ["EPERM", "Let this user read and write it, or name another folder."],
  ["EROFS", "The file system is read-only: name a folder on another one."],
  ["ENOSPC", "The disk is full: make room on it, or name a folder on another one."],
  ["EDQUOT", "The disk quota is used up: make room, or name a folder on another disk."],
  ["EIO", "The disk does not work: check it, or name a folder on another one."],
  ["ENOTDIR", "A file is where a folder should be: move it away, or name another folder."],
  ["EISDIR", "A folder is where a file should be: move it away, or name another folder."],
  ["EEXIST", "A file is where a folder should be: move it away, or name another folder."],
  ["ELOOP", "A link is where a file or folder should be: remove it, or name another folder."],
]);

/** Codes that say of a disk what they say, also where the system names no path (a write). */
const OF_DISKS = new Set(["EROFS", "ENOSPC", "EDQUOT", "EIO"]);

/** What is wrong with a file or folder, and what to do; null when the error says nothing of one. */
export function fileProblem(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code = "", path, syscall } = error as NodeJS.ErrnoException;
  const advice = ADVICE.get(code);
  if (advice === undefined || syscall === undefined || (path === undefined && !OF_DISKS.has(code))) return null;
  return `${error.message}. ${advice}`;
}
