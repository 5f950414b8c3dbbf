import * as v from "valibot";
import { timesOf, todoSchema } from "../../../domain/todo.ts";
import { formatDuration } from "../../../domain/duration.ts";
import { leaseKindSchema } from "../../../domain/lease.ts";
import { showTodo, type Neighbour, type ShownTodo } from "../../../usecases/todo/show.ts";
import { formatAge } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderFields } from "../../fields.ts";
import { plainLine, plainText } from "../../plain.ts";
import { settledApp } from "../../settled-app.ts";
import type { show } from "../todo.ts";
import { otherStatus, paintStatus } from "./answers.ts";

const neighbour = v.object({ id: v.string(), title: v.nullable(v.string()), status: otherStatus });

export const answer: v.GenericSchema<ShownTodo> = v.object({
  todo: todoSchema,
  /** The shortest beginning of the id that no other todo's id has. */
  short_id: v.string(),
  dependencies: v.array(neighbour),
  /** Todos that depend on this one, most urgent first. */
  dependents: v.array(neighbour),
  /** Ids of the dependencies that are still to be done. */
  blocked_by: v.array(v.string()),
  /** Whether it can be taken now: open, and waiting for nothing. */
  ready: v.boolean(),
  /** Who works on it now. */
  holder: v.nullable(
    v.object({
      type: v.picklist(["session", "agent_session", "job", "thread"]),
      id: v.string(),
      workspace: v.optional(v.string()),
      /** Of a session: `held` until somebody ends it; `process`: it ends with the command of its `run`, and not before. */
      lease_kind: v.optional(leaseKindSchema),
      /** True if whoever asks works for that session: it carries its lease. */
      own: v.optional(v.literal(true)),
      since: v.string(),
    }),
  ),
});

export async function run(ctx: Context, { args }: Input<typeof show>): Promise<ShownTodo> {
  return await showTodo(await settledApp(ctx), args.id);
}

export function render(shown: ShownTodo, ctx: Context): string {
  const { todo, holder } = shown;
  const { style } = ctx;
  const time = (at: string | undefined) => (at === undefined ? undefined : `${ago(at, ctx)}, ${at}`);
  const times = timesOf(todo);
  const fields = renderFields(
    [
      ["todo", todo.id],
      ["title", plainLine(todo.title)],
      ["status", `${todo.status}${readiness(shown)}`, (text) => paintStatus(text, todo.status, style)],
      ["priority", `${todo.priority}`],
      ["type", todo.type],
      ["held by", holder === null ? undefined : describeHolder(holder, ctx)],
      ["created", time(todo.created_at)],
      ["updated", todo.updated_at === todo.created_at ? undefined : time(todo.updated_at)],
      ["started", time(times.started_at)],
      ["done", time(times.completed_at)],
      ["closed", time(times.closed_at)],
      ["deleted", time(times.deleted_at)],
      ["reason", times.delete_reason === undefined ? undefined : plainLine(times.delete_reason)],
      ["source", todo.source === undefined ? undefined : plainLine(todo.source)],
    ],
    style,
  );
  const parts = [
    fields,
    ...neighbours("depends on", shown.dependencies, ctx),
    ...neighbours("needed by", shown.dependents, ctx),
  ];
  if (todo.description !== undefined) parts.push(plainText(todo.description));
  return parts.join("\n\n");
}

function ago(time: string, ctx: Context): string {
  const age = formatAge(time, ctx.now());
  return age === "now" ? "just now" : `${age} ago`;
}

function readiness({ ready, blocked_by: blockers, todo }: ShownTodo): string {
  if (ready) return ", ready";
  const open = todo.status === "open" || todo.status === "proposed" || todo.status === "waiting";
  return open && blockers.length > 0 ? `, waits for ${blockers.join(", ")}` : "";
}

function describeHolder(holder: NonNullable<ShownTodo["holder"]>, ctx: Context): string {
  const where = holder.workspace === undefined ? "" : ` in ${holder.workspace}`;
  const age = formatDuration(Math.max(0, ctx.now().getTime() - Date.parse(holder.since)));
  return `${holder.type.replace("_", " ")} ${holder.id}${where} for ${age}`;
}

function neighbours(heading: string, others: readonly Neighbour[], { style }: Context): string[] {
  if (others.length === 0) return [];
  const width = Math.max(...others.map(({ status }) => (status ?? "missing").length));
  const lines = others.map(({ id, status, title }) => {
    const word = (status ?? "missing").padEnd(width);
    return `  ${style.cyan(id)}  ${status === null ? style.red(word) : paintStatus(word, status, style)}  ${plainLine(title ?? "")}`.trimEnd();
  });
  return [[style.dim(heading), ...lines].join("\n")];
}
