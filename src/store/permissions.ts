/** Files of ours inside a repository are for everybody who may write to the repository, as git's own are where it is shared (`core.sharedRepository`). */
import { chmodSync, statSync } from "node:fs";

/** Lets whoever may write to `folder` use a file or folder that we have just made, whatever our umask says. */
export function shareLike(path: string, folder: string): void {
  const theirs = statSync(folder).mode;
  const made = statSync(path);
  let mode = made.mode & 0o7777;
  const all = made.isDirectory() ? 7 : 6;
  if ((theirs & 0o020) !== 0) mode |= all << 3;
  if ((theirs & 0o002) !== 0) mode |= all;
  // What is made in it belongs to the same group.
  if (made.isDirectory()) mode |= theirs & 0o2000;
  if (mode !== (made.mode & 0o7777)) chmodSync(path, mode);
}
