/** The journal's own todos: texts that wait for the next session. */
import { IncrError } from "../error.ts";

/**
 * The pending todos that `wanted` names: each by its number, counted from 1, or by how it begins, letter case ignored.
 * Errors: `not_found`, `ambiguous`.
 */
export function findTodos(pending: readonly string[], wanted: readonly string[]): string[] {
  return wanted.map((text) => findTodo(pending, text));
}

function findTodo(pending: readonly string[], text: string): string {
  const numbered = /^\d+$/.test(text) ? pending[Number(text) - 1] : undefined;
  if (numbered !== undefined) return numbered;
  const start = text.trim().toLowerCase();
  const candidates = start === "" ? [] : pending.filter((todo) => todo.toLowerCase().startsWith(start));
  const exact =
    candidates.find((todo) => todo.toLowerCase() === start) ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (exact !== undefined) return exact;
  if (candidates.length === 0) {
    throw new IncrError("not_found", `no pending todo ${JSON.stringify(text)}`, {
      hint: "incr hello",
      data: { pending_todos: [...pending] },
    });
  }
  throw new IncrError("ambiguous", `${JSON.stringify(text)} is the start of more than one pending todo`, {
    hint: "name it by its number: incr hello",
    data: { candidates },
  });
}
