/** Writes TASKS.md, and brings one that is there up to date with its plan by adding the headings that it lacks. */
import { formatPartId } from "../id.ts";
import { lineEnd } from "../markdown/lines.ts";
import type { Plan } from "../plan/plan.ts";
import { markOf, parseTaskList } from "./list-file.ts";
import { groupByThread, listThreads } from "./outline.ts";
import type { Task } from "./record.ts";

/** One heading of the list with what stands under it at first. */
interface Block {
  id: string;
  lines: string[];
}

/** The text of a new list: each thread with the tasks that are known already, or one to be written. */
export function newTaskList(title: string, plan: Plan, tasks: readonly Task[]): string {
  const blocks = listBlocks(plan, tasks).map(({ lines }) => lines.join("\n"));
  return `${[`# Tasks: ${title}`, ...blocks].join("\n\n")}\n`;
}

/** The list with the headings that it lacks, each behind what comes before it in the plan; all that is there stays as it is. */
export function completeTaskList(source: string, plan: Plan, tasks: readonly Task[]): string {
  const { parts } = parseTaskList(source);
  const eol = lineEnd(source);
  const inserts: { at: number; text: string }[] = [];
  let at = parts.length === 0 ? source.trimEnd().length : (parts[0]?.end ?? 0);
  for (const { id, lines } of listBlocks(plan, tasks)) {
    const there = parts.find((part) => part.id === id);
    if (there === undefined) inserts.push({ at, text: `${eol}${eol}${lines.join(eol)}` });
    else at = there.end;
  }
  let text = source;
  // Those at one place keep their order, and places further down stay right
  for (const insert of inserts.toReversed()) text = text.slice(0, insert.at) + insert.text + text.slice(insert.at);
  return text;
}

function listBlocks(plan: Plan, tasks: readonly Task[]): Block[] {
  const byThread = groupByThread(tasks);
  const blocks: Block[] = [];
  const seen = new Set<string>();
  const add = (id: string, ...lines: string[]) => {
    if (!seen.has(id)) blocks.push({ id, lines });
    seen.add(id);
  };
  for (const { id, stage, batch, thread } of listThreads(plan)) {
    const [stageId, batchId] = [formatPartId([stage.number]), formatPartId([stage.number, batch.number])];
    add(stageId, `## Stage ${stageId}: ${stage.name}`);
    add(batchId, `### Batch ${formatPartId([batch.number])}: ${batch.name}`);
    const own = byThread.get(id) ?? [];
    const agent = own.find((task) => task.agent !== null)?.agent;
    const heading = `#### Thread ${formatPartId([thread.number])}: ${thread.name}${agent === undefined ? "" : ` @agent:${agent}`}`;
    add(id, heading, "", ...(own.length === 0 ? [`- [ ] Task ${id}.01:`] : own.flatMap(taskLines)));
  }
  return blocks;
}

function taskLines({ id, name, status, report }: Task): string[] {
  const line = `- [${markOf(status)}] Task ${id}: ${name}`;
  return report === null ? [line] : [line, `  > Report: ${report.replaceAll(/\s*(?:\r\n?|\n)\s*/g, " ")}`];
}
