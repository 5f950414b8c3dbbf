/** The gates of a stream: plan, tasks, and the result of each stage. What is approved is the content that the files have at that moment. */
import { IncrError } from "../../domain/error.ts";
import {
  approvePlan,
  approveStage,
  approveTasks,
  isGiven,
  recordForce,
  revokeGate,
  stageGate,
  type GateName,
} from "../../domain/stream/approval.ts";
import { formatPartId, isWithin } from "../../domain/stream/id.ts";
import { listConflicts } from "../../domain/stream/merge.ts";
import type { StreamEntry } from "../../domain/stream/index-record.ts";
import type { Diagnostic } from "../../domain/stream/plan/diagnostic.ts";
import type { Plan } from "../../domain/stream/plan/plan.ts";
import { emptyTasksFile, mergeTasks } from "../../domain/stream/tasks/change.ts";
import { approvedTasks, checkTaskList } from "../../domain/stream/tasks/list-check.ts";
import { parseTaskList, type TaskList } from "../../domain/stream/tasks/list-file.ts";
import { completeTaskList, newTaskList } from "../../domain/stream/tasks/list-write.ts";
import { listThreads } from "../../domain/stream/tasks/outline.ts";
import { viewTask, type TasksFile } from "../../domain/stream/tasks/record.ts";
import { updatePrompts } from "./prompts.ts";
import {
  approvalEvent,
  changeEntry,
  openNamedStream,
  readGates,
  requirePlan,
  requireTasksFile,
  viewTasks,
  type StreamApp,
} from "./streams.ts";

export interface Approved {
  stream: string;
  gate: "plan" | "tasks" | "stage";
  /** `01` for a stage. */
  stage: string | null;
  status: "approved" | "revoked";
  /** Absolute paths of what was written. */
  written: string[];
  /** Ids of tasks. */
  added: string[];
  dropped: string[];
  /** What was overruled with --force. */
  forced: string | null;
}

const NOTHING = { written: [], added: [], dropped: [], forced: null };

/** Nobody can know what these plans mean: they are refused whatever is said. */
const NEVER_FORCED = ["placeholder", "duplicate_number", "unclosed", "missing_number", "bad_number"];

/** Approves PLAN.md, and writes or completes TASKS.md. @throws IncrError `rule` with the first error of the plan */
export async function approvePlanOf(app: StreamApp, name: string | undefined, force: boolean): Promise<Approved> {
  const stream = openNamedStream(app, name);
  const { entry, files } = stream;
  return await files.exclusively(async (held) => {
    const plan = requirePlan(stream);
    const errors = plan.diagnostics.filter(({ severity }) => severity === "error");
    const fatal = errors.filter(({ code }) => NEVER_FORCED.includes(code));
    const inTheWay = force ? fatal : errors;
    if (inTheWay.length > 0) throw invalid("PLAN.md", inTheWay, "work validate plan");
    const forced =
      errors.length === 0 ? null : `${errors.length === 1 ? "1 error" : `${errors.length} errors`} in PLAN.md`;

    const old = files.read("TASKS.md");
    const tasks = held.tasks === null ? [] : viewTasks(app, held.tasks);
    const list = old === null ? newTaskList(plan.title ?? entry.id, plan, tasks) : completeTaskList(old, plan, tasks);
    const written = list === old ? [] : [`${files.path}/TASKS.md`];
    held.write("TASKS.md", list);
    if (old !== null && written.length > 0) {
      app.notify({
        code: "tasks_completed",
        message: "TASKS.md was there: the threads that it lacked were added, and nothing else was changed",
      });
    }
    if (old !== null) warnOfNames(app, parseTaskList(list), plan);
    await changeEntry(app, entry.id, (latest) =>
      noteForce(app, approvePlan(latest, approvalEvent(app), app.streams.hash(plan.source)), forced),
    );
    return { stream: entry.id, gate: "plan", stage: null, status: "approved", ...NOTHING, written, forced };
  });
}

