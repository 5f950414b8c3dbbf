/** How a run of a thread is told to a person when it begins and when it has ended. */
import { harnessOf } from "../../../domain/agent/session.ts";
import type { ActiveAgentSession } from "../../../domain/records.ts";
import type { ThreadResult } from "../../../usecases/stream/run-thread.ts";
import type { Context } from "../../context.ts";

/** Who works where. */
export function tellThreadStart(ctx: Context, session: ActiveAgentSession): void {
  const { id, thread_id, title, agent_name, workspace_name, cwd, branch } = session;
  const who = `${agent_name === undefined ? "" : `${agent_name}, `}${harnessOf(session)}`;
  const where = `${workspace_name ?? cwd ?? ""}${typeof branch === "string" ? ` on ${branch}` : ""}`;
  ctx.notify({
    code: "thread_started",
    message: `thread ${thread_id}, ${title}: ${who} in ${where} (agent session ${id})`,
    data: {
      thread: thread_id,
      agent_session: id,
      agent: agent_name ?? null,
      harness: harnessOf(session),
      workspace: workspace_name ?? null,
      cwd: cwd ?? null,
      branch: branch ?? null,
    },
  });
}

/** What became of it, where its work is, and what to type next. Sets the exit code. */
export function tellThreadEnd(ctx: Context, result: ThreadResult): void {
  const { thread, run, outcome, status, session, branch, commits, rescue, attention, exit_code, failure } = result;
  const lines = threadEndLines(result);
  const data = { thread, run, outcome, status, session, branch, commits, rescue: rescue?.name ?? null, attention };
  if (ctx.json) ctx.notify({ code: "thread_ended", message: lines.join("; "), data });
  else for (const message of lines) ctx.notify({ code: "thread_ended", message });
  if (failure !== null && session.status === "failed") ctx.out.error(failure);
  ctx.exit(exit_code);
}

function threadEndLines(result: ThreadResult): string[] {
  const { thread, outcome, status, session, branch, commits, rescue, attention } = result;
  const why = session.status === "completed" || session.message === undefined ? "" : `: ${session.message}`;
  const open = outcome === "interrupted" && session.status === "completed" ? ": not all of its tasks are marked" : "";
  const rest = outcome === "completed" && status !== "completed" ? `, and is ${status.replace("_", " ")}` : "";
  const lines = [`thread ${thread} ${outcome === "interrupted" ? "was " : ""}${outcome}${why}${open}${rest}`];
  if (branch !== null) lines.push(`work on ${branch} (${commits === 1 ? "1 commit" : `${commits} commits`})`);
  if (rescue !== null) lines.push(`rescue ${rescue.name}`);
  if (attention !== null) lines.push(`${session.workspace_name} is set aside: ${attention}`);
  if (outcome !== "completed") {
    const canResume = typeof session.agent_session_id === "string" ? "--resume goes on with it, " : "";
    lines.push(`work fix --thread ${thread}: ${canResume}--retry begins it again`);
  }
  return lines;
}
