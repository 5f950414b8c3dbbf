import * as v from "valibot";
import { formatDuration } from "../../../domain/duration.ts";
import { harnessOf } from "../../../domain/agent/session.ts";
import { agentSessionSchema, type AgentSession } from "../../../domain/records.ts";
import { secondsUntil } from "../../../domain/worked.ts";
import { shortestUniquePrefixes } from "../../../domain/id.ts";
import { listAgentSessions } from "../../../usecases/agent/list.ts";
import { formatAge } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { formatCost } from "../../cost.ts";
import { paintId } from "../../id-prefix.ts";
import { settledApp } from "../../settled-app.ts";
import { renderTable } from "../../table.ts";
import type { list } from "../agent.ts";
import { harnessIn } from "./harness.ts";

export const answer = v.object({ agent_sessions: v.array(agentSessionSchema) });
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { flags }: Input<typeof list>): Promise<Answer> {
  const app = await settledApp(ctx);
  return {
    agent_sessions: await listAgentSessions(app, { all: flags.all, status: flags.status, harness: harnessIn(flags) }),
  };
}

export function render({ agent_sessions: sessions }: Answer, ctx: Context): string {
  if (sessions.length === 0) return "no agent sessions; `incr agent run '<prompt>'` begins one";
  const ids = shortestUniquePrefixes(sessions.map(({ id }) => id));
  const now = ctx.now();
  return renderTable<AgentSession>(
    sessions,
    [
      { header: "ID", value: (one) => one.id, paint: (text, one, style) => paintId(text, ids.get(one.id) ?? 8, style) },
      { header: "AGENT", value: (one) => harnessOf(one) },
      { header: "STATUS", value: statusOf, paint: paintStatus },
      { header: "WHERE", value: (one) => one.workspace_name ?? one.cwd, flexible: true },
      { header: "AGE", value: (one) => formatAge(one.created_at, now), align: "right" },
      { header: "TIME", value: (one) => timeOf(one, now), align: "right" },
      { header: "MODEL", value: (one) => one.model },
      {
        header: "COST",
        value: (one) => formatCost(one.cost_usd),
        align: "right",
      },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}

function statusOf(session: AgentSession): string {
  if (session.status === "active" || session.status === "completed") return session.status;
  return session.reason === undefined ? session.status : `${session.status} (${session.reason.replaceAll("_", " ")})`;
}

function timeOf(session: AgentSession, now: Date): string {
  const seconds = session.status === "active" ? secondsUntil(session, now.toISOString()) : session.duration_seconds;
  return seconds === undefined ? "" : formatDuration(seconds * 1000);
}

function paintStatus(text: string, { status }: AgentSession, style: Context["style"]): string {
  if (status === "active") return style.yellow(text);
  return status === "completed" ? style.green(text) : style.red(text);
}