/** Reads TASKS.md into tasks.json, and writes a prompt for each thread. @throws IncrError `rule`, `unsafe` */
export async function approveTasksOf(app: StreamApp, name: string | undefined, force: boolean): Promise<Approved> {
  const stream = openNamedStream(app, name);
  const { entry, files } = stream;
  return await files.exclusively(async (held) => {
    const { plan: gate } = readGates(app, stream);
    if (gate.status !== "approved" && !force) {
      const why = gate.status === "changed" ? `${gate.reason} since it was approved` : "the plan is not approved";
      throw new IncrError("rule", why, { hint: "work approve plan", data: { gate: "plan", status: gate.status } });
    }
    const plan = requirePlan(stream);
    const source = files.read("TASKS.md");
    if (source === null)
      throw new IncrError("not_found", "there is no TASKS.md", { hint: "work approve plan writes it" });
    const list = parseTaskList(source);
    const errors = checkTaskList(list, plan).filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw invalid("TASKS.md", errors, `edit ${files.path}/TASKS.md`);
    warnOfNames(app, list, plan);

    const now = app.now().toISOString();
    const approved = approvedTasks(list, plan);
    const { file, added, dropped } = mergeTasks(held.tasks ?? emptyTasksFile(entry.id), approved, now);
    tellAgents(app, held.tasks, file);
    tellRenamed(app, held.tasks, file);
    const prompts = updatePrompts(app, stream, held, plan, approved);
    held.saveTasks(file);
    for (const id of dropped)
      app.notify({
        code: "task_dropped",
        message: `task ${id} is no more in TASKS.md, and was taken out`,
        data: { task: id },
      });
    const forced = gate.status === "approved" ? null : "the plan was not approved";
    const hashes = { tasks: app.streams.hash(source), plan: app.streams.hash(plan.source) };
    await changeEntry(app, entry.id, (latest) =>
      noteForce(app, approveTasks(latest, approvalEvent(app), hashes), forced),
    );
    return {
      stream: entry.id,
      gate: "tasks",
      stage: null,
      status: "approved",
      written: [`${files.path}/tasks.json`, ...prompts],
      added,
      dropped,
      forced,
    };
  });
}

/** Threads are their numbers: where a plan was numbered anew by hand, tasks stand under another thread than they were written for. */
function warnOfNames(app: StreamApp, list: TaskList, plan: Plan): void {
  for (const { severity, line, column, message, fix } of checkTaskList(list, plan)) {
    if (severity !== "warning") continue;
    app.warn({
      code: "other_name",
      message: `TASKS.md:${line}:${column}: ${message}; if its tasks are meant for that, ${fix}`,
      data: { file: "TASKS.md", line, column },
    });
  }
}

/** Threads that were assigned to somebody else than TASKS.md says. */
function tellAgents(app: StreamApp, before: TasksFile | null, after: TasksFile): void {
  const agents = (file: TasksFile | null) =>
    new Map((file?.tasks ?? []).map((record) => viewTask(record).task).map(({ thread, agent }) => [thread, agent]));
  const old = agents(before);
  for (const [thread, agent] of agents(after)) {
    const last = old.get(thread) ?? null;
    if (last === null || last === agent) continue;
    app.notify({
      code: "agent_changed",
      message: `thread ${thread} was given to ${last}; TASKS.md gives it to ${agent ?? "nobody"}`,
      data: { thread, from: last, to: agent },
    });
  }
}

/** A thread is its number: one that has run under another name may be another one by now. */
function tellRenamed(app: StreamApp, before: TasksFile | null, after: TasksFile): void {
  const names = new Map(after.tasks.map((record) => [viewTask(record).task.thread, record["thread_name"]]));
  const told = new Set<string>();
  for (const record of before?.tasks ?? []) {
    const { thread, sessions } = viewTask(record).task;
    const [old, name] = [record["thread_name"], names.get(thread)];
    if (
      sessions.length === 0 ||
      typeof old !== "string" ||
      typeof name !== "string" ||
      old === name ||
      told.has(thread)
    )
      continue;
    told.add(thread);
    app.notify({
      code: "thread_renamed",
      message: `thread ${thread} has run as "${old}", and is called "${name}" now: runs, status and branch stay with the number`,
      data: { thread, from: old, to: name },
    });
  }
}

