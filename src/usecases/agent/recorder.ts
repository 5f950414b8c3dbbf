/** The record of an agent session while its agent runs. */
import { noteAgentFacts, noteAgentProcess } from "../../domain/agent/session.ts";
import type { Tally } from "../../domain/agent/tally.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveAgentSession } from "../../domain/records.ts";
import type { LiveProcess } from "../../ports/processes.ts";
import type { App } from "../app.ts";

export interface AgentRecorder {
  /** What the agent said of itself. */
  note(tally: Tally): void;
  /** The agent's own process, or that of its latest start. */
  noteProcess(child: Pick<LiveProcess, "pid" | "started_at">): void;
  /** Whether `incr agent kill` asked for the end. */
  isUnwanted(): Promise<boolean>;
  /** Resolves when all that was noted so far is written. */
  settled(): Promise<void>;
}

/** Puts into the record what becomes known while the agent runs, one transaction after the other. What cannot be written is told, and does not end the run. */
export function createRecorder(app: App, session: ActiveAgentSession): AgentRecorder {
  const key = recordKey(session.repo, session.id);
  let last: Promise<void> = Promise.resolve();
  let noted: Pick<Tally, "agent_session_id" | "model"> = { agent_session_id: null, model: null };
  const change = (transition: (session: ActiveAgentSession, now: string) => ActiveAgentSession) => {
    last = last.then(async () => {
      try {
        await app.store.transact(async (tx) => {
          const current = await tx.find("opencode_sessions", key);
          if (current?.status !== "active") return;
          await tx.put("opencode_sessions", key, transition(current, app.now().toISOString()));
        });
      } catch (error) {
        if (!(error instanceof IncrError)) throw error;
        app.notify({ code: "not_recorded", message: `agent session ${session.id} was not updated: ${error.message}` });
      }
    });
  };
  return {
    note({ agent_session_id, model }) {
      if (agent_session_id === noted.agent_session_id && model === noted.model) return;
      noted = { agent_session_id, model };
      const expected = session.agent_session_id ?? agent_session_id;
      // Another conversation than the one that was asked for is for the verdict.
      const facts = agent_session_id === expected ? noted : { model };
      change((current, now) => noteAgentFacts(current, facts, now));
    },
    noteProcess: (child) => change((current, now) => noteAgentProcess(current, child, now)),
    async isUnwanted() {
      const current = await app.store
        .read(async (tx) => await tx.find("opencode_sessions", key))
        .catch(() => undefined);
      return current?.status === "active" && current.stop_requested_at !== undefined;
    },
    settled: async () => await last,
  };
}
