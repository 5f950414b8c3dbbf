/** `work multi` in windows of tmux: whatever is killed, nothing runs on unseen and everything is recorded as it was. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { onCleanup } from "../support/cleanup.ts";
import { openPane } from "../support/tmux.ts";
import { waitFor } from "../support/wait.ts";
import { events, openStreamCrew, readLog, type StreamCrew } from "./crew.ts";

/** tmux, with the socket of the stream's own server. */
function tmuxOf(crew: StreamCrew): { socket: string; run(...args: string[]): string } {
  const log = events(readLog(crew));
  const socket = /-L (\S+)/.exec(log.findLast(({ type }) => type === "began").attach)?.[1] ?? "";
  onCleanup(() => tryRun("kill-server"));
  const env = { ...process.env, TMUX_TMPDIR: crew.term.env["TMUX_TMPDIR"] };
  const run = (...args: string[]) =>
    execFileSync("tmux", ["-L", socket, ...args], {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  return { socket, run };

  function tryRun(...args: string[]): void {
    try {
      execFileSync("tmux", ["-L", socket, ...args], { stdio: "ignore", env });
    } catch {
      // it has ended
    }
  }
}

test("gives each thread a window of tmux, which the loss of the terminal does not touch", async () => {
  const crew = await openStreamCrew();
  for (const thread of ["01.01.01", "01.01.02"])
    crew.script(thread, [{ say: `I am ${thread}` }, { run: `until [ -e '${crew.dir}/go' ]; do sleep 0.02; done` }]);
  const env = { ...crew.term.env, INCR_LEASE_ID: "somebodys" };
  const pane = await openPane(["bash", "--norc"], { cwd: crew.root, env });
  await pane.enter("work multi --batch 1.1");
  await pane.see(/01\.01\.02 begins[\s\S]*01\.01\.01 begins|01\.01\.01 begins[\s\S]*01\.01\.02 begins/);
  const tmux = tmuxOf(crew);
  expect(tmux.run("list-windows", "-a", "-F", "#{session_name} #{window_name}").split("\n").toSorted()).toEqual([
    expect.stringMatching(/-app\/001-login 01\.01\.01$/),
    expect.stringMatching(/-app\/001-login 01\.01\.02$/),
    expect.stringMatching(/-app\/001-login conductor$/),
  ]);
  expect(tmux.run("show-environment", "-g")).not.toContain("INCR_LEASE_ID");
  await pane.close();
  writeFileSync(join(crew.dir, "go"), "");
  await waitFor("the batch to be merged", () => readLog(crew).includes('"ended"'));
  expect(events(readLog(crew)).at(-1)).toMatchObject({ type: "ended", status: "completed" });
  for (const thread of ["01.01.01", "01.01.02"]) expect(crew.records(thread)).toMatchObject([{ status: "completed" }]);
  await waitFor("tmux to end", () => {
    try {
      tmux.run("has-session");
      return false;
    } catch {
      return true;
    }
  });
});

/** Both threads of the first batch at work, in windows. */
async function openWindows() {
  const crew = await openStreamCrew();
  for (const thread of ["01.01.01", "01.01.02"]) {
    const wait = { run: `until [ -e '${crew.dir}/go' ]; do sleep 0.02; done` };
    crew.script(thread, [{ run: `echo ${thread} > ${thread}.txt` }, wait, { say: "ok" }]);
  }
  await crew.term.ok("work multi --batch 1.1 --tmux --detach");
  await waitFor("both agents to be at work", () => crew.starts().length === 2);
  const tmux = tmuxOf(crew);
  const paneOf = (window: string) =>
    tmux
      .run("list-panes", "-a", "-F", "#{window_name} #{pane_id} #{pane_pid}")
      .split("\n")
      .map((line) => line.split(" "))
      .find(([name]) => name === window) ?? [];
  return { crew, tmux, paneOf, go: () => writeFileSync(join(crew.dir, "go"), "") };
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function untilEnded(crew: StreamCrew): Promise<any> {
  return await waitFor("the end", () => events(readLog(crew)).find(({ type }) => type === "ended"));
}

test("settles a thread whose window is closed; its sibling goes on", async () => {
  const { crew, tmux, paneOf, go } = await openWindows();
  tmux.run("kill-pane", "-t", paneOf("01.01.01")[1] ?? "");
  await waitFor("the thread to be settled", () => crew.records("01.01.01")[0]?.status === "interrupted");
  go();
  expect(await untilEnded(crew)).toMatchObject({ status: "failed", next: "work fix" });
  expect(crew.records("01.01.02")).toMatchObject([{ status: "completed" }]);
  expect(crew.starts().filter(({ pid }) => isAlive(pid))).toEqual([]);
  const { rescue } = (await crew.agents()).find((one: any) => one.thread_id === "01.01.01");
  expect(await crew.git(["show", `${rescue}:01.01.01.txt`])).toBe("01.01.01");
  // What failed can still be read there.
  expect(paneOf("conductor")).toHaveLength(3);
});

test("settles everything when the server of tmux is killed", async () => {
  const { crew, tmux } = await openWindows();
  process.kill(Number(tmux.run("display-message", "-p", "#{pid}")), "SIGKILL");
  await waitFor("both threads to be settled", () =>
    ["01.01.01", "01.01.02"].every((thread) => crew.records(thread)[0]?.status === "interrupted"),
  );
  await waitFor("the agents to be gone", () => crew.starts().every(({ pid }) => !isAlive(pid)));
  expect(crew.state().opencode_sessions).toEqual({});
});

test("lets threads come to their end whose conductor is killed, and goes on from there", async () => {
  const { crew, paneOf, go } = await openWindows();
  process.kill(Number(paneOf("conductor")[2]), "SIGKILL");
  const joined = crew.term.start("work multi --batch 1.1 --json");
  await waitFor("it to wait", () => joined.stdout().includes("batch_began"));
  go();
  expect((await joined.finished).code).toBe(0);
  expect(crew.starts()).toHaveLength(2);
  for (const thread of ["01.01.01", "01.01.02"]) expect(crew.records(thread)).toMatchObject([{ status: "completed" }]);
});

test("notices that a supervisor was killed with its agent", async () => {
  const { crew, paneOf, go } = await openWindows();
  const { process: identity } = Object.values<any>(crew.state().opencode_sessions).find(
    (one: any) => one.thread_id === "01.01.01",
  );
  process.kill(Number(paneOf("01.01.01")[2]), "SIGKILL");
  process.kill(identity.child_pid, "SIGKILL");
  go();
  expect(await untilEnded(crew)).toMatchObject({ status: "failed", next: "work fix" });
  expect(crew.records("01.01.01")).toMatchObject([{ status: "interrupted" }]);
  expect(crew.records("01.01.02")).toMatchObject([{ status: "completed" }]);
});

test("waits for an agent whose supervisor was killed, and does not believe what nobody heard", async () => {
  const { crew, paneOf, go } = await openWindows();
  process.kill(Number(paneOf("01.01.01")[2]), "SIGKILL");
  await waitFor("it to be noticed", () =>
    tmuxOf(crew)
      .run("capture-pane", "-p", "-t", paneOf("conductor")[1] ?? "")
      .includes("goes on"),
  );
  go();
  expect(await untilEnded(crew)).toMatchObject({ status: "failed", next: "work fix" });
  expect(crew.records("01.01.01")).toMatchObject([{ status: "interrupted", sessionId: expect.any(String) }]);
  expect(crew.records("01.01.02")).toMatchObject([{ status: "completed" }]);
  expect(events(readLog(crew)).filter(({ type }) => type === "thread_ended")).toHaveLength(2);
});

test("leaves the threads alone when only the watching is interrupted, and ends them with --stop", async () => {
  const crew = await openStreamCrew();
  for (const thread of ["01.01.01", "01.01.02"]) crew.script(thread, [{ stay: true }]);
  const pane = await openPane(["bash", "--norc"], { cwd: crew.root, env: crew.term.env });
  await pane.enter('work multi --batch 1.1; echo "=$?"');
  await waitFor("both agents to be at work", () => crew.starts().length === 2);
  tmuxOf(crew);
  await pane.press("C-c");
  expect(await pane.see(/=130/)).toContain("it goes on: ");
  expect(crew.starts().filter(({ pid }) => isAlive(pid))).toHaveLength(2);
  await crew.term.ok("work multi --stop");
  expect(crew.starts().filter(({ pid }) => isAlive(pid))).toEqual([]);
  for (const thread of ["01.01.01", "01.01.02"])
    expect(crew.records(thread)).toMatchObject([{ status: "interrupted" }]);
});
