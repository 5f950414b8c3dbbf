import type * as v from "valibot";
import { IncrError } from "../../../domain/error.ts";
import { requirePartId } from "../../../domain/stream/id.ts";
import { assignThread } from "../../../usecases/stream/tasks.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { assign } from "../work.ts";
import type { tasksAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { tasksAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof tasksAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof assign>): Promise<Answer> {
  const { thread, agent, clear } = flags;
  if (clear === (agent !== undefined)) {
    throw new IncrError("usage", clear ? "--agent and --clear do not go together" : "name an --agent, or --clear", {
      hint: "work assign --thread 1.2.3 --agent <name>",
    });
  }
  const id = requirePartId(thread, "thread");
  return await assignThread(streamApp(ctx), flags.stream, id, agent ?? null);
}

export function render({ tasks }: Answer, { style }: Context): string {
  const [task] = tasks;
  return task === undefined ? "" : `${style.cyan(task.thread)}  ${task.agent ?? "no agent"}`;
}
