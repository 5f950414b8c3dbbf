/** A repository with a todo store on it, as the tests of the store need it. */
import { join } from "node:path";
import type { Todo } from "../../src/domain/todo.ts";
import { createGit } from "../../src/git/git.ts";
import type { Todos } from "../../src/ports/todos.ts";
import { createTodos } from "../../src/todos/todos.ts";
import { makeRepo, type RepoOptions, type TestRepo } from "../support/repo.ts";
import { makeTodo } from "../support/todo.ts";

export const REF = "refs/incr/todos";

export interface TodoRepo extends TestRepo {
  todos: Todos;
}

export async function makeTodoRepo(options?: RepoOptions): Promise<TodoRepo> {
  const repo = await makeRepo(options);
  return { ...repo, todos: openTodos(repo.root, join(repo.root, ".git")) };
}

/** A store of its own, as another process has it. `folder` is any folder of the repository. */
export function openTodos(folder: string, gitDir: string, env: NodeJS.ProcessEnv = process.env): Todos {
  return createTodos({ git: createGit(folder, env), commonDir: gitDir, holder: "test", notify: () => undefined });
}

/** Puts todos as they are. */
export async function put(todos: Todos, ...given: Todo[]): Promise<void> {
  await todos.update(() => ({ change: { put: given, message: `put ${given.length}` }, result: undefined }), {
    ids: given.map(({ id }) => id),
  });
}

/** Puts a plain todo for each id. */
export async function putIds(todos: Todos, ...ids: string[]): Promise<void> {
  await put(todos, ...ids.map((id) => makeTodo(id)));
}

export async function loadedIds(todos: Todos): Promise<string[]> {
  return [...(await todos.load()).todos.keys()].toSorted();
}

/** Commits files (null removes one) onto the ref as another program would, by plumbing. */
export async function commitFiles(repo: TestRepo, files: Record<string, string | null>): Promise<string> {
  const tip = await repo.git(["rev-parse", "--verify", "--quiet", REF]).catch(() => "");
  const changes = Object.entries(files).map(([path, text]) =>
    text === null ? `D ${path}\n` : `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  const from = tip === "" ? "" : `from ${tip}\n`;
  const input = `commit ${REF}\ncommitter Other <other@example.com> 1767796200 +0000\ndata 5\nother\n${from}${changes.join("")}done\n`;
  await repo.git(["fast-import", "--quiet", "--done"], { input });
  return await repo.git(["rev-parse", REF]);
}