/** Accepts the result of a stage, which opens the next one. @throws IncrError `rule`, `not_found` */
export async function approveStageOf(
  app: StreamApp,
  name: string | undefined,
  stage: number,
  force: boolean,
): Promise<Approved> {
  const stream = openNamedStream(app, name);
  const plan = requirePlan(stream);
  const id = requireStageId(plan, stage);
  const tasks = viewTasks(app, requireTasksFile(stream.files.readTasks())).filter((task) => isWithin(task.id, id));
  const unfinished = tasks.filter(({ status }) => status !== "completed" && status !== "cancelled");
  const begun = new Set(tasks.map(({ thread }) => thread));
  const bare = listThreads(plan).filter((one) => one.stage.number === stage && !begun.has(one.id));
  const before = stage > 1 ? stageGate(stream.entry, stage - 1).status : "approved";
  const conflicts = listConflicts(stream.entry).filter(({ batch }) => isWithin(batch, id));
  const reasons = [
    ...(unfinished.length === 0
      ? []
      : [
          `${unfinished
            .map((task) => task.id)
            .slice(0, 5)
            .join(", ")}${unfinished.length > 5 ? ` and ${unfinished.length - 5} more` : ""} not completed`,
        ]),
    ...(bare.length === 0 ? [] : [`${bare.map((one) => one.id).join(", ")} without tasks`]),
    ...conflicts.map(({ batch }) => `the merge of batch ${batch} is not resolved`),
    ...(before === "approved" ? [] : [`stage ${formatPartId([stage - 1])} is not approved`]),
  ];
  if (reasons.length > 0 && !force) {
    throw new IncrError("rule", `stage ${id} cannot be approved yet: ${reasons.join("; ")}`, {
      hint: nextHint(),
      data: { unfinished: unfinished.map((task) => task.id), without_tasks: bare.map((one) => one.id) },
    });
  }
  const forced = reasons.length === 0 ? null : reasons.join("; ");
  await changeEntry(app, stream.entry.id, (latest) =>
    noteForce(app, approveStage(latest, approvalEvent(app), stage), forced),
  );
  return { stream: stream.entry.id, gate: "stage", stage: id, status: "approved", ...NOTHING, forced };

  function nextHint(): string {
    if (unfinished.length === 0 && conflicts.length > 0) return "work fix --merge";
    if (unfinished.length === 0 && bare.length > 0) return "work approve plan, fill TASKS.md, then work approve tasks";
    return before === "approved" ? `work list ${id}` : `work approve stage ${stage - 1}`;
  }
}

/** Takes an approval back. @throws IncrError `rule` if there is none */
export async function revokeApproval(
  app: StreamApp,
  name: string | undefined,
  gate: GateName,
  reason: string,
): Promise<Approved> {
  const stream = openNamedStream(app, name);
  const { entry } = stream;
  const stage = gate.gate === "stage" ? formatPartId([gate.stage]) : null;
  const what = stage === null ? (gate.gate === "plan" ? "the plan" : "the list of tasks") : `stage ${stage}`;
  if (!isGiven(entry, gate)) throw new IncrError("rule", `${what} is not approved`, { hint: "work status" });
  await changeEntry(app, entry.id, (latest) => revokeGate(latest, gate, approvalEvent(app), reason));
  return { stream: entry.id, gate: gate.gate, stage, status: "revoked", ...NOTHING };
}

function requireStageId(plan: Plan, stage: number): string {
  const id = formatPartId([stage]);
  if (listThreads(plan).some((thread) => thread.stage.number === stage)) return id;
  throw new IncrError("not_found", `the plan has no stage ${id}`, { hint: "work tree", data: { id } });
}

function noteForce(app: StreamApp, entry: StreamEntry, reason: string | null): StreamEntry {
  if (reason === null) return entry;
  return recordForce(entry, { ...approvalEvent(app), command: app.command, reason });
}

/** The first error in words, all of them as data. */
function invalid(file: string, errors: readonly Diagnostic[], hint: string): IncrError {
  const [first] = errors;
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  const what = first === undefined ? "" : `:${first.line}:${first.column}: ${first.message}; ${first.fix}`;
  return new IncrError("rule", `${file}${what}${more}`, { hint, data: { file, errors } });
}
