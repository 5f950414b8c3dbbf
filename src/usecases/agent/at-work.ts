/** Agents that work in a workspace under somebody else's lease. */
import { IncrError } from "../../domain/error.ts";
import type { AcquiredWorkspace, ActiveAgentSession } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { App } from "../app.ts";
import { agentMark } from "./place.ts";

/**
 * Nobody pulls a workspace from under an agent that incr watches over, except the agent itself, which may end what it works on. A person's own agent, which is
 * only noted, has its person there: they are told.
 * @throws IncrError `held`, naming the agent
 */
export async function requireNoAgentAtWork(app: App, workspace: AcquiredWorkspace): Promise<void> {
  for (const session of await listAtWork(app, workspace)) {
    const verdict = app.processes.isGone(session.process, agentMark(session.id));
    if (verdict.gone || isInside(app, session)) continue;
    if (session.bound === true) {
      app.notify({
        code: "agent_at_work",
        message: `${session.harness ?? "an agent"} still runs in ${workspace.name}; what it writes from now on is in nobody's hands`,
        data: { agent_session_id: session.id, workspace: workspace.name },
      });
      continue;
    }
    throw new IncrError("held", `agent session ${session.id} still works in ${workspace.name}: ${verdict.because}`, {
      hint: `wait for it with \`incr wait ${session.id}\`, or end it with \`incr agent kill ${session.id}\``,
      data: { agent_session_id: session.id, workspace: workspace.name, pids: verdict.pids },
    });
  }
}

async function listAtWork(app: App, workspace: AcquiredWorkspace): Promise<ActiveAgentSession[]> {
  const { repo, name } = workspace;
  const { lease_id } = leaseOf(workspace);
  const entries = await app.store.read(async (tx) => await tx.list("opencode_sessions", { repo }));
  return entries.flatMap(({ record: one }) =>
    one.status === "active" && one.workspace_name === name && one.lease_id === lease_id && one.owns_lease !== true
      ? [one]
      : [],
  );
}

/** Whether we were started by the agent. */
function isInside(app: App, { process }: ActiveAgentSession): boolean {
  if (process === undefined) return false;
  const above = app.processes.ancestors(app.processes.currentIdentity().pid);
  return above.some(({ pid, started_at }) => pid === process.pid && started_at === process.started_at);
}
