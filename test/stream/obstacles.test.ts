/** Files where folders should be, and the other way round: an error in one line, never a stack trace, and nothing made of it. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openApproved, STREAM } from "./desk.ts";

const COMMANDS = [
  "work status",
  "work list --streams",
  "work validate",
  "work update 1.1.1.1 --status completed",
  "work add-task --thread 1.1.1 --name More",
  "work approve tasks",
  "work continue",
  "incr status",
  "incr doctor",
];

test.each<[string, string, "file" | "folder"]>([
  ["work/ is a file", "", "file"],
  ["the folder of the stream is a file", STREAM, "file"],
  ["the index is a folder", "index.json", "folder"],
  ["the plan is a folder", `${STREAM}/PLAN.md`, "folder"],
  ["the tasks are a folder", `${STREAM}/tasks.json`, "folder"],
  ["the prompts are a file", `${STREAM}/prompts`, "file"],
])("%s", async (_name, path, kind) => {
  const { term, repo } = await openApproved();
  const obstacle = join(repo.root, "work", path);
  rmSync(obstacle, { recursive: true });
  if (kind === "file") writeFileSync(obstacle, "mine\n");
  else mkdirSync(obstacle);
  const results = await Promise.all(COMMANDS.map(async (line) => ({ line, ...(await term.run(line)) })));
  for (const { line, code, stderr } of results) {
    expect(code, `${line}\n${stderr}`).toBeLessThan(70);
    expect(stderr).not.toContain("internal error");
  }
  expect(results.some(({ code }) => code !== 0)).toBe(true);
});
