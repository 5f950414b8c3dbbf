/** One run of one thread of a stream, from its reservation to its end: the agent session is what is true of it, `tasks.json` follows. */
import type { LoggedEvent } from "../../domain/agent/event.ts";
import { IncrError } from "../../domain/error.ts";
import type { ActiveAgentSession, FinishedAgentSession } from "../../domain/records.ts";
import { resumePrompt, retryPrompt } from "../../domain/stream/rerun.ts";
import { runId, runOf } from "../../domain/stream/run.ts";
import { threadState, type ThreadStatus } from "../../domain/stream/thread-state.ts";
import type { CaughtSignals } from "../../ports/runner.ts";
import type { RescueInfo } from "../../ports/worktrees.ts";
import { openAgentInterface } from "../agent/interface.ts";
import { choosePlace } from "../agent/place.ts";
import { resumeAgent } from "../agent/resume.ts";
import { runAgent, type AgentResult } from "../agent/run.ts";
import type { Limits } from "../agent/supervise.ts";
import { ensureRepo } from "../repository.ts";
import type { ThreadApp } from "./stream-branch.ts";
import type { OpenStream } from "./streams.ts";
import { chooseAgent, type WantedAgent } from "./thread-agent.ts";
import { placeThread } from "./thread-branch.ts";
import { prepareErrand, viewThread, type Errand } from "./thread-errand.ts";
import { trackRun, type RunTracker } from "./thread-runs.ts";

export interface ThreadRequest extends WantedAgent {
  /** `01.02.03` */
  thread: string;
  /**
   * `start`: for the first time. `resume`: in the same conversation, with branch and files as they were left. `retry`: from where the thread began; what the
   * earlier attempts did is set aside.
   */
  mode: "start" | "resume" | "retry";
  /** The agent's own interface on this terminal. */
  interactive?: boolean;
  /** In the caller's folder rather than in a workspace and on a branch of the thread's own. */
  inPlace?: boolean;
  /** Said to the agent beside what it is told anyway; for `resume` and `retry`. */
  note?: string | undefined;
  /** Begin although not everything is approved; that is recorded. */
  force?: boolean;
  /** The caller has seen to the approvals. */
  approved?: boolean;
  /** What tells it to stop; without it the signals that we get. */
  signals?: CaughtSignals | undefined;
  fullAccess?: boolean;
  limits?: Partial<Limits>;
  onEvent?(event: LoggedEvent): void;
  /** Called once the run is recorded, before the agent is started. */
  onStart?(session: ActiveAgentSession): void;
}

export interface ThreadResult {
  thread: string;
  name: string;
  /** Our id of the run. */
  run: string;
  /** What this run came to, as `tasks.json` has it. */
  outcome: "completed" | "failed" | "interrupted";
  /** How the thread stands now. */
  status: ThreadStatus;
  session: FinishedAgentSession;
  branch: string | null;
  commits: number;
  rescue: RescueInfo | null;
  /** Why its workspace is set aside. */
  attention: string | null;
  /** The agent's own, and never 0 unless the run completed. */
  exit_code: number;
  failure: IncrError | null;
}

/**
 * Whatever ends it while we live is a result; what ends us with it is settled by the next command.
 * @throws IncrError `rule` if it is not approved, has run already (`start`) or is completed; `held` while it runs; `conflict` if somebody was faster; `not_found`;
 * what taking a workspace, starting and resuming an agent throw. Nothing is changed then
 */
export async function runThread(app: ThreadApp, stream: OpenStream, request: ThreadRequest): Promise<ThreadResult> {
  const repo = await ensureRepo(app);
  const errand = await prepareErrand(app, stream, repo, request);
  const { planned, earlier } = errand;
  const tracker = trackRun(app, stream.files, earlier);
  let current: ActiveAgentSession | null = null;
  const follow = async (session: ActiveAgentSession) => {
    current = session;
    tracker.note(session);
    await tracker.settled();
    request.onStart?.(session);
  };
  const onEvent = (event: LoggedEvent) => {
    if (current !== null) current = noteEvent(tracker, current, event);
    request.onEvent?.(event);
  };
  const watch = request.interactive === true ? watchConversation(app, tracker, () => current) : null;
  let result: AgentResult;
  try {
    result = await carryOutThread(app, errand, { ...request, onStart: follow, onEvent });
  } finally {
    watch?.stop();
    await tracker.settled();
  }
  const { session, failure, branch, commits, rescue, attention } = result;
  tracker.note(session);
  await tracker.settled();
  const { outcome, status } = judge(app, stream, session, errand);
  return {
    thread: planned.id,
    name: planned.thread.name,
    run: runId(session),
    outcome,
    status,
    session,
    branch,
    commits,
    rescue,
    attention,
    exit_code: outcome === "completed" ? 0 : result.exit_code === 0 ? 1 : result.exit_code,
    failure,
  };
}

