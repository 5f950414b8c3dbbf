/** Text that a person writes in an editor. Nothing that was typed is lost: the file stays until it is known to be of no more use. */
export interface Draft {
  /** Absolute path of the file. */
  path: string;
  text: string;
  /** Removes the file, if it is one of ours. */
  discard(): Promise<void>;
}

export interface Drafts {
  /**
   * Opens `text` in the person's editor and returns what it is when the editor has ended.
   * @param name stem of the file's name, such as `todo-k3j2h1g4`
   * Errors: `needs_answer` (no terminal), `command_failed` (the editor; a file that was changed stays and is named).
   */
  edit(name: string, text: string): Promise<Draft>;
  /** A draft that was kept, or any other file. Errors: `not_found`, `io`. */
  read(path: string): Promise<Draft>;
}
