/** An agent whose watcher was killed goes on. Whoever waits for it says so, and sees to its time limit, which nobody else does any more. */
import { IncrError } from "../../domain/error.ts";
import type { ActiveAgentSession } from "../../domain/records.ts";
import { requireRepository } from "../app.ts";
import { killAgent } from "../agent/kill.ts";
import type { ThreadApp } from "./stream-branch.ts";

/** @returns what is to be asked again and again of a session that is waited for; `stop` ends its agent at once */
export function watchUnwatched(app: ThreadApp): (session: ActiveAgentSession, stop: boolean) => Promise<void> {
  const told = new Set<string>();
  return async (session, stop) => {
    const { process, id, thread_id } = session;
    if (process === undefined || app.processes.stateOf(process) !== "dead") return;
    if (!told.has(id)) {
      told.add(id);
      app.notify({
        code: "unwatched",
        message: `what watched over thread ${thread_id} was killed, and its agent goes on; \`incr agent kill ${id}\` ends it`,
        data: { thread: thread_id, agent_session: id },
      });
    }
    const { timeLimitMs } = (await requireRepository(app).config()).agent;
    const since = Date.parse(session.resumed_at ?? session.created_at);
    if (!stop && app.now().getTime() - since < timeLimitMs) return;
    try {
      await killAgent(app, { id });
    } catch (error) {
      // It has ended just now, or cannot be ended from here: then it is waited for.
      if (!(error instanceof IncrError)) throw error;
    }
  };
}