type Hooks = Pick<ThreadRequest, "onEvent"> & { onStart(session: ActiveAgentSession): Promise<void> };

async function carryOutThread(
  app: ThreadApp,
  { stream, repo, planned, tasks, earlier, last, prompt, admit }: Errand,
  request: Omit<ThreadRequest, "onStart"> & Hooks,
): Promise<AgentResult> {
  const { id } = planned;
  const { mode, note, interactive, onStart, onEvent, limits, signals, fullAccess = false } = request;
  const isSame = mode === "resume";
  const chosen = await chooseAgent(app, request, {
    assigned: tasks.find(({ agent }) => agent !== null)?.agent ?? null,
    last,
  });
  const { harness, model, extra, name } = chosen;
  const thread = {
    stream_id: stream.entry.id,
    thread_id: id,
    title: planned.thread.name,
    ...(name === undefined ? {} : { agent_name: name }),
  };
  const common = {
    ...(model === undefined ? {} : { model }),
    fullAccess,
    assignment: { thread, admit },
    onStart,
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(limits === undefined ? {} : { limits }),
    ...(signals === undefined ? {} : { signals }),
  };
  if (isSame && last !== undefined) {
    const open = tasks.filter(({ status }) => status !== "completed" && status !== "cancelled");
    const words = interactive === true ? null : resumePrompt(id, last, open, note);
    return await resumeAgent(app, { ...common, id: last.id, prompt: words }).catch((error: unknown) => {
      throw withRetry(error, id);
    });
  }
  const own = request.inPlace === true ? null : await placeThread(app, stream, id, earlier);
  const place = own === null ? await choosePlace(app, repo, true) : own.place;
  const words = last === undefined ? prompt : retryPrompt(prompt, { last, kept: own?.kept ?? [], note });
  const start = { ...common, harness, place, prompt: words };
  if (interactive === true) return await openAgentInterface(app, start);
  return await runAgent(app, { ...start, ...(extra === undefined ? {} : { extra }) });
}

/** What cannot be gone on with can be begun again. */
function withRetry(error: unknown, id: string): unknown {
  if (!(error instanceof IncrError) || !["not_found", "rule", "conflict"].includes(error.code)) return error;
  return new IncrError(error.code, error.message, {
    hint: `work fix --thread ${id} --retry begins it again`,
    data: { ...error.data, thread: id },
    cause: error,
  });
}

/** What the agent says of itself, as it comes. */
function noteEvent(tracker: RunTracker, session: ActiveAgentSession, event: LoggedEvent): ActiveAgentSession {
  if (event.type !== "conversation" && event.type !== "model") return session;
  const known =
    event.type === "model"
      ? { ...session, model: event.model }
      : // Another conversation than the one that was asked for is for the verdict.
        { ...session, agent_session_id: session.agent_session_id ?? event.agent_session_id };
  // The model alone is no reason to write: it is written with what comes next, at the latest with the end.
  if (known.agent_session_id !== session.agent_session_id) tracker.note(known);
  return known;
}

const LOOK_EVERY_MS = 500;

/** An interface at a terminal tells nothing to us, but its plugin writes the conversation into the session's record. */
function watchConversation(
  app: ThreadApp,
  tracker: RunTracker,
  current: () => ActiveAgentSession | null,
): { stop(): void } {
  let noted: string | null = null;
  const timer = setInterval(() => {
    const session = current();
    if (session === null || noted !== null) return;
    void app.store
      .read(async (tx) => await tx.find("opencode_sessions", `${session.repo}/${session.id}`))
      .then((found) => {
        if (found?.status !== "active" || typeof found.agent_session_id !== "string" || noted !== null) return;
        noted = found.agent_session_id;
        tracker.note(found);
      })
      .catch(() => {});
  }, LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}

/** By what stands in `tasks.json`, and by the session alone where that cannot be read. */
function judge(
  app: ThreadApp,
  stream: OpenStream,
  session: FinishedAgentSession,
  { planned, tasks, earlier }: Errand,
): Pick<ThreadResult, "outcome" | "status"> {
  const end = runOf(session).end?.status ?? "failed";
  let now = tasks;
  try {
    now = viewThread({ ...app, warn: () => {} }, stream, planned.id, [...earlier, session]);
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    return { outcome: end, status: end };
  }
  const state = threadState(now);
  const record = state.sessions.find((one) => one.runId === runId(session));
  const outcome = record === undefined || record.status === "running" ? end : record.status;
  return { outcome, status: state.status };
}
