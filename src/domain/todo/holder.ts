import { IncrError } from "../error.ts";
import type { LeaseKind } from "../lease.ts";
import type { Todo } from "../todo.ts";

/** Who works on a todo now. */
export interface TodoHolder {
  type: "session" | "agent_session" | "job" | "thread";
  id: string;
  /** Name of its workspace, such as `ws-001`. */
  workspace?: string;
  /** Of a session: `held` until somebody ends it; `process`: it ends with the command of its `run`, and not before. */
  lease_kind?: LeaseKind;
  /** True if whoever asks works for that session: it carries its lease. */
  own?: true;
  /** ISO time at which it began. */
  since: string;
}

/** Lets nobody take a todo out of the hands of whoever works on it, unless that is what they ask for. @throws IncrError `held`, which names the holder */
export function requireTodoFree(todo: Todo, holder: TodoHolder | undefined, { force }: { force: boolean }): void {
  if (holder === undefined || force) return;
  throw todoHeldError(todo.id, holder, `${wayOut(todo, holder)}, or --force to change the todo all the same`);
}

/** That somebody works on a todo, as every command says it. @param hint what to type instead */
export function todoHeldError(todoId: string, holder: TodoHolder, hint: string): IncrError {
  const where = holder.workspace === undefined ? "" : ` in ${holder.workspace}`;
  return new IncrError("held", `todo ${todoId} is held by ${describe(holder)}${where} since ${holder.since}`, {
    hint,
    data: { todo_id: todoId, holder },
  });
}

function describe(holder: TodoHolder): string {
  return `${holder.type.replace("_", " ")} ${holder.id}`;
}

function wayOut(todo: Todo, holder: TodoHolder): string {
  switch (holder.type) {
    case "session":
      if (holder.lease_kind !== "process") return `incr session done ${todo.id}`;
      // Whoever waits for the run that it is a part of waits for ever.
      return holder.own === true ? "it is done when the command of this run ends with 0" : `incr wait ${holder.id}`;
    case "job":
      return `incr job show ${holder.id}`;
    case "agent_session":
    case "thread":
      break;
  }
  return "wait for it to end";
}
