/** How a session is told to a person when it begins and when it has ended. */
import { formatDuration } from "../../../domain/duration.ts";
import { harnessOf } from "../../../domain/agent/session.ts";
import type { ActiveAgentSession, AgentSession } from "../../../domain/records.ts";
import type { AgentResult } from "../../../usecases/agent/run.ts";
import type { Context } from "../../context.ts";

/** Where it works. */
export function tellStart(ctx: Context, session: ActiveAgentSession): void {
  const where = session.workspace_name ?? session.cwd ?? "";
  const branch = typeof session.branch !== "string" ? "" : ` on ${session.branch}`;
  ctx.notify({
    code: "agent_started",
    message: `agent session ${session.id}: ${harnessOf(session)} in ${where}${branch}`,
    data: {
      id: session.id,
      harness: harnessOf(session),
      workspace: session.workspace_name ?? null,
      cwd: session.cwd ?? null,
    },
  });
}

/** What became of it, where its work is, and what to type next. Sets the exit code. */
export function tellEnd(ctx: Context, result: AgentResult): void {
  const { session, branch, commits, rescue, attention, failure } = result;
  const lines = [`agent session ${session.id} ${statusWords(session)}`];
  if (branch !== null)
    lines.push(`work on ${branch} (${commits === 1 ? "1 commit" : `${commits} commits`}); git merge ${branch}`);
  if (rescue !== null) lines.push(`rescue ${rescue.name}`);
  if (attention !== null) lines.push(`${session.workspace_name} is set aside: ${attention}`);
  if (session.status !== "completed" && typeof session.agent_session_id === "string" && !isStale(session)) {
    lines.push(`incr agent resume ${session.id} '<prompt>' goes on with it`);
  }
  if (ctx.json)
    ctx.notify({
      code: "agent_ended",
      message: lines.join("; "),
      data: { session, branch, commits, rescue: rescue?.name ?? null, attention },
    });
  else for (const line of lines) ctx.notify({ code: "agent_ended", message: line });
  if (failure !== null && session.status === "failed") ctx.out.error(failure);
  ctx.exit(result.exit_code);
}

/** `completed in 3m 20s`, `failed (usage limit until …): …` */
export function statusWords(session: AgentSession): string {
  if (session.status === "active") return "active";
  const time = session.duration_seconds === undefined ? "" : ` in ${formatDuration(session.duration_seconds * 1000)}`;
  if (session.status === "completed") return `completed${time}`;
  const reset = session.status === "failed" && session.resets_at !== undefined ? `, until ${session.resets_at}` : "";
  const reason = session.reason === undefined ? "" : ` (${session.reason.replaceAll("_", " ")}${reset})`;
  return `${session.status}${reason}${session.message === undefined ? "" : `: ${session.message}`}`;
}

function isStale(session: AgentSession): boolean {
  return session.status === "failed" && session.reason === "stale";
}
