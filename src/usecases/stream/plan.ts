/** Looking at a plan: what is wrong with it, what it still lacks, what it consists of. Reads only. */
import { parsePlan } from "../../domain/stream/plan/parse.ts";
import { sortDiagnostics, type Diagnostic } from "../../domain/stream/plan/diagnostic.ts";
import { findMissingInputs, listNamedFiles } from "../../domain/stream/plan/inputs.ts";
import { formatPartId } from "../../domain/stream/id.ts";
import type { Plan } from "../../domain/stream/plan/plan.ts";
import { checkTasks, type TaskProblem } from "../../domain/stream/tasks/check.ts";
import { groupByThread } from "../../domain/stream/tasks/outline.ts";
import type { Task } from "../../domain/stream/tasks/record.ts";
import { findPlan, openNamedStream, requirePlan, viewTasks, type OpenStream, type StreamApp } from "./streams.ts";

export interface Validated {
  stream: string;
  /** False if there is an error. */
  valid: boolean;
  /** Null where the plan was not looked at. */
  plan: Diagnostic[] | null;
  /** Null where the tasks were not looked at, or there are none yet. */
  tasks: TaskProblem[] | null;
}

/** @throws IncrError as reading the files does */
export function validateStream(
  app: StreamApp,
  name: string | undefined,
  part: "plan" | "tasks" | undefined,
): Validated {
  const stream = openNamedStream(app, name);
  const parsed = part === "tasks" ? findPlan(stream) : requirePlan(stream);
  const file = part === "plan" ? null : stream.files.readTasks();
  const plan = part === "tasks" ? null : (parsed?.diagnostics ?? []);
  const tasks = file === null ? null : checkTasks(file, parsed);
  const valid = ![...(plan ?? []), ...(tasks ?? [])].some(({ severity }) => severity === "error");
  return { stream: stream.entry.id, valid, plan, tasks };
}

export interface CheckedPlan {
  stream: string;
  /** Open questions, inputs and files that are missing, what was not filled in. */
  findings: Diagnostic[];
}

/** What has to be settled before the work can begin; the structure is `validateStream`'s matter. */
export function checkPlanOf(app: StreamApp, name: string | undefined): CheckedPlan {
  const stream = openNamedStream(app, name);
  const plan = requirePlan(stream);
  const files = listNamedFiles(plan)
    .filter(({ path }) => !app.streams.exists(path))
    .map(({ path, line, column }): Diagnostic => {
      const fix = "correct the path, or make the file";
      return {
        severity: "warning",
        code: "missing_file",
        line,
        column,
        message: `there is no ${path} in the repository`,
        fix,
      };
    });
  const unsettled = plan.diagnostics.filter(({ code }) => code === "open_question" || code === "placeholder");
  return { stream: stream.entry.id, findings: sortDiagnostics([...unsettled, ...findMissingInputs(plan), ...files]) };
}

interface TreeTask {
  id: string;
  name: string;
  status: string;
}

export interface TreeThread {
  id: string;
  name: string;
  summary: string | null;
  tasks: TreeTask[];
}

export interface StreamTree {
  stream: string;
  title: string | null;
  stages: {
    id: string;
    name: string;
    questions: { open: number; resolved: number };
    batches: { id: string; name: string; threads: TreeThread[] }[];
  }[];
}

/** The parts of a stream with their tasks, if there are any yet. */
export function treeOf(app: StreamApp, name: string | undefined): StreamTree {
  const stream = openNamedStream(app, name);
  const file = stream.files.readTasks();
  return buildTree(stream, requirePlan(stream), file === null ? [] : viewTasks(app, file));
}

/** What a plan would become, tasks left aside; `file` is a plan that belongs to no stream yet. */
export function previewPlan(app: StreamApp, name: string | undefined, file: string | undefined): StreamTree {
  if (file !== undefined) return buildTree({ entry: { id: file } }, parsePlan(app.streams.readFile(app.cwd, file)), []);
  const stream = openNamedStream(app, name);
  return buildTree(stream, requirePlan(stream), []);
}

function buildTree({ entry }: Pick<OpenStream, "entry">, { title, stages }: Plan, tasks: readonly Task[]): StreamTree {
  const tasksOf = groupByThread(tasks);
  return {
    stream: entry.id,
    title,
    stages: stages.map((stage) => ({
      id: formatPartId([stage.number]),
      name: stage.name,
      questions: {
        open: stage.asked.filter(({ open }) => open).length,
        resolved: stage.asked.filter(({ open }) => !open).length,
      },
      batches: stage.batches.map((batch) => ({
        id: formatPartId([stage.number, batch.number]),
        name: batch.name,
        threads: batch.threads.map((thread) => {
          const id = formatPartId([stage.number, batch.number, thread.number]);
          const own = (tasksOf.get(id) ?? []).map(({ id: task, name: text, status }) => ({
            id: task,
            name: text,
            status,
          }));
          return { id, name: thread.name, summary: thread.summary?.text ?? null, tasks: own };
        }),
      })),
    })),
  };
}
