/** An agent that begins or ends in a leased workspace: its conversation is noted, so that `incr agent resume` finds it there. */
import { HARNESSES } from "../../../domain/config-file.ts";
import type { Who } from "../../../domain/journal/event.ts";
import type { ProcessIdentity } from "../../../domain/lease.ts";
import type { Processes } from "../../../ports/processes.ts";
import type { Context } from "../../context.ts";
import type { Payload } from "./payload.ts";

/** What stands between an agent and its hook. */
const SHELL = /^(?:\S*\/)?(?:ba|da|z|k|fi)?sh(?: |$)/;

/** @param place the context, in the folder that the agent works in */
export async function noteConversation(place: Context, payload: Payload, who: Who, event: string): Promise<void> {
  const harness = HARNESSES.find((name) => name === who.name);
  const sessionId = payload.session;
  if (harness === undefined || sessionId === undefined) return;
  if (event !== "session-start" && event !== "session-end") return;
  const { createApp } = await import("../../compose.ts");
  const { bindAgentSession, unbindAgentSession } = await import("../../../usecases/agent/bind.ts");
  const app = await createApp(place);
  if (event === "session-end") return await unbindAgentSession(app, { harness, sessionId });
  const own = place.env["INCR_AGENT_SESSION_ID"] || null;
  const process = findAgent(app.processes, harness === "claude" ? Number(place.env["CLAUDE_PID"] ?? 0) : 0);
  if (process !== undefined) await bindAgentSession(app, { harness, sessionId, process, own });
}

/** The agent's own process: the one that it names, else the nearest ancestor that is no shell. */
function findAgent(processes: Processes, named: number): ProcessIdentity | undefined {
  const above = processes.ancestors(processes.currentIdentity().pid);
  const agent = above.find(({ pid }) => pid === named) ?? above.find(({ command }) => !SHELL.test(command));
  return agent === undefined || agent.pid === 1 ? undefined : processes.identify(agent.pid);
}
