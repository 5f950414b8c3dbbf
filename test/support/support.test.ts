import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { runIncr } from "./incr.ts";
import { markedProcesses } from "./leftovers.ts";
import { spawnProcess } from "./process.ts";
import { makeRepo } from "./repo.ts";
import { openTerminal } from "./terminal.ts";
import { waitFor } from "./wait.ts";

test("a repository is real, and its name may be anything", async () => {
  const repo = await makeRepo({ name: 'a b\'c "$(x)" é', files: { "src/a.txt": "a\n" } });
  expect(await repo.git(["log", "--format=%s"])).toBe("first");
  expect(await repo.read("src/a.txt")).toBe("a\n");
  expect(await repo.git(["status", "--porcelain"])).toBe("");
});

test("the built program runs", async () => {
  const { code, stdout, stderr } = await runIncr(["--version"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^incr \d/);
});

test("a terminal runs lines in bash, with incr and work on the PATH", async () => {
  const term = openTerminal(await makeRepo());
  expect(await term.ok("incr --version | cut -c1-4")).toBe("incr");
  expect(await term.fails(3, "echo no >&2; exit 3")).toBe("no\n");
  await expect(term.ok("exit 1")).rejects.toThrow("$ exit 1");
});

test.skipIf(process.platform !== "linux")("a process that left its group is still found as a leftover", async () => {
  const running = spawnProcess("bash", ["-c", "setsid sleep 1000 & echo $!; wait"]);
  const pid = Number(await waitFor("the pid", () => running.stdout().trim()));
  await waitFor("sleep to run", () => existsSync(`/proc/${pid}`) && markedProcesses().includes(pid));
  process.kill(pid, "SIGKILL");
  await running.finished;
});

test("waiting in vain says for what", async () => {
  await expect(waitFor("the moon", () => false, { timeout: 50 })).rejects.toThrow("waited 50 ms in vain for the moon");
});
