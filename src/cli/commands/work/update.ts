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

export async function run(ctx: Context, { args, flags }: Input<typeof update>): Promise<Answer> {
  const { status, report, breadcrumb } = flags;
  const id = readId(args.id, flags);
  if (status === undefined && report === undefined && breadcrumb === undefined) {
    throw new IncrError("usage", "there is nothing to change: give --status, --report or --breadcrumb", { hint: HINT });
  }
  return await updateTasksOf(streamApp(ctx), flags.stream, id, { status, report, breadcrumb });
}

function readId(
  id: string | undefined,
  { task, thread }: { task: string | undefined; thread: string | undefined },
): string {
  const given = [id, task, thread].filter((one) => one !== undefined);
  if (given.length === 0) throw new IncrError("usage", "name a --task or a --thread", { hint: HINT });
  if (given.length > 1)
    throw new IncrError("usage", "--task, --thread and an id alone do not go together", { hint: HINT });
  if (task !== undefined) return requirePartId(task, "task");
  return thread === undefined ? requirePartId(id ?? "", "task", "thread") : requirePartId(thread, "thread");
}

export function render({ tasks }: Answer, { style }: Context): string {
  return tasks.map(({ id, status, name }) => `${style.cyan(id)}  ${status}  ${name}`).join("\n");
}
