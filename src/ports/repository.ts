/** Where the repository is, and the mark by which it is known again after it was moved. */
export interface RepositoryPort {
  /** Root of the main checkout (or the bare repository), symlinks resolved. */
  root: string;
  commonDir: string;
  /** Worktree that the command runs in; null in a bare repository. */
  worktree: string | null;
  linked: boolean;
  bare: boolean;
  /** The random id in `<common git dir>/incr/id`, or null if there is no such file. @throws IncrError `corrupt` if something else stands in it */
  readUid(): string | null;
  writeUid(uid: string): void;
  /** The same for another folder: null if there is no repository, or it has no mark. */
  readUidAt(root: string): string | null;
  /** `info/exclude` of the common git directory, each byte a character; null if there is none. @throws IncrError `io` */
  readExclude(): string | null;
  /** @param text null removes the file @throws IncrError `io` */
  writeExclude(text: string | null): void;
}
