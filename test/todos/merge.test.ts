/** Two people's todos, merged by plain git. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addDependency } from "../../src/domain/todo/dependencies.ts";
import { listCycles } from "../../src/domain/todo/graph.ts";
import { finishTodo, startTodo } from "../../src/domain/todo/status.ts";
import { updateTodo } from "../../src/domain/todo/update.ts";
import type { Todo } from "../../src/domain/todo.ts";
import { LATER, makeTodo, todoMap } from "../support/todo.ts";
import { makeTodoRepo, openTodos, put, REF, type TodoRepo } from "./support.ts";

const BASE = makeTodo("k3j2h1g4", { title: "Fix the login", description: "It fails." });
const EVEN_LATER = "2026-01-09T09:00:00.000Z";

/** A clone that has the same todos. */
async function clone(repo: TodoRepo): Promise<TodoRepo> {
  const root = join(repo.dir, "theirs");
  await repo.git(["clone", "--quiet", repo.root, root]);
  const git: TodoRepo["git"] = (args, options) => repo.git(args, { cwd: root, ...options });
  const theirs = { ...repo, root, git, todos: openTodos(root, join(root, ".git")) };
  if ((await repo.todos.load()).version !== null) await git(["fetch", "--quiet", "origin", `${REF}:${REF}`]);
  return theirs;
}

/** Merges their todos into ours in a scratch worktree, with nothing but git. @throws if git finds a conflict */
async function merge(ours: TodoRepo, theirs: TodoRepo): Promise<void> {
  await ours.git(["fetch", "--quiet", theirs.root, `${REF}:${REF}-remote`]);
  const scratch = join(ours.dir, "scratch");
  await ours.git(["worktree", "add", "--quiet", "--detach", scratch, REF]);
  await ours.git(["merge", "--quiet", "--message", "merge", `${REF}-remote`], { cwd: scratch });
  await ours.git(["update-ref", REF, await ours.git(["rev-parse", "HEAD"], { cwd: scratch })]);
  await ours.git(["worktree", "remove", "--force", scratch]);
}

test("todos that two people made, with no todos before, merge without conflict", async () => {
  const ours = await makeTodoRepo();
  const theirs = await clone(ours);
  await put(ours.todos, makeTodo("aaaaaaaa"), makeTodo("aaaaaaab"));
  await put(theirs.todos, makeTodo("aaaaaaac"), makeTodo("bbbbbbbb"));
  await merge(ours, theirs);
  const { todos, problems } = await ours.todos.load();
  expect(problems).toEqual([]);
  expect(todos).toEqual(todoMap(...["aaaaaaaa", "aaaaaaab", "aaaaaaac", "bbbbbbbb"].map((id) => makeTodo(id))));
});

describe("changes of one todo by two people", () => {
  const CHANGES: Record<string, (todo: Todo, now: string) => Todo> = {
    title: (todo, now) => updateTodo(todo, { title: "Fix the logout" }, now),
    description: (todo, now) => updateTodo(todo, { description: "It fails.\nAlways." }, now),
    priority: (todo, now) => updateTodo(todo, { priority: 0 }, now),
    type: (todo, now) => updateTodo(todo, { type: "bug" }, now),
    status: (todo, now) => startTodo(todo, now),
    dependency: (todo, now) => addDependency(todoMap(todo, makeTodo("m4n5p6q7")), todo, "m4n5p6q7", now),
  };
  const names = Object.keys(CHANGES);
  const pairs = names.flatMap((ours, index) => names.slice(index + 1).map((theirs) => [ours, theirs] as const));

  test.each(pairs)("merge when one changes the %s and the other the %s", async (one, other) => {
    const ours = await makeTodoRepo();
    await put(ours.todos, BASE);
    const theirs = await clone(ours);
    const [change, their] = [CHANGES[one]!, CHANGES[other]!];
    await put(ours.todos, change(BASE, EVEN_LATER));
    await put(theirs.todos, their(BASE, LATER));
    await merge(ours, theirs);
    expect(await ours.todos.find(BASE.id)).toEqual(change(their(BASE, LATER), EVEN_LATER));
  });

  test("to the same field are git's to report, and nothing is taken by chance", async () => {
    const ours = await makeTodoRepo();
    await put(ours.todos, BASE);
    const theirs = await clone(ours);
    await put(ours.todos, startTodo(BASE, LATER));
    await put(theirs.todos, finishTodo(BASE, LATER));
    await expect(merge(ours, theirs)).rejects.toThrow("git merge");
    const conflicts = await ours.git(["diff", "--name-only", "--diff-filter=U"], { cwd: join(ours.dir, "scratch") });
    expect(conflicts).toBe("k/k3j2h1g4.json");
  });
});

test("a cycle that comes in by a merge is survived and can be ended", async () => {
  const ours = await makeTodoRepo();
  const [a, b] = [makeTodo("aaaaaaaa"), makeTodo("bbbbbbbb")];
  await put(ours.todos, a, b);
  const theirs = await clone(ours);
  await put(ours.todos, addDependency(todoMap(a, b), a, b.id, LATER));
  await put(theirs.todos, addDependency(todoMap(a, b), b, a.id, LATER));
  await merge(ours, theirs);
  const { todos, problems } = await ours.todos.load({ ids: ["aaaaaaaa"], withDependencies: true });
  expect(problems).toEqual([]);
  expect(listCycles(todos)).toEqual([["aaaaaaaa", "bbbbbbbb", "aaaaaaaa"]]);
});
