/** Adding parts to a stream's plan, and tasks to its list. */
import { IncrError } from "../../domain/error.ts";
import { canonicalPartId } from "../../domain/stream/id.ts";
import { addBatch, addStage, addThread, type PlanEdit } from "../../domain/stream/plan/edit.ts";
import { parsePlan } from "../../domain/stream/plan/parse.ts";
import { planGate } from "../../domain/stream/approval.ts";
import { addTask } from "../../domain/stream/tasks/list-edit.ts";
import { listThreads } from "../../domain/stream/tasks/outline.ts";
import type { TasksFile } from "../../domain/stream/tasks/record.ts";
import { openNamedStream, readGates, type StreamApp } from "./streams.ts";

export interface AddedPart {
  stream: string;
  id: string;
  /** Absolute path of PLAN.md. */
  plan: string;
  /** Line of the new heading. */
  line: number;
  renumbered: PlanEdit["renumbered"];
}

/** @throws IncrError `not_found`, `rule`, `unsafe` if tasks stand under a number that would change */
export async function addStageTo(
  app: StreamApp,
  name: string | undefined,
  request: Parameters<typeof addStage>[1],
): Promise<AddedPart> {
  return await editPlan(app, name, (source) => addStage(source, request));
}

/** @throws IncrError `not_found`, `rule` */
export async function addBatchTo(
  app: StreamApp,
  name: string | undefined,
  request: Parameters<typeof addBatch>[1],
): Promise<AddedPart> {
  return await editPlan(app, name, (source) => addBatch(source, request));
}

/** @throws IncrError `not_found`, `rule` */
export async function addThreadTo(
  app: StreamApp,
  name: string | undefined,
  request: Parameters<typeof addThread>[1],
): Promise<AddedPart> {
  return await editPlan(app, name, (source) => addThread(source, request));
}

export interface AddedTask {
  stream: string;
  id: string;
  /** Absolute path of TASKS.md. */
  list: string;
  line: number;
}

/** Adds a task to TASKS.md. @param thread its id, as it is printed @throws IncrError `not_found`, `rule`, `invalid_input` */
export async function addTaskTo(
  app: StreamApp,
  name: string | undefined,
  { thread, name: text }: { thread: string; name: string },
): Promise<AddedTask> {
  const stream = openNamedStream(app, name);
  const { entry, files } = stream;
  return await files.exclusively((held) => {
    const list = `${files.path}/TASKS.md`;
    const plan = files.read("PLAN.md");
    if (plan !== null && !listThreads(parsePlan(plan)).some(({ id }) => id === thread))
      throw new IncrError("not_found", `the plan has no thread ${thread}`, { hint: "work tree", data: { id: thread } });
    const source = files.read("TASKS.md");
    if (source === null)
      throw new IncrError("not_found", "there is no TASKS.md", { hint: "work approve plan writes it" });
    const taken = held.tasks?.tasks.map(({ id }) => canonicalPartId(id)) ?? [];
    const edited = addTask(source, { thread, name: text, taken });
    const { tasks: gate } = readGates(app, stream);
    held.write("TASKS.md", edited.source);
    if (gate.status === "approved") {
      app.notify({
        code: "approval_ended",
        message: "the list of tasks was approved and has changed: it has to be approved again",
      });
    }
    return { stream: entry.id, id: edited.id, list, line: edited.line };
  });
}

async function editPlan(
  app: StreamApp,
  name: string | undefined,
  edit: (source: string) => PlanEdit,
): Promise<AddedPart> {
  const { entry, files } = openNamedStream(app, name);
  return await files.exclusively((held) => {
    const plan = `${files.path}/PLAN.md`;
    const source = files.read("PLAN.md");
    if (source === null)
      throw new IncrError("not_found", `workstream ${entry.id} has no PLAN.md`, { hint: `write ${plan}` });
    const edited = edit(source);
    refuseOrphans(held.tasks, edited.renumbered);
    held.write("PLAN.md", edited.source);
    for (const { from, to, name: stage } of edited.renumbered) {
      app.notify({ code: "renumbered", message: `stage ${from}, "${stage}", is stage ${to} now`, data: { from, to } });
    }
    if (planGate(entry, app.streams.hash(source)).status === "approved") {
      app.notify({
        code: "approval_ended",
        message: "the plan was approved and has changed: it has to be approved again",
      });
    }
    return { stream: entry.id, id: edited.id, plan, line: edited.line, renumbered: edited.renumbered };
  });
}

/** Tasks are known by their numbers: under others they would belong to another stage. */
function refuseOrphans(tasks: TasksFile | null, renumbered: PlanEdit["renumbered"]): void {
  const held = renumbered.find(({ from }) => tasks?.tasks.some(({ id }) => canonicalPartId(id).startsWith(`${from}.`)));
  if (held === undefined) return;
  throw new IncrError("unsafe", `stage ${held.from} has tasks already, and cannot get another number`, {
    hint: "leave out --after, so that the new stage comes last",
    data: { stage: held.from },
  });
}
