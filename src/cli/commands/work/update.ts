import type * as v from "valibot";
import { IncrError } from "../../../domain/error.ts";
import { requirePartId } from "../../../domain/stream/id.ts";
import { updateTasksOf } from "../../../usecases/stream/tasks.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { update } from "../work.ts";
import type { tasksAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { tasksAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof tasksAnswer>;

const HINT = "work update --task 1.2.3.1 --status completed";

export async function run(ctx: Context, { flags }: Input<typeof update>): Promise<Answer> {
  const { task, thread, status, report, breadcrumb } = flags;
  if ((task === undefined) === (thread === undefined)) {
    throw new IncrError(
      "usage",
      task === undefined ? "name a --task or a --thread" : "--task and --thread do not go together",
      { hint: HINT },
    );
  }
  if (status === undefined && report === undefined && breadcrumb === undefined) {
    throw new IncrError("usage", "there is nothing to change: give --status, --report or --breadcrumb", { hint: HINT });
  }
  const id = task === undefined ? requirePartId(thread ?? "", "thread") : requirePartId(task, "task");
  return await updateTasksOf(streamApp(ctx), flags.stream, id, { status, report, breadcrumb });
}

export function render({ tasks }: Answer, { style }: Context): string {
  return tasks.map(({ id, status, name }) => `${style.cyan(id)}  ${status}  ${name}`).join("\n");
}
