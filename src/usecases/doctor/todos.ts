/** The todos of the repository, and whether somebody works on those that are in progress. */
import { IncrError } from "../../domain/error.ts";
import { isResolved, type Todo } from "../../domain/todo.ts";
import { listCycles } from "../../domain/todo/graph.ts";
import type { TodoProblem, Todos, TodoSnapshot } from "../../ports/todos.ts";
import { requireRepository, type App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { problem, type Check, type Problem } from "./finding.ts";

/** Files that cannot be read, todos that wait for each other, todos that are in progress without anybody. */
export const checkTodos: Check = {
  area: "todos",
  needs: { state: true, repository: true },
  async examine({ app }) {
    const { todos: store } = requireRepository(app);
    const loaded = await loadTodos(store);
    if ("lost" in loaded) return [await judgeLoss(store, loaded.lost)];
    const { todos, problems } = loaded;
    const held = await listHeld(app);
    const inProgress = [...todos.values()].filter(({ status }) => status === "in_progress");
    return [
      ...(await Promise.all(problems.map(async (one) => await judgeDamage(app, one)))),
      ...listCycles(new Map([...todos].filter(([, todo]) => !isResolved(todo)))).map(cycleProblem),
      ...inProgress.filter(({ id }) => !held.has(id)).map(unheldProblem),
    ];
  },
};

async function loadTodos(store: Todos): Promise<TodoSnapshot | { lost: IncrError }> {
  try {
    return await store.load();
  } catch (error) {
    if (error instanceof IncrError && error.code === "corrupt") return { lost: error };
    throw error;
  }
}

/** The ref itself, or what it leads to. */
async function judgeLoss(store: Todos, { message }: IncrError): Promise<Problem> {
  const lost = await store.findLost();
  const facts = {
    code: "todos_lost",
    severity: "error" as const,
    meaning: "No todo shows, and none can be made or changed.",
    data: { last_good: lost },
  };
  if (lost === null) {
    return problem("refs/incr/todos", {
      ...facts,
      message: `${message}; no version of the list is left`,
      hint: "git fsck",
    });
  }
  const what = `the one of ${lost.changed_at} with ${lost.todos} todos (${lost.commit})`;
  return problem("refs/incr/todos", {
    ...facts,
    message: `${message}; an earlier version is still there: ${what}`,
    repair: "goes back to that version",
    fix: async () => {
      await store.recover(lost.commit);
      return `went back to ${what}`;
    },
  });
}

async function listHeld(app: App): Promise<Set<string>> {
  const repo = await findRepoSlug(app);
  if (repo === null) return new Set();
  return await app.store.read(async (tx) => {
    const records = [...(await tx.list("sessions", { repo })), ...(await tx.list("jobs", { repo }))];
    return new Set(records.map(({ record }) => record.todo_id));
  });
}

async function judgeDamage(app: App, { id, path, reason }: TodoProblem): Promise<Problem> {
  const { todos } = requireRepository(app);
  const good = await findLastGood(app, id);
  const facts = {
    code: "todo_damaged",
    severity: "error" as const,
    message: `the file of todo ${id} cannot be read: ${reason}; ${good === null ? "no earlier version can be read either" : `the last version that can be read is ${good}`}`,
    meaning: "The todo shows nowhere, and cannot be changed. All others can.",
    data: { todo_id: id, path, reason, last_good: good },
  };
  if (good === null) return problem(id, { ...facts, hint: `git show refs/incr/todos:${path}` });
  return problem(id, {
    ...facts,
    repair: "puts that version back, as a new commit of the todo list",
    fix: async () => {
      const restored = await todos.restore(id);
      return restored === null ? "no version of it can be read" : `put todo ${id} back as it was in ${restored}`;
    },
  });
}

/** The commit of the todo ref that had the file whole; null if there is none. */
async function findLastGood(app: App, id: string): Promise<string | null> {
  try {
    await requireRepository(app).todos.find(id);
    return null;
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const { last_good } = error.data;
    return typeof last_good === "string" ? last_good : null;
  }
}

function cycleProblem(path: string[]): Problem {
  return problem(path[0] ?? "", {
    code: "dependency_cycle",
    severity: "warning",
    message: `${path.join(" → ")} wait for each other`,
    meaning: "None of them will ever be ready. A merge of two people's todos can bring this about.",
    hint: `incr todo dep remove ${path[0]} ${path[1]}`,
    data: { path },
  });
}

function unheldProblem(todo: Todo): Problem {
  return problem(todo.id, {
    code: "todo_without_holder",
    severity: "note",
    message: `todo ${todo.id} (${todo.title}) is in progress, and no session or job works on it`,
    meaning: "A person may have started it; otherwise it waits for nobody.",
    hint: `incr todo reopen ${todo.id}, if nobody works on it`,
    data: { todo_id: todo.id },
  });
}
