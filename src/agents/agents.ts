/** The port `Agents` on this machine. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { IncrError } from "../domain/error.ts";
import { ChildStartError, startChild } from "../process/child.ts";
import type { AgentLaunch, Agents, Harness, RunningAgent } from "../ports/agents.ts";
import { findConversation, findModel, hasConversation } from "./conversations.ts";
import { findHarness } from "./harnesses.ts";
import { openAgentLog } from "./log.ts";
import { makeConversation, moveConversation } from "./opencode-store.ts";
import { tellLines } from "./lines.ts";

export interface AgentsOptions {
  /** Environment of the agents, before what a launch adds. */
  env: NodeJS.ProcessEnv;
  stateDir: string;
  now(): Date;
}

/** What an agent sets for its tools: an agent that is started from such a tool must not take itself for that one. */
const FOREIGN =
  /^(?:CLAUDECODE|CLAUDE_CODE_(?:SESSION_ID|ENTRYPOINT|CHILD_SESSION|EXECPATH)|CLAUDE_PID|CODEX_(?:SESSION_ID|THREAD_ID|SANDBOX\w*)|OPENCODE|OPENCODE_(?:PID|SESSION_ID|RUN_ID)|AGENT)$/;

/** How long output is waited for after the end: what an agent left running in the background may keep its streams open. */
const DRAIN_MS = 500;

export function createAgents({ env: inherited, stateDir, now }: AgentsOptions): Agents {
  const env = Object.fromEntries(Object.entries(inherited).filter(([name]) => !FOREIGN.test(name)));

  async function start(launch: AgentLaunch): Promise<RunningAgent> {
    const { harness, command, cwd } = launch;
    const child = await startChild(harness.program, command.args, {
      cwd,
      env: { ...env, PWD: cwd, ...command.env, ...launch.env },
      stdio: ["pipe", "pipe", "pipe"],
      // A key that is pressed at our terminal is ours to judge.
      detached: true,
    }).catch((error: unknown) => {
      throw startFailure(harness, error);
    });
    const output = Promise.all([
      tellLines(child.stdout, (line) => launch.onLine("stdout", line)),
      tellLines(child.stderr, (line) => launch.onLine("stderr", line)),
    ]);
    const exited = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
    const ended = new Promise<Awaited<RunningAgent["ended"]>>((resolve) => {
      child.once("exit", (code, signal) => {
        const end = { code, signal, signalNumber: signal === null ? null : signalNumber(signal) };
        const patience = new Promise((done) => setTimeout(done, DRAIN_MS).unref());
        void Promise.race([output, patience]).then(() => {
          for (const stream of [child.stdout, child.stderr]) stream?.destroy();
          resolve(end);
        });
      });
    });
    // An agent that does not read to the end tells by its own exit what is wrong.
    child.stdin?.on("error", () => {});
    child.stdin?.end(launch.input);
    return { pid: child.pid ?? 0, exited, ended };
  }

  return {
    find: findHarness,
    isInstalled: (harness) => isOnPath(harness.program, env["PATH"] ?? ""),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    start,
    makeConversation: async (harness, hex, cwd) =>
      harness.staysInFolder ? await makeConversation(harness.program, hex, { cwd, env, now }) : null,
    moveConversation: async (harness, conversation, cwd) =>
      await moveConversation(harness.program, conversation, { cwd, env, now }),
    findConversation: async (harness, cwd, since) => await findConversation(harness, { cwd, since, env, now }),
    hasConversation: (harness, conversation) => hasConversation(harness, conversation, env),
    findModel: (harness, conversation) => findModel(harness, conversation, env),
    log: (file) => openAgentLog(join(stateDir, file)),
  };
}

function signalNumber(signal: NodeJS.Signals): number {
  return process.getBuiltinModule("node:os").constants.signals[signal];
}

/** What people are told when an agent cannot be started. */
function startFailure({ program, name }: Harness, error: unknown): unknown {
  if (!(error instanceof ChildStartError)) return error;
  const why = error.errno === "ENOENT" ? "there is no such program" : error.errno;
  return new IncrError("command_failed", `${program} could not be started: ${why}`, {
    hint: "install it, or choose another agent with --harness",
    data: { harness: name, program, errno: error.errno },
    cause: error,
  });
}

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      const file = join(folder, program);
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
