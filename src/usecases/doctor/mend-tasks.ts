/** Putting `tasks.json` back after it was damaged. */
import { IncrError } from "../../domain/error.ts";
import type { StreamEntry } from "../../domain/stream/index-record.ts";
import { parsePlan } from "../../domain/stream/plan/parse.ts";
import { runOf } from "../../domain/stream/run.ts";
import { salvageTasks } from "../../domain/stream/salvage.ts";
import { mergeTasks, type MergedTasks } from "../../domain/stream/tasks/change.ts";
import { approvedTasks, checkTaskList } from "../../domain/stream/tasks/list-check.ts";
import { parseTaskList } from "../../domain/stream/tasks/list-file.ts";
import type { TasksFile } from "../../domain/stream/tasks/record.ts";
import { recordRun } from "../../domain/stream/tasks/run.ts";
import type { StreamFiles } from "../../ports/streams.ts";
import { findRepoSlug } from "../repository.ts";
import { readGates } from "../stream/streams.ts";
import { listThreadRuns } from "../stream/thread-runs.ts";
import type { World } from "./finding.ts";

/** Tasks that can be read of the damaged file are as they were; the others are as the approved list has them, and as far as their runs tell. Says which. */
export async function mendTasks(app: World["app"], entry: StreamEntry): Promise<string> {
  const files = app.streams.open(entry);
  const repo = app.repository === null ? null : await findRepoSlug(app);
  const runs =
    repo === null ? [] : await app.store.read(async (tx) => await listThreadRuns(tx, { repo, stream: entry.id }));
  const now = app.now().toISOString();
  let salvaged = 0;
  let made: string[] = [];
  const aside = await files.mendTasks(app.now(), (text) => {
    const file = salvageTasks(text, entry.id);
    salvaged = file.tasks.length;
    const { file: whole, added } = fillUp(app, entry, files, file, now);
    made = added;
    const told = runs.reduce((one, run) => recordRun(one, runOf(run), now), whole);
    return { ...told, last_updated: now };
  });
  if (aside === null) return "it can be read by now";
  const rest =
    made.length === 0 ? "" : `, ${made.join(", ")} from TASKS.md: look whether they are done, \`work list\` shows them`;
  return `${salvaged} tasks are from the damaged file${rest}; that is ${aside}`;
}

/** With the tasks of the approved list that could not be read. A list that is not approved says nothing, and neither does one that lacks what was worked on. */
function fillUp(
  app: World["app"],
  entry: StreamEntry,
  files: StreamFiles,
  file: TasksFile,
  now: string,
): Pick<MergedTasks, "file" | "added"> {
  const [plan, list] = [files.read("PLAN.md"), files.read("TASKS.md")];
  if (plan === null || list === null || readGates(app, { entry, files }).tasks.status !== "approved")
    return { file, added: [] };
  const parsed = { plan: parsePlan(plan), list: parseTaskList(list) };
  if (checkTaskList(parsed.list, parsed.plan).some(({ severity }) => severity === "error")) return { file, added: [] };
  try {
    return mergeTasks(file, approvedTasks(parsed.list, parsed.plan), now);
  } catch (error) {
    if (error instanceof IncrError && error.code === "unsafe") return { file, added: [] };
    throw error;
  }
}
