import { realpathSync } from "node:fs";
import { userInfo } from "node:os";
import type { Who } from "../domain/journal/event.ts";
import type { UtcOffset } from "../domain/journal/time.ts";
import { findRepository } from "../git/repository.ts";
import { openJournal } from "../journal/open.ts";
import type { JournalApp } from "../usecases/journal/change.ts";
import type { Context, Environment } from "./context.ts";

/** The part of the world that the journal needs, for its commands: a note, and more so a hook, must not wait until all the rest is composed. */
export function journalApp(ctx: Pick<Context, "cwd" | "env" | "now" | "notify">): JournalApp {
  const { env, now, notify } = ctx;
  const cwd = realpathSync(ctx.cwd);
  const location = findRepository(cwd);
  const git = async () => (await import("../git/git.ts")).createGit(cwd, env);
  const holder = ["incr", ...process.argv.slice(2)].join(" ");
  return {
    now,
    notify,
    utcOffset,
    journal: openJournal({ cwd, location, git, utcOffset, holder, notify, now }),
    caller: { who: whoIs(env) },
  };
}

/** As the clock of this machine and its time zone have it. */
export const utcOffset: UtcOffset = (at) => -at.getTimezoneOffset();

/** The coding agent whose shell this is, by what each of them sets in its tools' environment; else the person. */
export function whoIs(env: Environment): Who {
  return agentIn(env) ?? { name: personName(env), kind: "person" };
}

/** What the person is called: the login name. */
export function personName(env: Environment): string {
  try {
    return userInfo().username;
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
