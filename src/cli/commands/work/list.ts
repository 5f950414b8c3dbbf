import type * as v from "valibot";
import { IncrError } from "../../../domain/error.ts";
import { requirePartId } from "../../../domain/stream/id.ts";
import { listStreams, listTasks } from "../../../usecases/stream/tasks.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderTable } from "../../table.ts";
import type { list } from "../work.ts";
import type { listAnswer, tasksAnswer } from "./answers.ts";
import { paintStatus } from "./paint.ts";
import { streamApp } from "./world.ts";

export { listAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof listAnswer>;

export function run(ctx: Context, { args, flags }: Input<typeof list>): Answer {
  const app = streamApp(ctx);
  if (flags.streams) {
    if (args.id !== undefined || flags.status !== undefined || flags.stream !== undefined) {
      throw new IncrError("usage", "--streams goes with nothing else", { hint: "work list --streams" });
    }
    return { streams: listStreams(app) };
  }
  const within = args.id === undefined ? undefined : requirePartId(args.id, "stage", "batch", "thread", "task");
  return listTasks(app, flags.stream, { within, status: flags.status });
}

export function render(answer: Answer, ctx: Context): string {
  if ("streams" in answer) return renderStreams(answer.streams, ctx);
  return renderTasks(answer, ctx);
}

function renderTasks({ tasks }: v.InferOutput<typeof tasksAnswer>, ctx: Context): string {
  if (tasks.length === 0) return "no such task";
  return renderTable(
    tasks,
    [
      { header: "TASK", value: (task) => task.id, paint: (text, _task, style) => style.cyan(text) },
      {
        header: "STATUS",
        value: (task) => task.status,
        paint: (text, task, style) => paintStatus(text, task.status, style),
      },
      { header: "NAME", value: (task) => task.name, flexible: true },
      { header: "AGENT", value: (task) => task.agent },
      { header: "REPORT", value: (task) => task.report, flexible: true },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}

type Streams = Extract<Answer, { streams: unknown }>["streams"];

function renderStreams(streams: Streams, ctx: Context): string {
  if (streams.length === 0) return "no workstreams; `work create --name <name>` makes one";
  return renderTable(
    streams,
    [
      { header: "STREAM", value: (one) => one.id, paint: (text, _one, style) => style.cyan(text) },
      { header: "NAME", value: (one) => one.name, flexible: true },
      {
        header: "TASKS",
        value: ({ tasks }) => (tasks === null ? "?" : tasks.total === 0 ? null : `${tasks.completed}/${tasks.total}`),
        align: "right",
      },
      { header: "CURRENT", value: (one) => (one.current ? "yes" : null) },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}
