import type * as v from "valibot";
import { requirePartId } from "../../../domain/stream/id.ts";
import { readPart } from "../../../usecases/stream/tasks.ts";
import { formatAgo } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderFields } from "../../fields.ts";
import type { read } from "../work.ts";
import type { readAnswer } from "./answers.ts";
import { streamApp } from "./world.ts";

export { readAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof readAnswer>;

export function run(ctx: Context, { args, flags }: Input<typeof read>): Answer {
  const { state, tasks, ...part } = readPart(streamApp(ctx), flags.stream, requirePartId(args.id, "thread", "task"));
  const { status, agent, resumable, sessions } = state;
  return { ...part, status, agent, resumable, sessions, tasks };
}

export function render({ id, thread, status, agent, resumable, sessions, tasks }: Answer, ctx: Context): string {
  const last = sessions.at(-1);
  const [task] = tasks;
  const single = task !== undefined && task.id === id ? task : undefined;
  const fields = renderFields(
    [
      [single === undefined ? "thread" : "task", `${id}  ${single?.name ?? thread?.name ?? ""}`],
      ["thread", single === undefined ? undefined : `${single.thread}  ${thread?.name ?? ""}`],
      ["stage", thread?.stage],
      ["batch", thread?.batch],
      ["status", single?.status ?? status],
      ["agent", single?.agent ?? agent ?? undefined],
      ["report", single?.report ?? undefined],
      ["breadcrumb", single?.breadcrumb ?? undefined],
      [
        "sessions",
        last === undefined
          ? undefined
          : `${sessions.length}, the last one ${last.status} ${formatAgo(last.completedAt ?? last.startedAt, ctx.now())}`,
      ],
      ["resumable", resumable ? "yes" : undefined],
    ],
    ctx.style,
  );
  if (single !== undefined) return fields;
  const list = tasks.map((each) => `${ctx.style.cyan(each.id)}  ${each.status}  ${each.name}`).join("\n");
  return [fields, thread?.summary, thread?.details, list]
    .filter((part) => part !== undefined && part !== null && part !== "")
    .join("\n\n");
}
