/** Starting a test command: a shell line in a process group of its own, whose output is told as it comes. */
import type { Readable } from "node:stream";
import { IncrError } from "../domain/error.ts";
import { ChildStartError, startChild } from "../process/child.ts";
import type { RunningTest, TestLaunch } from "../ports/jobs.ts";

/** How long output is waited for after the end: what it left running in the background may keep its streams open. */
const DRAIN_MS = 500;

/** @throws IncrError `command_failed` if there is no shell or no folder */
export async function startTest(launch: TestLaunch, env: NodeJS.ProcessEnv): Promise<RunningTest> {
  const { command, cwd, onOutput } = launch;
  const child = await startChild("sh", ["-c", command], {
    cwd,
    env: { ...env, PWD: cwd, ...launch.env },
    stdio: ["ignore", "pipe", "pipe"],
    // A key that is pressed at our terminal is ours to judge.
    detached: true,
  }).catch((error: unknown) => {
    if (!(error instanceof ChildStartError)) throw error;
    throw new IncrError("command_failed", `${command} could not be started in ${cwd}: ${error.errno}`, {
      hint: "check that the folder is there",
      data: { command, cwd, errno: error.errno },
      cause: error,
    });
  });
  const output = Promise.all([child.stdout, child.stderr].map((stream) => tellChunks(stream, onOutput)));
  const ended = new Promise<Awaited<RunningTest["ended"]>>((resolve) => {
    child.once("exit", (code, signal) => {
      const patience = new Promise((done) => setTimeout(done, DRAIN_MS).unref());
      void Promise.race([output, patience]).then(() => {
        for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        resolve({ code, signal });
      });
    });
  });
  return { pid: child.pid ?? 0, ended };
}

/** Tells whole lines, as many at once as have come; the last one too if it has no end. */
function tellChunks(stream: Readable | null, tell: (text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (stream === null) return resolve();
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      rest += chunk;
      const end = rest.length > LONGEST_LINE ? rest.length : rest.lastIndexOf("\n") + 1;
      if (end > 0) tell(rest.slice(0, end));
      rest = rest.slice(end);
    });
    stream.once("error", () => resolve());
    stream.once("close", () => {
      if (rest !== "") tell(rest);
      resolve();
    });
  });
}

const LONGEST_LINE = 64 * 1024;
