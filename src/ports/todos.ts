/** What the use-cases need of a todo store (one per repository). The one that exists keeps todos in `refs/incr/todos`. */
import type { Todo } from "../domain/todo.ts";

/** A todo's file that cannot be read; it is left as it is, and the other todos keep working. */
export interface TodoProblem {
  /** Of the todo whose file it is. */
  id: string;
  /** In the todo store, such as `k/k3j2h1g4.json`. */
  path: string;
  /** One line. */
  reason: string;
}

/** The todos of a repository as of one moment. */
export interface TodoSnapshot {
  /** Opaque name of that moment (a commit id); null when nothing was ever written. */
  version: string | null;
  /** The readable ones among those that were asked for. */
  todos: ReadonlyMap<string, Todo>;
  /** The unreadable ones among those that were asked for. */
  problems: readonly TodoProblem[];
  /** Every id that is taken, whether it was asked for or not, damaged ones too. */
  ids: readonly string[];
}

/** Which todos to read; without any of these all of them. */
export interface TodoSelection {
  /** Full ids; one that does not exist is simply not there. */
  ids?: readonly string[];
  /** Ids that start with one of these texts, letter case ignored. */
  prefixes?: readonly string[];
  /** Also everything that the selected ones depend on, directly or not. */
  withDependencies?: boolean;
}

export interface TodoChange {
  /** Todos to insert or replace; one that is exactly as it was is not written. */
  put: Todo[];
  /** One line that says what changed, for the history: `start k3j2h1g4`. */
  message: string;
}

/** A version of the whole list that can still be read. */
export interface LostTodos {
  commit: string;
  /** ISO time. */
  changed_at: string;
  /** How many todos are in it. */
  todos: number;
}

export interface Todos {
  /** Everything that is selected, with finished and deleted todos. Errors: `newer_state`, `corrupt` (the store as a whole), `git`. */
  load(selection?: TodoSelection): Promise<TodoSnapshot>;
  /**
   * One todo by its full id, without reading the others; as it was at the moment `version`, if that is given.
   * Errors: those of `load`; `corrupt` if its file cannot be read; `not_found` if there is no such moment.
   */
  find(id: string, version?: string): Promise<Todo | undefined>;
  /**
   * Read, decide, compare-and-swap; `decide` is run again on the newer snapshot when somebody else was faster, so it must be pure. It may put only todos
   * that it was shown, or new ones. Returning an empty `put` writes nothing. Errors that `decide` throws leave the store as it was.
   * Errors: those of `load`; `corrupt` if a file that `ids` names, or that would be replaced, cannot be read; `busy` (the lock timed out).
   */
  update<T>(
    decide: (snapshot: TodoSnapshot) => { change: TodoChange; result: T },
    selection?: TodoSelection,
  ): Promise<T>;
  /**
   * Puts the newest readable version of a damaged todo back. Returns the name of that version, or null if the file has none.
   * Errors: `not_found` if there is no such todo, `rule` if its file can be read.
   */
  restore(id: string): Promise<string | null>;
  /** For a store that cannot be read as a whole: the newest version of it that is still there; null if there is none. Slow. */
  findLost(): Promise<LostTodos | null>;
  /** Goes back to such a version. Errors: `rule` if the store can be read, `busy`, `git`, `io`. */
  recover(commit: string): Promise<void>;
}
