/** Starting a thread of a batch: in this process, or in a terminal of its own where a supervisor of ours watches over it. */
import { IncrError } from "../../domain/error.ts";
import type { LoggedEvent } from "../../domain/agent/event.ts";
import { harnessOf } from "../../domain/agent/session.ts";
import type { ActiveAgentSession, FinishedAgentSession } from "../../domain/records.ts";
import type { ConductEvent, ConductNews } from "../../domain/stream/conduct.ts";
import { runId, runOf } from "../../domain/stream/run.ts";
import type { PlannedThread } from "../../domain/stream/tasks/outline.ts";
import type { Conduct, ConductLog, Terminals } from "../../ports/conduct.ts";
import type { CaughtSignals } from "../../ports/runner.ts";
import { findRepoSlug } from "../repository.ts";
import { settle } from "../settle.ts";
import { timed, type ThreadNews } from "./conduct.ts";
import { runThread, type ThreadRequest, type ThreadResult } from "./run-thread.ts";
import type { ThreadApp } from "./stream-branch.ts";
import type { OpenStream } from "./streams.ts";
import { listThreadRuns, mergeRuns } from "./thread-runs.ts";
import { watchUnwatched } from "./unwatched.ts";

/** The world of those who carry out batches. */
export type ConductApp = ThreadApp & { conduct: Conduct };

/** What is said of all threads of a batch. */
export type ThreadWish = Pick<
  ThreadRequest,
  "agent" | "harness" | "model" | "fullAccess" | "limits" | "inPlace" | "signals"
>;

interface Here {
  tell(news: ConductNews): void;
  onEvent?(event: LoggedEvent): void;
}

/** In this process, which ends it when it is told to stop. Whoever asks has seen to the approvals. */
export async function runHere(
  app: ThreadApp,
  stream: OpenStream,
  { id, thread: { name } }: PlannedThread,
  wish: ThreadWish,
  { tell, onEvent }: Here,
): Promise<ThreadNews> {
  const news = await runThread(app, stream, {
    ...wish,
    thread: id,
    mode: "start",
    approved: true,
    onStart: (session) => tell(began(session)),
    ...(onEvent === undefined ? {} : { onEvent }),
  }).then(
    (result): ThreadNews => endOf(result.session, result),
    (error: unknown): ThreadNews => {
      if (!(error instanceof IncrError)) throw error;
      return { type: "thread_refused", thread: id, name, code: error.code, message: error.message };
    },
  );
  tell(news);
  return news;
}

interface InPane {
  terminals: Terminals;
  log: ConductLog;
  signals: CaughtSignals;
  /** The words that make this program run the thread there. */
  words: readonly string[];
  /** What happens to the thread, once it stands in the log. */
  onNews(event: ConductEvent): void;
}

const LOOK_EVERY_MS = 100;
/** Looking for what has died costs more than looking into the log. */
const SETTLE_EVERY_MS = 1000;

/** In a window of its own. What happens there is told through the log, by whoever watches over the agent there; if that is killed, by us. */
export async function runInPane(
  app: ThreadApp,
  stream: OpenStream,
  { id, thread: { name } }: PlannedThread,
  { terminals, log, signals, words, onNews }: InPane,
): Promise<ThreadNews> {
  const begin = app.now().toISOString();
  let { next } = log.read();
  const pane = await terminals.add(id, words).catch((error: unknown) => {
    if (!(error instanceof IncrError)) throw error;
    return error;
  });
  if (pane instanceof IncrError)
    return tell({ type: "thread_refused", thread: id, name, code: pane.code, message: pane.message });
  const supervisor = app.processes.identify(pane.pid);
  const watch = watchUnwatched(app);
  let stopped = false;
  for (;;) {
    const gone = supervisor === undefined || app.processes.stateOf(supervisor) !== "alive";
    const read = log.read(next);
    ({ next } = read);
    for (const event of read.events) if ("thread" in event && event.thread === id) onNews(event);
    const ends = read.events.filter((event) => event.type === "thread_ended" || event.type === "thread_refused");
    const end = ends.find(({ thread }) => thread === id);
    if (end !== undefined) {
      // What went well needs no looking at.
      if (end.type === "thread_ended" && end.outcome === "completed") await terminals.close(pane);
      return end;
    }
    const interrupted = signals.interruptedBy() !== null;
    if (gone) {
      const news = await readEnd(interrupted);
      if (news !== null) return tell(news);
      await app.pause(SETTLE_EVERY_MS);
    } else if (interrupted && !stopped) {
      stopped = true;
      app.processes.tell(supervisor, "SIGTERM");
    }
    await app.pause(LOOK_EVERY_MS);
  }

  function tell(news: ThreadNews): ThreadNews {
    const event = timed(news, app.now());
    log.append(event);
    onNews(event);
    return news;
  }

  /** Its supervisor was killed before it could say anything. Null while its agent goes on all the same. */
  async function readEnd(stop: boolean): Promise<ThreadNews | null> {
    await settle(app);
    await mergeRuns(app, stream);
    const repo = (await findRepoSlug(app)) ?? "";
    const runs = await app.store.read(
      async (tx) => await listThreadRuns(tx, { repo, stream: stream.entry.id, thread: id }),
    );
    const last = runs.at(-1);
    if (last === undefined || last.updated_at < begin) {
      const message = "its terminal was closed before it began";
      return { type: "thread_refused", thread: id, name, code: "interrupted", message };
    }
    if (last.status !== "active") return endOf(last, null);
    await watch(last, stop);
    return null;
  }
}

function began(session: ActiveAgentSession): Extract<ConductNews, { type: "thread_began" }> {
  return {
    type: "thread_began",
    thread: session.thread_id ?? "",
    name: session.title ?? "",
    agent_session: session.id,
    agent: session.agent_name ?? null,
    harness: harnessOf(session),
    workspace: session.workspace_name ?? null,
    branch: session.branch ?? null,
  };
}

/** By the session alone where nobody has the result. */
function endOf(
  session: FinishedAgentSession,
  result: ThreadResult | null,
): Extract<ConductNews, { type: "thread_ended" }> {
  const outcome = result?.outcome ?? runOf(session).end?.status ?? "interrupted";
  return {
    type: "thread_ended",
    thread: session.thread_id ?? "",
    name: session.title ?? "",
    outcome,
    status: result?.status ?? outcome,
    run: runId(session),
    exit_code: session.exit_code ?? null,
    message: session.status === "completed" ? null : (session.message ?? null),
    branch: session.branch_removed === true ? null : (session.branch ?? null),
    commits: result?.commits ?? 0,
    rescue: session.rescue ?? null,
  };
}
