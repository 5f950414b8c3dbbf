import type { Todo } from "../../domain/todo.ts";
import { createTodo as createRecord, type NewTodo } from "../../domain/todo/create.ts";
import { addDependency } from "../../domain/todo/dependencies.ts";
import { parseTitle } from "../../domain/todo/input.ts";
import { requireRepository, type App } from "../app.ts";
import { pickTodos } from "./pick.ts";

export interface CreateRequest extends Omit<NewTodo, "id"> {
  /** Ids or prefixes of the todos that it depends on. */
  dependsOn?: readonly string[];
}

/** Eight characters of base32 are 40 bits: two of these being taken is not going to happen, all of them being taken even less. */
const ATTEMPTS = 8;

/** @throws IncrError `invalid_input`; `not_found`, `ambiguous`, `rule` for the dependencies */
export async function createTodo(app: App, { dependsOn = [], ...input }: CreateRequest): Promise<Todo> {
  const title = parseTitle(input.title);
  const { todos } = requireRepository(app);
  const dependencies = dependsOn.length === 0 ? [] : (await pickTodos(app, dependsOn)).todos.map(({ id }) => id);
  const now = app.now().toISOString();
  const ids = Array.from({ length: ATTEMPTS }, () => app.hashId(`${title}${now}${app.randomText(16)}`));
  return await todos.update(
    (snapshot) => {
      const taken = new Set(snapshot.ids);
      const id = ids.find((candidate) => !taken.has(candidate));
      if (id === undefined) throw new Error(`all of ${ids.join(", ")} are taken`);
      const todo = dependencies.reduce(
        (made, dependency) => addDependency(snapshot.todos, made, dependency, now),
        createRecord({ ...input, id, title }, now),
      );
      return { change: { put: [todo], message: `create ${id}` }, result: todo };
    },
    { ids: dependencies },
  );
}
