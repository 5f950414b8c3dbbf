/** What every use-case on workstreams begins with: which one is meant, and its plan. */
import { IncrError } from "../../domain/error.ts";
import type { Notify } from "../../domain/notice.ts";
import { planGate, tasksGate, type ApprovalEvent, type GateState } from "../../domain/stream/approval.ts";
import { requireStream, type StreamEntry, type StreamIndex } from "../../domain/stream/index-record.ts";
import { scanMarkdown } from "../../domain/stream/markdown/scan.ts";
import { parsePlan } from "../../domain/stream/plan/parse.ts";
import { isStreamFolder } from "../../domain/stream/salvage.ts";
import type { Plan } from "../../domain/stream/plan/plan.ts";
import { viewTask, type Task, type TasksFile } from "../../domain/stream/tasks/record.ts";
import type { StreamFiles, Streams } from "../../ports/streams.ts";

/** The part of the world that workstreams need. */
export interface StreamApp {
  now(): Date;
  notify: Notify;
  /** What is wrong and does not stop the work. */
  warn: Notify;
  streams: Streams;
  /** What the person is called in approvals. */
  person: string;
  /** The command line, for what is recorded as forced. */
  command: string;
  /** The folder that the command runs in. */
  cwd: string;
  /** Id of the stream that the caller works on, where an agent carries out a thread of it. */
  stream: string | null;
}

export interface OpenStream {
  entry: StreamEntry;
  files: StreamFiles;
}

/** The stream that is named, else the caller's, else the current one. @throws IncrError `not_found`, `ambiguous`, `rule` if none is current */
export function openNamedStream(app: Pick<StreamApp, "streams" | "stream">, name: string | undefined): OpenStream {
  const index = app.streams.readIndex();
  const entry = name === undefined ? findPresent(app, index) : requireStream(index, name);
  if (entry !== undefined) return { entry, files: app.streams.open(entry) };
  const [first] = index.streams;
  const lost = app.streams.folders().some(isStreamFolder);
  throw new IncrError("rule", nonePresent(index), {
    hint:
      first === undefined
        ? lost
          ? "incr doctor finds those in work/ that work/index.json does not know; or work create --name <name>"
          : "work create --name <name>"
        : `say which: --stream ${first.id}, or work current --set ${first.id}`,
  });
}

/** That there is a stream which a thread without one is of. @param thread as it was typed @throws IncrError `not_found` with what may have been meant */
export function requirePresentStream(app: Pick<StreamApp, "streams" | "stream">, thread: string): void {
  const index = app.streams.readIndex();
  if (findPresent(app, index) !== undefined) return;
  const [first] = index.streams;
  throw new IncrError("not_found", `no thread "${thread}": ${nonePresent(index)}`, {
    hint:
      first === undefined
        ? "incr session list, incr agent list or incr job list"
        : `incr wait ${first.id}/${thread}, or first: work current --set ${first.id}`,
    data: { id: thread },
  });
}

/** The one that the caller carries out a thread of, else the current one. @throws IncrError `not_found` if that is gone */
function findPresent({ stream }: Pick<StreamApp, "stream">, index: StreamIndex): StreamEntry | undefined {
  const own = stream === null ? undefined : index.streams.find(({ id }) => id === stream);
  if (own !== undefined) return own;
  const { current_stream: current } = index;
  return typeof current === "string" && current !== "" ? requireStream(index, current) : undefined;
}

function nonePresent({ streams }: StreamIndex): string {
  return streams.length === 0 ? "there is no workstream yet" : "no workstream is the current one";
}

/** Null if there is no PLAN.md. */
export function findPlan({ files }: OpenStream): Plan | null {
  const source = files.read("PLAN.md");
  return source === null ? null : recallPlan(files, source);
}

/** @throws IncrError `not_found` if there is no PLAN.md */
export function requirePlan(stream: OpenStream): Plan {
  const plan = findPlan(stream);
  if (plan !== null) return plan;
  const { entry, files } = stream;
  throw new IncrError("not_found", `workstream ${entry.id} has no PLAN.md`, {
    hint: `write ${files.path}/PLAN.md`,
    data: { path: `${files.path}/PLAN.md` },
  });
}

/** Without its lines, which only those need who edit it. */
function recallPlan(files: StreamFiles, source: string): Plan {
  const kept = files.recall("PLAN.md", source, (text) => {
    const { source: _source, lines: _lines, ...plan } = parsePlan(text);
    return plan;
  });
  return {
    ...kept,
    source,
    get lines() {
      return scanMarkdown(source).lines;
    },
  };
}

/** @throws IncrError `rule` while there is no tasks.json */
export function requireTasksFile(tasks: TasksFile | null): TasksFile {
  if (tasks !== null) return tasks;
  throw new IncrError("rule", "there are no tasks yet", {
    hint: "work approve plan, fill TASKS.md, then work approve tasks",
  });
}

/** The tasks as they are shown. Records of sessions that cannot be read are named in warnings, and hide nothing else. */
export function viewTasks({ warn }: Pick<StreamApp, "warn">, file: TasksFile): Task[] {
  return file.tasks.map((record) => {
    const { task, damaged } = viewTask(record);
    for (const { task: id, problem } of damaged) {
      warn({
        code: "damaged_session",
        message: `a session record of task ${id} cannot be read, and is left out: ${problem}`,
        data: { task: id },
      });
    }
    return task;
  });
}

export interface Gates {
  plan: GateState;
  tasks: GateState;
}

/** How the approvals stand for the files as they are now. */
export function readGates({ streams }: Pick<StreamApp, "streams">, { entry, files }: OpenStream): Gates {
  const hashOf = (file: string) => {
    const text = files.read(file);
    return text === null ? null : files.recall(`${file} hash`, text, streams.hash);
  };
  const planHash = hashOf("PLAN.md");
  const tasks = tasksGate(entry, planHash, hashOf("TASKS.md"), files.read("tasks.json") !== null);
  return { plan: planGate(entry, planHash), tasks };
}

/** Who approves, and when. */
export function approvalEvent({ person, now }: StreamApp): ApprovalEvent {
  return { by: person, at: now().toISOString() };
}

/** Changes the stream's entry in the index. @throws IncrError `not_found` if it was taken out meanwhile */
export async function changeEntry(
  { streams, now }: Pick<StreamApp, "streams" | "now">,
  id: string,
  change: (entry: StreamEntry) => StreamEntry,
): Promise<StreamEntry> {
  return await streams.changeIndex((index) => {
    const changed = change(requireStream(index, id));
    const entries = index.streams.map((entry) => (entry.id === changed.id ? changed : entry));
    return { value: { ...index, last_updated: now().toISOString(), streams: entries }, result: changed };
  });
}
