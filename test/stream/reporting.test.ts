/** Real agents that may not do everything can say all the same how far they are with their thread: whoever is blocked must not count as done. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LIMIT } from "../agents/agent.ts";
import { openRealProject } from "../agents/real-project.ts";
import { approveIn, filesOf } from "./crew.ts";

test.each(["claude", "codex"] as const)("%s", LIMIT, async (harness) => {
  const real = await openRealProject(harness);
  const { term, model, home } = real;
  // Its sandbox lets temporary folders be written, in which the repositories of tests lie.
  if (harness === "codex")
    appendFileSync(
      join(home, ".codex/config.toml"),
      "[sandbox_workspace_write]\nexclude_slash_tmp = true\nexclude_tmpdir_env_var = true\n",
    );
  await approveIn(real);
  const steps = [
    "work update --task 1.1.1.1 --status blocked --report 'There is no form'",
    `echo mine > '${join(real.root, "theirs.txt")}'`,
  ];
  model.conduct = ({ results }) => {
    const step = steps[results.length];
    return step === undefined ? { say: "Done" } : { run: step };
  };
  const { stderr } = await term.run(`work execute --thread 1.1.1 --harness ${harness}`);
  expect(stderr).toContain("thread 01.01.01 completed, and is blocked\n");
  const [first, second] = filesOf(real).json("tasks.json").tasks;
  expect(first).toMatchObject({ status: "blocked", report: "There is no form" });
  expect(second).toMatchObject({ status: "completed" });
  expect((await real.git(["status", "--porcelain"])).includes("theirs.txt")).toBe(false);
});
