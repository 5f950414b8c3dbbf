import type * as v from "valibot";
import { requirePartId } from "../../../domain/stream/id.ts";
import { addTaskTo } from "../../../usecases/stream/edit.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { addTask } from "./declare-plan.ts";
import { addedLine } from "./added.ts";
import type { addTaskAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { addTaskAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof addTaskAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof addTask>): Promise<Answer> {
  const thread = requirePartId(flags.thread, "thread");
  return await addTaskTo(streamApp(ctx), flags.stream, { thread, name: flags.name.trim() });
}

export function render({ id, list, line }: Answer, ctx: Context): string {
  return addedLine({ id, file: list, line }, ctx);
}
