/** Who calls, and where their clock stands, from the environment. */
import type { Who } from "../domain/journal/event.ts";
import type { UtcOffset } from "../domain/journal/time.ts";
import type { Environment } from "./context.ts";

/** As the clock of this machine and its time zone have it. */
export const utcOffset: UtcOffset = (at) => -at.getTimezoneOffset();

/** The coding agent whose shell this is, by what each of them sets in its tools' environment; else the person. */
export function whoIs(env: Environment): Who {
  return agentIn(env) ?? { name: personName(env), kind: "person" };
}

/** What the person is called: the login name. */
export function personName(env: Environment): string {
  try {
    return process.getBuiltinModule("node:os").userInfo().username;
  } catch {
    // A container's user may have no name
    return env["USER"] || "somebody";
  }
}

function agentIn(env: Environment): Who | undefined {
  if (env["CLAUDE_CODE_SESSION_ID"] || env["CLAUDECODE"]) return agent("claude", env["CLAUDE_CODE_SESSION_ID"]);
  const codex = env["CODEX_SESSION_ID"] || env["CODEX_THREAD_ID"];
  if (codex) return agent("codex", codex);
  if (env["OPENCODE"]) return agent("opencode", env["OPENCODE_SESSION_ID"]);
  return env["AGENT"] === "1" ? agent("agent", undefined) : undefined;
}

/** An agent that takes part, under the id of its conversation if that is known. */
export function agent(name: string, session: string | undefined): Who {
  return { name, kind: "agent", ...(session ? { agent_session: session } : {}) };
}
