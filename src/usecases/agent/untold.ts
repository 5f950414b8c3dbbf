import type { ActiveAgentSession } from "../../domain/records.ts";
import type { Harness } from "../../ports/agents.ts";
import type { App } from "../app.ts";

/**
 * The conversation that an agent began and nobody told us of, by what the agent itself wrote down: the one with the id that was chosen for it, if it is there. Of its
 * own interface, whose output is not ours to read, that one is also believed where the agent's files do not tell.
 */
export async function findUntold(app: App, harness: Harness, session: ActiveAgentSession): Promise<string | null> {
  const agents = await app.agents();
  const { chosen_session_id: chosen, cwd = "" } = session;
  if (chosen === undefined) {
    return await agents.findConversation(harness, cwd, new Date(session.resumed_at ?? session.created_at));
  }
  const isThere = agents.hasConversation(harness, chosen);
  return isThere === true || (isThere === null && session.interactive === true) ? chosen : null;
}
