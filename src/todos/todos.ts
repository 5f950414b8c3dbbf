/** The todo store on a git ref. Compare-and-swap makes it correct; a lock of ours makes many writers quick and fair. */
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { Notify } from "../domain/notice.ts";
import type { Todo } from "../domain/todo.ts";
import type { Git } from "../git/git.ts";
import type { TodoChange, TodoSelection, Todos, TodoSnapshot } from "../ports/todos.ts";
import { withLock } from "../store/lock.ts";
import { findReadableVersion } from "./damage.ts";
import { encodeTodo } from "./format.ts";
import { todoPath, TODO_REF } from "./layout.ts";
import { findLostTodos, recoverTodos } from "./recovery.ts";
import { readTodos, type TodoTree } from "./read.ts";
import { writeTodos } from "./write.ts";

export interface TodosOptions {
  /** Bound to any folder of the repository. */
  git: Git;
  /** The git directory that all worktrees share: the lock is `incr/todos.lock` in it. */
  commonDir: string;
  /** What this process is called for those who wait for it: its command line. */
  holder: string;
  notify: Notify;
  /** How long to wait for other writers, in ms; default 30 000. */
  timeoutMs?: number;
}

/** How often git may refuse to move a ref that nobody else moved (it waits 1 s for the ref's lock each time). */
const PATIENCE = 2;

export function createTodos({ git, commonDir, holder, notify, timeoutMs = 30_000 }: TodosOptions): Todos {
  const lock = <T>(work: () => Promise<T>): Promise<T> =>
    // A file in a repository is for everybody who may use the repository.
    withLock(
      join(commonDir, "incr", "todos.lock"),
      { holder, notify, timeoutMs, mode: 0o666, folderMode: 0o777, sharedLike: commonDir },
      work,
    );

  /** Decides on what is there, writes, and begins again if somebody else was faster. */
  async function change<T>(
    decide: (tree: TodoTree) => Promise<{ result: T; message: string; files: [path: string, text: string][] }>,
    selection: TodoSelection,
  ): Promise<T> {
    // Asked while the lock is waited for and the todos are read. If those fail, their error is the one to tell.
    const identity = git.commit(["var", "GIT_COMMITTER_IDENT"]);
    identity.catch(() => {});
    return await lock(async () => {
      for (let refusals = 0, last: string | null | undefined; ;) {
        const tree = await readTodos(git, selection);
        refusals = tree.version === last ? refusals + 1 : 0;
        last = tree.version;
        const { result, message, files } = await decide(tree);
        if (files.length === 0) return result;
        const write = { onto: tree.version, identity: await identity, message, files, withVersion: !tree.hasVersion };
        const outcome = await writeTodos(git, write);
        if (outcome.ok) return result;
        if (refusals >= PATIENCE) throw stuckError(outcome.reason, commonDir);
      }
    });
  }

  const todos: Todos = {
    load: async (selection) => snapshotOf(await readTodos(git, selection)),

    async find(id, version) {
      const tree = await readTodos(git, { ids: [id] }, version);
      await requireReadable(git, tree, [id]);
      return tree.todos.get(id);
    },

    update: async (decide, selection = {}) =>
      await change(async (tree) => {
        await requireReadable(git, tree, selection.ids ?? []);
        const { change, result } = decide(snapshotOf(tree));
        await requireReadable(
          git,
          tree,
          change.put.map(({ id }) => id),
        );
        return { result, message: change.message, files: changedFiles(tree, change) };
      }, selection),

    restore: async (id) =>
      await change<string | null>(
        async (tree) => {
          if (!tree.ids.includes(id)) {
            throw new IncrError("not_found", `there is no todo ${id}`, { hint: "incr todo list --all" });
          }
          if (tree.todos.has(id)) throw new IncrError("rule", `the file of todo ${id} can be read`);
          const good = await findReadableVersion(git, id);
          if (good === null) return { result: null, message: "", files: [] };
          return { result: good.commit, message: `restore ${id}`, files: [[todoPath(id), good.text]] };
        },
        { ids: [id] },
      ),

    findLost: () => findLostTodos(git),
    recover: (commit) =>
      lock(async () => {
        if (await isReadable(git)) throw new IncrError("rule", "the todo list can be read");
        await recoverTodos(git, commonDir, commit);
      }),
  };
  return todos;
}

async function isReadable(git: Git): Promise<boolean> {
  try {
    await readTodos(git, { ids: [] });
    return true;
  } catch (error) {
    if (error instanceof IncrError && error.code === "corrupt") return false;
    throw error;
  }
}

function snapshotOf({ version, todos, problems, ids }: TodoTree): TodoSnapshot {
  return { version, todos, problems, ids };
}

function changedFiles(tree: TodoTree, change: TodoChange): [path: string, text: string][] {
  const taken = new Set(tree.ids);
  return change.put.flatMap((todo: Todo) => {
    const before = tree.files.get(todo.id);
    if (before === undefined && taken.has(todo.id)) throw new Error(`todo ${todo.id} is replaced without being read`);
    const text = encodeTodo(todo, before);
    return text === before?.text ? [] : [[todoPath(todo.id), text] as [string, string]];
  });
}

/** @throws IncrError `corrupt` for the first of the todos whose file cannot be read */
async function requireReadable(git: Git, tree: TodoTree, ids: readonly string[]): Promise<void> {
  const problem = tree.problems.find(({ id }) => ids.includes(id));
  if (problem === undefined) return;
  const good = await findReadableVersion(git, problem.id);
  throw new IncrError("corrupt", `the file of todo ${problem.id} cannot be read: ${problem.reason}`, {
    hint:
      good === null
        ? `git show ${TODO_REF}:${problem.path}`
        : `incr doctor --fix, which puts back the version of ${good.commit.slice(0, 12)}`,
    data: { ...problem, ref: TODO_REF, last_good: good?.commit ?? null },
  });
}

function stuckError(reason: string, commonDir: string): IncrError {
  return new IncrError("git", `git does not move ${TODO_REF}: ${reason}`, {
    hint: `if no git process is running, remove ${join(commonDir, `${TODO_REF}.lock`)}`,
    data: { ref: TODO_REF },
  });
}
