import { noteAgentFacts } from "../../domain/agent/session.ts";
import { recordKey, type ActiveAgentSession } from "../../domain/records.ts";
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

const LOOK_EVERY_MS = 1_000;

/**
 * Puts the conversation with the chosen id into the record as soon as the agent has written it down, for whoever looks while it runs.
 * @returns what ends that, and resolves when nothing is being written any more
 */
export async function watchChosen(
  app: App,
  harness: Harness,
  session: ActiveAgentSession,
): Promise<() => Promise<void>> {
  const { chosen_session_id: chosen } = session;
  if (chosen === undefined) return async () => {};
  const agents = await app.agents();
  let last = Promise.resolve();
  const timer = setInterval(() => {
    if (agents.hasConversation(harness, chosen) !== true) return;
    clearInterval(timer);
    // What cannot be written now is written at the end.
    last = noteConversation(app, session, chosen).catch(() => {});
  }, LOOK_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await last;
  };
}

/** Unless its plugin has told of another one. */
async function noteConversation(app: App, { repo, id }: ActiveAgentSession, conversation: string): Promise<void> {
  const key = recordKey(repo, id);
  await app.store.transact(async (tx) => {
    const current = await tx.find("opencode_sessions", key);
    if (current?.status !== "active" || current.chosen_session_id !== conversation) return;
    const noted = noteAgentFacts(current, { agent_session_id: conversation }, app.now().toISOString());
    await tx.put("opencode_sessions", key, noted);
  });
}
