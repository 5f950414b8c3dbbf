/** The todo's side of a session: its status follows the session's, by compare-and-swap. */
import { IncrError } from "../../domain/error.ts";
import { finishTodo, reopenTodo, setPlannedStatus, startTodo } from "../../domain/todo/status.ts";
import type { Todo } from "../../domain/todo.ts";
import { requireRepository, type App } from "../app.ts";
import { pickTodos } from "../todo/pick.ts";

/** A todo and those that it depends on, without reading the others. @throws as `pickTodos` */
export async function requireTodo(app: App, wanted: string): Promise<{ todo: Todo; all: ReadonlyMap<string, Todo> }> {
  const { todos, snapshot } = await pickTodos(app, [wanted], { withDependencies: true });
  return { todo: todos[0] as Todo, all: snapshot.todos };
}

/** Takes `markStarted` back: the todo is as it was before. */
export async function markNotStarted(app: App, before: Todo): Promise<void> {
  const now = app.now().toISOString();
  await requireRepository(app).todos.update(
    ({ todos }) => {
      const todo = todos.get(before.id);
      if (todo?.status !== "in_progress") return { change: { put: [], message: "" }, result: undefined };
      const open = reopenTodo(todo, now);
      const planned = before.status === "waiting" || before.status === "proposed";
      const put = [planned ? setPlannedStatus(open, before.status, now) : open];
      return { change: { put, message: `take back the start of ${before.id}` }, result: undefined };
    },
    { ids: [before.id] },
  );
}

/** @throws IncrError `rule` if its status does not allow to start it, `not_found` if it is gone */
export async function markStarted(app: App, id: string): Promise<void> {
  await requireRepository(app).todos.update(
    ({ todos }) => {
      const todo = todos.get(id);
      if (todo === undefined) throw new IncrError("not_found", `todo ${id} is gone`, { hint: "incr todo list" });
      return { change: { put: [startTodo(todo, app.now().toISOString())], message: `start ${id}` }, result: undefined };
    },
    { ids: [id] },
  );
}

/**
 * Brings the todo of an ended attempt to `done` or back to `open`. What somebody decided meanwhile stands: returns why nothing was changed, else null.
 * @param since only a todo that was started at or after this time is reopened (an attempt that never began must not reopen what others started)
 */
export async function markEnded(
  app: App,
  id: string,
  status: "completed" | "failed",
  since?: string,
): Promise<string | null> {
  const now = app.now().toISOString();
  return await requireRepository(app).todos.update(
    ({ todos }) => {
      const nothing = (why: string | null) => ({ change: { put: [], message: "" }, result: why });
      const todo = todos.get(id);
      if (todo === undefined) return nothing(`todo ${id} is gone`);
      const target = status === "completed" ? "done" : "open";
      if (todo.status === target) return nothing(null);
      if (todo.status !== "in_progress") return nothing(`todo ${id} is ${todo.status}, and stays so`);
      if (since !== undefined && todo.started_at !== undefined && Date.parse(todo.started_at) < Date.parse(since)) {
        return nothing(`todo ${id} was started by somebody else`);
      }
      const changed = status === "completed" ? finishTodo(todo, now) : reopenTodo(todo, now);
      return {
        change: { put: [changed], message: `${status === "completed" ? "finish" : "reopen"} ${id}` },
        result: null,
      };
    },
    { ids: [id] },
  );
}
