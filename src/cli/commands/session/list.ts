import * as v from "valibot";
import { sessionSchema, type Session } from "../../../domain/records.ts";
import { describeOrphan, findOrphans, orphanWayOut } from "../../../usecases/session/life.ts";
import { listSessions } from "../../../usecases/session/list.ts";
import { formatAge } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { shortestUniquePrefixes } from "../../../domain/id.ts";
import { paintId } from "../../id-prefix.ts";
import { settledApp } from "../../settled-app.ts";
import { renderTable, type Column } from "../../table.ts";
import type { list } from "../session.ts";
import { survivorSchema } from "./answers.ts";

export const answer = v.object({
  sessions: v.array(sessionSchema),
  /** Active ones of a run whose own process is gone, and what of them runs on, the command first. */
  orphaned: v.array(v.object({ session_id: v.string(), survivors: v.array(survivorSchema) })),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof list>): Promise<Answer> {
  const app = await settledApp(ctx);
  const sessions = await listSessions(app, {
    all: flags.all,
    ...(flags.status === undefined ? {} : { status: flags.status }),
  });
  return { sessions, orphaned: await findOrphans(app, sessions) };
}

export function render({ sessions, orphaned }: Answer, ctx: Context): string {
  if (sessions.length === 0) return "no sessions; `incr session start <todo-id>` begins one";
  const table = renderTable(sessions, sessionColumns({ sessions, orphaned }, ctx), {
    width: ctx.stdout.width,
    style: ctx.style,
  });
  const notes = orphaned.map(
    (one) => `session ${one.session_id}: ${describeOrphan(one.survivors)}\n    ${ctx.style.cyan(orphanWayOut(one))}`,
  );
  return [table, ...(notes.length === 0 ? [] : ["", ...notes])].join("\n");
}

function sessionColumns({ sessions, orphaned }: Answer, ctx: Context): Column<Session>[] {
  const isOrphan = (one: Session) => orphaned.some(({ session_id }) => session_id === one.id);
  const todos = shortestUniquePrefixes(sessions.map((session) => session.todo_id));
  const ids = shortestUniquePrefixes(sessions.map((session) => session.id));
  return [
    {
      header: "TODO",
      value: (one) => one.todo_id,
      paint: (text, one, style) => paintId(text, todos.get(one.todo_id) ?? 8, style),
    },
    {
      header: "STATUS",
      value: (one) => (isOrphan(one) ? "active, orphaned" : one.status),
      paint: (text, one, style) => paintStatus(text, one, style),
    },
    { header: "WORKSPACE", value: (one) => one.workspace_name },
    { header: "AGE", value: (one) => formatAge(one.started_at, ctx.now()), align: "right" },
    { header: "TOPIC", value: (one) => one.topic, flexible: true },
    { header: "EXIT", value: (one) => exitText(one), align: "right" },
    {
      header: "SESSION",
      value: (one) => one.id,
      paint: (text, one, style) => paintId(text, ids.get(one.id) ?? 8, style),
    },
  ];
}

function exitText(session: Session): string {
  if (session.status === "active") return "";
  if (session.exit_code !== undefined) return String(session.exit_code);
  return session.status === "failed" && session.reason === "interrupted" ? "interrupted" : "";
}

function paintStatus(text: string, session: Session, style: Context["style"]): string {
  if (session.status === "active") return style.yellow(text);
  return session.status === "completed" ? style.green(text) : style.red(text);
}
