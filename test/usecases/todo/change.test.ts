/** Changing todos while sessions come and go: real store, real todo ref; only time and chance are given. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { Notice } from "../../../src/domain/notice.ts";
import type { ActiveSession } from "../../../src/domain/records.ts";
import type { Todo } from "../../../src/domain/todo.ts";
import { startTodo } from "../../../src/domain/todo/status.ts";
import type { TodoSelection, Todos } from "../../../src/ports/todos.ts";
import { createRepositoryPort } from "../../../src/git/mark.ts";
import { findRepository } from "../../../src/git/repository.ts";
import { idFor } from "../../../src/store/ids.ts";
import { createJsonStore } from "../../../src/store/json-store.ts";
import type { App } from "../../../src/usecases/app.ts";
import { createTodo } from "../../../src/usecases/todo/create.ts";
import { finishTodos, startTodos } from "../../../src/usecases/todo/status.ts";
import { updateTodos } from "../../../src/usecases/todo/update.ts";
import { LATER, makeTodo } from "../../support/todo.ts";
import { makeTodoRepo, putIds, type TodoRepo } from "../../todos/support.ts";

const ID = "k3j2h1g4";

let repo: TodoRepo;
let app: App;
let notices: Notice[];

beforeEach(async () => {
  repo = await makeTodoRepo();
  notices = [];
  app = openApp(repo.todos);
  await app.store.transact(async (tx) => await tx.put("repos", "app", { source_path: repo.root }));
  await putIds(repo.todos, ID);
});

function openApp(todos: Todos): App {
  const location = findRepository(repo.root)!;
  const parts: unknown = {
    now: () => new Date(LATER),
    randomText: (n: number) => randomBytes(n).toString("hex").slice(0, n),
    hashId: idFor,
    notify: (notice: Notice) => void notices.push(notice),
    caller: { person: "somebody", cwd: repo.root },
    store: createJsonStore({ dir: join(repo.dir, "state") }),
    repository: { location: createRepositoryPort(location, () => "uid"), todos },
  };
  return parts as App;
}

/** A session takes the todo as `session start` does: first the record that decides who wins, then the todo's status. */
async function takeTodo(): Promise<void> {
  const session: ActiveSession = {
    id: "ab12cd34",
    repo: "app",
    todo_id: ID,
    workspace_name: "ws-001",
    status: "active",
    topic: "x",
    started_at: "2026-01-08T08:00:00.000Z",
    updated_at: "2026-01-08T08:00:00.000Z",
  };
  await app.store.transact(async (tx) => await tx.put("sessions", `app/${session.id}`, session));
  await repo.todos.update(
    ({ todos }) => ({ change: { put: [startTodo(todos.get(ID)!, LATER)], message: "start" }, result: undefined }),
    { ids: [ID] },
  );
}

/** The todos, with something that happens right before the n-th change of them. */
function interrupted(event: () => Promise<void>): Todos {
  let pending = true;
  const update = async <T>(decide: Parameters<Todos["update"]>[0], selection?: TodoSelection): Promise<T> => {
    if (pending) {
      pending = false;
      await event();
    }
    return (await repo.todos.update(decide, selection)) as T;
  };
  return { ...repo.todos, update };
}

const todo = async (): Promise<Todo> => (await repo.todos.find(ID))!;

describe("a session that takes the todo while somebody finishes it", () => {
  test("between their look and their change keeps it", async () => {
    const racing = openApp(interrupted(takeTodo));
    await expect(finishTodos(racing, { todos: [ID], force: false })).rejects.toMatchObject({
      code: "held",
      message: expect.stringContaining(`todo ${ID} is held by session ab12cd34 in ws-001 since `) as string,
    });
    expect(await todo()).toMatchObject({ status: "in_progress" });
  });

  test("does not stop --force, which then says so", async () => {
    const racing = openApp(interrupted(takeTodo));
    expect(await finishTodos(racing, { todos: [ID], force: true })).toMatchObject([{ status: "done" }]);
    expect(notices).toEqual([
      expect.objectContaining({
        code: "forced",
        message: `todo ${ID} is done now; session ab12cd34 in ws-001 still works on it`,
      }),
    ]);
  });

  test("does not stop a rewording", async () => {
    const racing = openApp(interrupted(takeTodo));
    await updateTodos(racing, { todos: [ID], changes: { title: "New" }, force: false });
    expect(await todo()).toMatchObject({ title: "New", status: "in_progress" });
  });
});

test("a change by somebody else in between is looked at again, and both stand", async () => {
  const racing = openApp(
    interrupted(async () => {
      await updateTodos(app, { todos: [ID], changes: { title: "Theirs" }, force: false });
    }),
  );
  await finishTodos(racing, { todos: [ID], force: false });
  expect(await todo()).toMatchObject({ title: "Theirs", status: "done" });
});

test("a todo that vanished in between is not found", async () => {
  const racing = openApp(
    interrupted(async () => {
      await repo.git(["update-ref", "-d", "refs/incr/todos"]);
    }),
  );
  await expect(startTodos(racing, { todos: [ID], force: false })).rejects.toMatchObject({
    code: "not_found",
    message: `todo ${ID} is gone`,
  });
});

test("a new todo takes an id that is free", async () => {
  const hashes = ["aaaaaaaa", "aaaaaaab", "aaaaaaac"];
  const given = [...hashes];
  const picky = { ...app, hashId: () => given.shift() ?? idFor(String(Math.random())) };
  await putIds(repo.todos, "aaaaaaaa", "aaaaaaab");
  expect(await createTodo(picky, { title: "x" })).toEqual(
    makeTodo("aaaaaaac", { title: "x", created_at: LATER, updated_at: LATER }),
  );
});
