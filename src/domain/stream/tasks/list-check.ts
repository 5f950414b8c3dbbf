/** Whether a list of tasks fits its plan, and the tasks that it then stands for. */
import type { Diagnostic } from "../plan/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";
import type { ApprovedTask } from "./change.ts";
import type { TaskList } from "./list-file.ts";
import { groupByThread, listThreads } from "./outline.ts";

/** What is wrong with the list: its own faults, else threads that the plan has not, and threads without a task. */
export function checkTaskList(list: TaskList, plan: Plan): Diagnostic[] {
  const threads = new Map(listThreads(plan).map((thread) => [thread.id, thread]));
  // What was not understood would be said again as missing
  if (list.diagnostics.length > 0) return list.diagnostics;
  const filled = new Set(list.tasks.map((task) => task.thread));
  const found: Diagnostic[] = [];
  const at = (line: number) => ({ severity: "error" as const, line, column: 1 });
  for (const part of list.parts.filter(({ id }) => id.split(".").length === 3)) {
    const thread = threads.get(part.id);
    if (thread === undefined) {
      const message = `the plan has no thread ${part.id}`;
      found.push({
        ...at(part.line),
        code: "unknown_thread",
        message,
        fix: "add it to PLAN.md, or take it out with its tasks",
      });
    } else if (!filled.has(part.id)) {
      const message = `thread ${part.id} has no task`;
      found.push({
        ...at(part.line),
        code: "missing_task",
        message,
        fix: `write \`- [ ] Task ${part.id}.01: <what is to be done>\` under it`,
      });
    } else if (part.name !== thread.thread.name) {
      const message = `thread ${part.id} is called "${thread.thread.name}" in the plan`;
      found.push({
        ...at(part.line),
        severity: "warning",
        code: "other_name",
        message,
        fix: `write \`#### Thread ${part.id.slice(-2)}: ${thread.thread.name}\``,
      });
    }
  }
  const listed = new Set(list.parts.map(({ id }) => id));
  for (const id of threads.keys()) {
    if (listed.has(id)) continue;
    const message = `thread ${id} of the plan is missing`;
    found.push({ ...at(1), code: "missing_thread", message, fix: "approve the plan again: that adds it" });
  }
  return found.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** The tasks in the order of the plan. */
export function approvedTasks(list: TaskList, plan: Plan): ApprovedTask[] {
  const agents = new Map(list.parts.map(({ id, agent }) => [id, agent]));
  const byThread = groupByThread(list.tasks);
  return listThreads(plan).flatMap(({ id, stage, batch, thread }) => {
    const agent = agents.get(id) ?? null;
    return (byThread.get(id) ?? []).map(({ id: taskId, name, status, report }) => ({
      id: taskId,
      name,
      stageName: stage.name,
      batchName: batch.name,
      threadName: thread.name,
      status,
      agent,
      report,
    }));
  });
}
