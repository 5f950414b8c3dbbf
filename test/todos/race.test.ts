/** Many writers at once: nothing is lost, whether our lock queues them or only git's compare-and-swap stands between them. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { bundleScript, runScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";
import { makeTodo } from "../support/todo.ts";
import { loadedIds, makeTodoRepo, put, REF, type TodoRepo } from "./support.ts";

let worker: string;
beforeAll(async () => {
  worker = await bundleScript(new URL("worker.ts", import.meta.url));
});

/** Lets real processes write; each makes todos of its own and counts the shared one up. Returns how often they had to decide. */
async function race(
  repo: TodoRepo,
  { writers, times, size = 10 }: { writers: number; times: number; size?: number },
  lockDir: () => string,
): Promise<number> {
  await put(repo.todos, makeTodo("shared", { title: "0" }));
  const gitDir = join(repo.root, ".git");
  const runs = await Promise.all(
    Array.from({ length: writers }, (_, n) =>
      runScript(worker, { gitDir, lockDir: lockDir(), name: `w${n}`, times, size }, { timeout: 150_000 }),
    ),
  );
  for (const run of runs) expect(run).toMatchObject({ code: 0, stderr: "" });
  const expected = runs.flatMap((_, n) => Array.from({ length: times }, (_, index) => `w${n}-${index}`));
  expect(await loadedIds(repo.todos)).toEqual(["shared", ...expected].toSorted());
  expect(await repo.todos.find("shared")).toMatchObject({ title: String(writers * times) });
  expect(await repo.git(["rev-list", "--count", REF])).toBe(String(2 + writers * times));
  expect(await repo.git(["rev-list", "--count", "--merges", REF])).toBe("0");
  return runs.reduce((sum, run) => sum + run.json().decisions, 0);
}

test("32 processes write at once, and each decides once", { timeout: 180_000 }, async () => {
  const repo = await makeTodoRepo();
  const decisions = await race(repo, { writers: 32, times: 2 }, () => join(repo.root, ".git"));
  expect(decisions).toBe(64);
  expect(await repo.git(["status", "--porcelain"])).toBe("");
});

test("without a common lock the losers decide again, and nothing is lost either", { timeout: 180_000 }, async () => {
  const repo = await makeTodoRepo();
  const decisions = await race(repo, { writers: 6, times: 5 }, () => makeTempDir());
  expect(decisions).toBeGreaterThan(30);
});

test("a decision that lost sees what the winner wrote", async () => {
  const repo = await makeTodoRepo();
  await put(repo.todos, makeTodo("shared", { title: "first" }));
  const before = await repo.git(["rev-parse", REF]);
  await put(repo.todos, makeTodo("shared", { title: "theirs" }));
  const theirs = await repo.git(["rev-parse", REF]);
  await repo.git(["update-ref", REF, before]);
  const seen: string[] = [];
  await repo.todos.update(
    ({ todos }) => {
      const todo = todos.get("shared")!;
      // Between our reading and our writing the other one writes.
      if (seen.length === 0) execFileSync("git", ["update-ref", REF, theirs], { cwd: repo.root });
      seen.push(todo.title);
      return { change: { put: [{ ...todo, description: "ours" }], message: "ours" }, result: undefined };
    },
    { ids: ["shared"] },
  );
  expect(seen).toEqual(["first", "theirs"]);
  expect(await repo.todos.find("shared")).toMatchObject({ title: "theirs", description: "ours" });
  expect(await repo.git(["rev-parse", `${REF}~`])).toBe(theirs);
});
