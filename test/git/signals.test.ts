/** git when a signal goes to all of a terminal's processes: we have caught it, and git has not. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createGit } from "../../src/git/git.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";

/** A git that ends by a signal so many times before it does what it is asked. */
async function openKilled(times: number, signal = "HUP") {
  const repo = await makeRepo();
  const folder = makeTempDir();
  const calls = join(folder, "calls");
  const program = join(folder, "git");
  writeFileSync(calls, "");
  writeFileSync(
    program,
    `#!/bin/sh\necho x >> '${calls}'\n[ $(wc -l < '${calls}') -gt ${times} ] || kill -${signal} $$\nPATH='${process.env["PATH"]}' exec git "$@"\n`,
  );
  chmodSync(program, 0o755);
  const git = createGit(repo.root, { ...process.env, ...repo.env, PATH: `${folder}:${process.env["PATH"]}` });
  return { git, repo, calls: () => readFileSync(calls, "utf8").split("x").length - 1 };
}

test.each(["HUP", "KILL"])("what only reads is asked again after SIG%s", async (signal) => {
  const { git, repo, calls } = await openKilled(2, signal);
  expect(await git.text(["rev-parse", "HEAD"])).toBe(await repo.git(["rev-parse", "HEAD"]));
  expect(calls()).toBe(3);
});

test.each([
  ["KILL", ["status"]],
  ["TERM", ["-c", "core.fsync=objects", "write-tree"]],
])("so is, after SIG%s, git %j", async (signal, args) => {
  const { git, repo } = await openKilled(1, signal);
  expect(await git.text(args)).toBe(await repo.git(args));
});

test("but not for ever, and nothing that writes is", async () => {
  const reading = await openKilled(9);
  await expect(reading.git.run(["rev-parse", "HEAD"])).rejects.toMatchObject({
    message: "git rev-parse was ended by SIGHUP",
  });
  expect(reading.calls()).toBe(4);
  const writing = await openKilled(1);
  await expect(writing.git.run(["update-ref", "refs/heads/x", "HEAD"])).rejects.toMatchObject({
    message: "git update-ref was ended by SIGHUP",
  });
  expect(writing.calls()).toBe(1);
});

test("a lock that a killed git has left is named, with what frees it", async () => {
  const { git, repo } = await openKilled(0);
  const lock = join(repo.root, ".git", "index.lock");
  writeFileSync(lock, "");
  await expect(git.run(["read-tree", "HEAD"])).rejects.toMatchObject({
    message: `git read-tree did not get ${lock}, which another git holds, or left when it was killed`,
    hint: `wait for it to end; if there is none: rm '${lock}'`,
  });
});
