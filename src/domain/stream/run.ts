/** One run of a thread by an agent, as the record of the agent's session tells it; `tasks.json` repeats it for those who only read that. */
import type { AgentSession } from "../records.ts";
import type { SessionRecord } from "./tasks/record.ts";

export interface ThreadRun {
  /** `01.02.03` */
  thread: string;
  /** Our id: that of the agent session, with `-2` for its second run, and so on. */
  runId: string;
  /** The agent's own id of the conversation; null until it is known. */
  sessionId: string | null;
  /** Name of the agent in `work/agents.yaml`, else of the program. */
  agentName: string;
  /** The model that was used, else the one that was asked for; empty while neither is known. */
  model: string;
  startedAt: string;
  /** A person used it at a terminal: it has only completed if every task was marked. */
  interactive: boolean;
  end: { status: Exclude<SessionRecord["status"], "running">; at: string; exitCode?: number } | null;
}

/** The last run of an agent session that carries out a thread. */
export function runOf(session: AgentSession): ThreadRun {
  const { thread_id = "", agent_session_id = null } = session;
  return {
    thread: thread_id,
    runId: runId(session),
    sessionId: agent_session_id,
    agentName: session.agent_name ?? session.harness ?? "opencode",
    model: session.model ?? session.asked?.model ?? "",
    startedAt: session.resumed_at ?? session.started_at ?? session.created_at,
    interactive: session.interactive === true,
    end:
      session.status === "active"
        ? null
        : {
            status: endOf(session),
            at: session.completed_at,
            ...(session.exit_code === undefined ? {} : { exitCode: session.exit_code }),
          },
  };
}

/** Our id of the last run of an agent session. */
export function runId({ id, runs = 1 }: Pick<AgentSession, "id" | "runs">): string {
  return runs > 1 ? `${id}-${runs}` : id;
}

/** What somebody or something else ended was interrupted; what went wrong by itself, or took too long, has failed. */
function endOf(session: AgentSession): "completed" | "failed" | "interrupted" {
  if (session.status === "completed") return "completed";
  if (session.status === "failed") return session.reason === "interrupted" ? "interrupted" : "failed";
  const isOurLimit = session.status === "killed" && (session.reason ?? "").endsWith("_limit");
  return isOurLimit ? "failed" : "interrupted";
}
