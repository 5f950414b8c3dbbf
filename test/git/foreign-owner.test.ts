/** A repository of somebody else, which git refuses to look at. */
import { expect, test } from "vitest";
import { runIncr } from "../support/incr.ts";
import { makeRepo } from "../support/repo.ts";

test.each(["status", "todo list"])("incr %s says whose the refusal is, and how it is lifted", async (line) => {
  const repo = await makeRepo();
  const env = { ...repo.env, GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
  const { code, stdout, stderr } = await runIncr(line.split(" "), { cwd: repo.root, env });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  const folder = /^error: git does not trust (.+), which belongs to another user\n/.exec(stderr)?.[1];
  expect(folder).toContain(repo.root);
  expect(stderr.split("\n").slice(1)).toEqual([`hint: git config --global --add safe.directory '${folder}'`, ""]);
});
