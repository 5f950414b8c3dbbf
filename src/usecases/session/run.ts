/** One command as one attempt at a todo: start, run it in the workspace, end by its exit code. Settles in every case that leaves us alive. */
import { recordKey, type AcquiredWorkspace, type ActiveSession } from "../../domain/records.ts";
import { recordedExitCode } from "../../domain/session.ts";
import { IncrError } from "../../domain/error.ts";
import { requireLease } from "../../domain/workspace.ts";
import type { CaughtSignals, CommandEnd } from "../../ports/runner.ts";
import type { App } from "../app.ts";
import { leaseEnvironment } from "../lease.ts";
import { endSession, type Ending, type Outcome } from "./end.ts";
import { startSession, type Started } from "./start.ts";

export interface RunRequest {
  /** Id of the todo, or a prefix. */
  todo?: string;
  /** Instead of `todo`: make one with this title first. */
  title?: string;
  topic?: string;
  rev?: string;
  /** The command and its arguments, untouched. */
  argv: readonly [string, ...string[]];
}

export interface RunResult extends Ending {
  /** What a shell would show for the command: its own code, 128 + signal, 127 if there is no such program, 126 if it cannot be run. */
  exit_code: number;
  /** Why the command could not be started. */
  failure: IncrError | null;
}

/** @throws what `startSession` throws; once there is a session, its end is a result */
export async function runSession(app: App, request: RunRequest): Promise<RunResult> {
  return await app.runner.catchSignals(async (signals) => {
    const { argv, ...wanted } = request;
    const started = await startSession(app, { ...wanted, topic: request.topic ?? argv.join(" "), kind: "process" });
    await app.step("run:started");
    const { session } = started;
    let end: CommandEnd;
    try {
      end = await runCommand(app, request, started, signals);
    } catch (error) {
      if (!(error instanceof IncrError)) throw error;
      const exit_code = error.data["errno"] === "ENOENT" ? 127 : 126;
      const outcome: Outcome = { status: "failed", reason: "start_failed", exit_code };
      return { ...(await endSession(app, { session, outcome, mode: "always" })), exit_code, failure: error };
    }
    // A signal to the whole group may be delivered to the command, and its end to us, before our own share of it.
    await app.pause(end.code === 0 ? 0 : 30);
    await app.step("run:ended");
    const outcome = judge(end, signals);
    const ending = await settled(app, session, async () => await endSession(app, { session, outcome, mode: "always" }));
    return { ...ending, exit_code: exitCodeOf(outcome), failure: null };
  });
}

/** A disk that is full, or a lock that is not freed, keeps the end from being written down; what the command has left stays where it is then. */
async function settled(app: App, session: ActiveSession, end: () => Promise<Ending>): Promise<Ending> {
  try {
    return await end();
  } catch (error) {
    app.notify({
      code: "not_settled",
      message: `the command has ended, and the end of session ${session.id} could not be written down; the next command does it`,
      data: { session_id: session.id },
    });
    throw error;
  }
}

/** A command that was told to stop and ended well has not succeeded. */
function exitCodeOf({ status, exit_code = 0, signal }: Outcome): number {
  return status === "failed" && exit_code === 0 && signal !== undefined
    ? 128 + (STOP_NUMBERS[signal] ?? 15)
    : exit_code;
}

const STOP_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

async function runCommand(
  app: App,
  request: RunRequest,
  { session, workspace, lease }: Started,
  signals: CaughtSignals,
): Promise<CommandEnd> {
  // Signals that have come are only noted when the event loop looks for events, which it does between two timers and not always before the first.
  await app.pause(0);
  await app.pause(0);
  const interruptedBy = signals.interruptedBy();
  if (interruptedBy !== null) {
    // Told to stop before there was anything to pass it on to.
    return { code: null, signal: interruptedBy, signalNumber: STOP_NUMBERS[interruptedBy] ?? 15 };
  }
  const [file, ...args] = request.argv;
  const env = leaseEnvironment({
    lease_id: lease.lease_id,
    path: workspace.path,
    session_id: session.id,
    todo_id: session.todo_id,
    ...(lease.port === undefined ? {} : { port: lease.port }),
  });
  return await app.runner.command({
    file,
    args,
    cwd: workspace.path,
    env,
    signals,
    onStart: async (pid) => await recordChild(app, workspace, lease.lease_id, pid),
  });
}

/** Puts the child beside its owner in the lease: if we die, the lease lives on with the child. */
async function recordChild(app: App, workspace: AcquiredWorkspace, leaseId: string, pid: number): Promise<void> {
  const child = app.processes.identify(pid);
  if (child === undefined) return;
  const key = recordKey(workspace.repo, workspace.name);
  try {
    await app.store.transact(async (tx) => {
      const held = requireLease(await tx.find("workspaces", key), leaseId);
      const process = held.lease?.process;
      if (held.lease === undefined || process === undefined) return;
      const owner = { ...process, child_pid: child.pid, child_started_at: child.started_at };
      await tx.put("workspaces", key, { ...held, lease: { ...held.lease, process: owner } });
    });
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    // The child runs and carries the lease in its environment, which protects it as well.
    app.notify({ code: "child_not_recorded", message: `the command's process was not recorded: ${error.message}` });
  }
}

function judge(end: CommandEnd, signals: CaughtSignals): Outcome {
  const exit_code = recordedExitCode(end.code, end.signalNumber);
  const signal = end.signal ?? undefined;
  // A key that was typed has interrupted the command if it ended of that; shells report such an end as 128 + signal.
  const typed = signals.typed().find((name) => name === signal || 128 + (STOP_NUMBERS[name] ?? 0) === exit_code);
  const interruptedBy = signals.interruptedBy() ?? typed;
  if (interruptedBy !== undefined)
    return { status: "failed", reason: "interrupted", exit_code, signal: signal ?? interruptedBy };
  if (signal !== undefined) return { status: "failed", reason: "signal", exit_code, signal };
  if (exit_code === 0) return { status: "completed", exit_code };
  return { status: "failed", reason: "exit", exit_code };
}
