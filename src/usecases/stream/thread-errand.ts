/** What has to be so before a thread is run, and what its run goes by. */
import { IncrError } from "../../domain/error.ts";
import type { AgentSession, FinishedAgentSession } from "../../domain/records.ts";
import { requireEnded } from "../../domain/agent/session.ts";
import { formatPartId } from "../../domain/stream/id.ts";
import { groupByThread, listThreads, type PlannedThread } from "../../domain/stream/tasks/outline.ts";
import type { Task } from "../../domain/stream/tasks/record.ts";
import { threadState } from "../../domain/stream/thread-state.ts";
import type { Assignment } from "../agent/place.ts";
import { findUnmergedBefore } from "./merge-batch.ts";
import type { ThreadRequest } from "./run-thread.ts";
import { findBatchBefore, requireMayBegin } from "./start-gate.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { requirePlan, requireTasksFile, viewTasks, type OpenStream } from "./streams.ts";
import { listThreadRuns, requireIdle, sightOf, tellRuns } from "./thread-runs.ts";

/** A run of a thread that nothing stands against. */
export interface Errand {
  stream: OpenStream;
  repo: string;
  planned: PlannedThread;
  tasks: readonly Task[];
  /** Its runs until now. */
  earlier: readonly AgentSession[];
  last: FinishedAgentSession | undefined;
  prompt: string;
  /** Part of the transaction that records the run. */
  admit: Assignment["admit"];
}

/** Everything that can be refused without having changed anything. @throws IncrError `rule`, `not_found`, `held` */
export async function prepareErrand(
  app: ThreadApp,
  stream: OpenStream,
  repo: string,
  { thread: id, mode, force, approved }: ThreadRequest,
): Promise<Errand> {
  const planned = listThreads(requirePlan(stream)).find((one) => one.id === id);
  if (planned === undefined) {
    throw new IncrError("not_found", `there is no thread ${id}`, { hint: "work tree", data: { id } });
  }
  const key = { repo, stream: stream.entry.id, thread: id };
  const earlier = await app.store.read(async (tx) => await listThreadRuns(tx, key));
  requireIdle(earlier, id);
  const tasks = viewThread(app, stream, id, earlier);
  requireFitting(id, mode, tasks, earlier);
  const unmerged = findUnmergedBefore(app, stream, planned);
  if (unmerged !== null && force !== true) throw unmerged;
  if (approved !== true) {
    const beginning = { stage: planned.stage.number, overruled: unmerged?.message };
    await requireMayBegin(app, stream, beginning, force === true);
    // What has begun before had its turn, and goes on from there
    if (mode === "start") await tellTurn(app, stream, planned);
  }
  const prompt = stream.files.read(`prompts/${id}.md`);
  if (prompt === null || prompt.trim() === "") {
    throw new IncrError("not_found", `there is no prompt for thread ${id}`, {
      hint: "work approve tasks writes it",
      data: { path: `${stream.files.path}/prompts/${id}.md` },
    });
  }
  const sight = sightOf(earlier);
  const admit: Assignment["admit"] = async (tx) => {
    const now = await listThreadRuns(tx, key);
    requireIdle(now, id);
    if (sightOf(now) === sight) return;
    throw new IncrError("conflict", `thread ${id} was run by somebody else just now`, {
      hint: "work status",
      data: { thread: id },
    });
  };
  const last = earlier.at(-1);
  return {
    stream,
    repo,
    planned,
    tasks,
    earlier,
    last: last === undefined ? undefined : requireEnded(last),
    prompt,
    admit,
  };
}

/** Whoever asks for one thread by name gets it, and hears what it has to do without. */
async function tellTurn(app: ThreadApp, stream: OpenStream, { stage, batch }: PlannedThread): Promise<void> {
  const before = await findBatchBefore(app, stream, formatPartId([stage.number, batch.number]));
  if (before === null) return;
  app.warn({
    code: "out_of_turn",
    message: `batch ${before} comes first, and is not done: what it does is not there yet`,
    data: { batch: before },
  });
}

/** The thread's tasks with all that is known of its runs, whether it could be written down or not. */
export function viewThread(app: ThreadApp, { files }: OpenStream, id: string, runs: readonly AgentSession[]): Task[] {
  const file = tellRuns(requireTasksFile(files.readTasks()), runs, app.now());
  return groupByThread(viewTasks(app, file)).get(id) ?? [];
}

function requireFitting(
  id: string,
  mode: ThreadRequest["mode"],
  tasks: readonly Task[],
  earlier: readonly AgentSession[],
): void {
  const state = threadState(tasks);
  const data = { thread: id, status: state.status };
  if (tasks.length === 0) {
    throw new IncrError("rule", `thread ${id} has no tasks yet`, {
      hint: "write them into TASKS.md, then work approve tasks",
      data,
    });
  }
  if (state.status === "completed" || state.status === "cancelled") {
    throw new IncrError("rule", `thread ${id} is ${state.status}, and does not run again`, {
      hint: "work status",
      data,
    });
  }
  if (mode === "start" && earlier.length > 0) {
    throw new IncrError("rule", `thread ${id} has run already, and is ${state.status.replace("_", " ")}`, {
      hint: `work fix --thread ${id} --resume, or --retry`,
      data,
    });
  }
  if (mode !== "start" && earlier.length === 0) {
    throw new IncrError("rule", `no run of thread ${id} is known here`, {
      hint: `work execute --thread ${id}`,
      data,
    });
  }
}
