/** What the use-cases need of a todo store (one per repository). The one that exists keeps todos in `refs/incr/todos`. */
import type { Todo } from "../domain/todo.ts";

/** All todos of a repository as of one moment. */
export interface TodoSnapshot {
  /** Opaque name of that moment (a commit id); null when nothing was ever written. */
  version: string | null;
  todos: ReadonlyMap<string, Todo>;
}

export interface TodoChange {
  /** Todos to insert or replace. */
  put: Todo[];
  /** One line that says what changed, for the history: `start k3j2h1g4`. */
  message: string;
}

export interface Todos {
  /** Everything, with finished and deleted todos. */
  load(): Promise<TodoSnapshot>;
  /** One todo by its full id, without reading the others. */
  find(id: string): Promise<Todo | undefined>;
  /**
   * Read, decide, compare-and-swap; `decide` is run again on the newer snapshot when somebody else was faster, so it must be pure. It sees only `ids`
   * (all todos when `ids` is absent). Returning an empty `put` writes nothing. Errors that `decide` throws leave the store as it was.
   */
  update<T>(
    decide: (snapshot: TodoSnapshot) => { change: TodoChange; result: T },
    options?: { ids?: string[] },
  ): Promise<T>;
}
