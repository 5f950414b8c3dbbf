import type * as v from "valibot";
import { markOf } from "../../../domain/stream/tasks/list-file.ts";
import { treeOf } from "../../../usecases/stream/plan.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { tree } from "../work.ts";
import type { treeAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { treeAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof treeAnswer>;

export function run(ctx: Context, { flags }: Input<typeof tree>): Answer {
  return treeOf(streamApp(ctx), flags.stream);
}

/** A line a part, indented by what it lies in. */
export function render({ stream, title, stages }: Answer, { style }: Context): string {
  const lines = [`${style.cyan(stream)}  ${title ?? ""}`];
  const add = (depth: number, id: string, text: string) =>
    lines.push(`${"  ".repeat(depth)}${style.cyan(id)}  ${text}`);
  for (const stage of stages) {
    const { open } = stage.questions;
    const asked = open === 0 ? "" : `  ${style.yellow(open === 1 ? "1 open question" : `${open} open questions`)}`;
    add(0, stage.id, `${stage.name}${asked}`);
    for (const batch of stage.batches) {
      add(1, batch.id, batch.name);
      for (const thread of batch.threads) {
        add(2, thread.id, thread.name);
        for (const task of thread.tasks) add(3, task.id, `[${markOf(task.status)}] ${task.name}`);
      }
    }
  }
  return lines.join("\n");
}
