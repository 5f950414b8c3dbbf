/** Changing todos that exist: all that are named or none, in one commit. */
import type { Todo } from "../../domain/todo.ts";
import { requireTodoFree, type TodoHolder } from "../../domain/todo/holder.ts";
import { requireRepository, type App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { findTodoHolder } from "../session/find.ts";
import { requireStill } from "./pick.ts";

export interface ChangeRequest {
  /** As they were just read; their present state is what counts. */
  todos: readonly Todo[];
  /** For the history: `finish`. */
  verb: string;
  /** Refused while somebody works on one of them. */
  onlyIfFree: boolean;
  /** Change it all the same. */
  force: boolean;
}

/**
 * @param apply the transition; `now` is an ISO time. Returning the same record changes nothing
 * @throws IncrError `held`, and what `apply` throws; nothing is changed then
 */
export async function changeTodos(
  app: App,
  { todos: picked, verb, onlyIfFree, force }: ChangeRequest,
  apply: (todo: Todo, now: string) => Todo,
): Promise<Todo[]> {
  const { todos } = requireRepository(app);
  const ids = picked.map(({ id }) => id);
  for (let seen = picked; ;) {
    // The todos are read before their holders: whoever starts one after this changes its record, and then we look again.
    const now = app.now().toISOString();
    const holders = onlyIfFree ? await findHolders(app, ids) : new Map<string, TodoHolder>();
    for (const todo of seen) requireTodoFree(todo, holders.get(todo.id), { force });
    const before = JSON.stringify(seen);
    const { current, changed } = await todos.update(
      (snapshot) => {
        const current = ids.map((id) => requireStill(snapshot.todos, id));
        const moved = onlyIfFree && JSON.stringify(current) !== before;
        const put = moved ? [] : current.map((todo) => apply(todo, now));
        return {
          change: { put, message: `${verb} ${ids.join(" ")}` },
          result: { current, changed: moved ? null : put },
        };
      },
      { ids },
    );
    if (changed === null) {
      seen = current;
      continue;
    }
    for (const todo of changed) tellForced(app, todo, holders.get(todo.id));
    return changed;
  }
}

/** Who works on each of the todos. */
export async function findHolders(app: App, ids: readonly string[]): Promise<Map<string, TodoHolder>> {
  const holders = new Map<string, TodoHolder>();
  const repo = await findRepoSlug(app);
  if (repo === null) return holders;
  await app.store.read(async (tx) => {
    for (const id of ids) {
      const holder = await findTodoHolder(tx, repo, id, app.caller.leaseId);
      if (holder !== undefined) holders.set(id, holder);
    }
  });
  return holders;
}

function tellForced(app: App, todo: Todo, holder: TodoHolder | undefined): void {
  if (holder === undefined) return;
  const where = holder.workspace === undefined ? "" : ` in ${holder.workspace}`;
  app.notify({
    code: "forced",
    message: `todo ${todo.id} is ${todo.status} now; ${holder.type.replace("_", " ")} ${holder.id}${where} still works on it`,
    data: { todo_id: todo.id, status: todo.status, holder },
  });
}
