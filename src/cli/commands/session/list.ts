import * as v from "valibot";
import { sessionSchema, type Session } from "../../../domain/records.ts";
import { listSessions } from "../../../usecases/session/list.ts";
import { formatAge } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { shortestUniquePrefixes } from "../../../domain/id.ts";
import { paintId } from "../../id-prefix.ts";
import { settledApp } from "../../settled-app.ts";
import { renderTable, type Column } from "../../table.ts";
import type { list } from "../session.ts";

export const answer = v.object({ sessions: v.array(sessionSchema) });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof list>): Promise<Answer> {
  const app = await settledApp(ctx);
  const sessions = await listSessions(app, {
    all: flags.all,
    ...(flags.status === undefined ? {} : { status: flags.status }),
  });
  return { sessions };
}

export function render({ sessions }: Answer, ctx: Context): string {
  if (sessions.length === 0) return "no sessions; `incr session start <todo-id>` begins one";
  return renderTable(sessions, sessionColumns(sessions, ctx), { width: ctx.stdout.width, style: ctx.style });
}

/** The columns of every table of sessions. */
export function sessionColumns(sessions: readonly Session[], ctx: Context): Column<Session>[] {
  const todos = shortestUniquePrefixes(sessions.map((session) => session.todo_id));
  const ids = shortestUniquePrefixes(sessions.map((session) => session.id));
  return [
    {
      header: "TODO",
      value: (one) => one.todo_id,
      paint: (text, one, style) => paintId(text, todos.get(one.todo_id) ?? 8, style),
    },
    { header: "STATUS", value: (one) => one.status, paint: (text, one, style) => paintStatus(text, one, style) },
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
