import type { Who } from "../../../domain/journal/event.ts";
import { readContext } from "../../../usecases/journal/context.ts";
import { feedJournal } from "../../../usecases/journal/feed.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { journalApp } from "../../journal-app.ts";
import { agent, whoIs } from "../../who.ts";
import { raw, type RawText } from "../../output.ts";
import { workflowApp } from "../../workflow-app.ts";
import type { hook } from "../hook.ts";
import { noteConversation } from "./conversation.ts";
import { readPayload, type Payload } from "./payload.ts";

/** What the events mean to the journal. */
const MEANINGS: Readonly<Record<string, "presence" | "prompt" | "leave">> = {
  "session-start": "presence",
  "user-prompt": "prompt",
  stop: "presence",
  "session-end": "leave",
};

/** The journal's own commands begin or end sessions themselves: the prompt that asks for one must not. */
const OWN_COMMAND = /^\s*[/$](?:[\w-]+:)?(?:hello|log|bye)\b/;

/** What the agent is to read, in the format that Claude Code and codex share; undefined where there is nothing to say. Whatever happens, the agent goes on. */
export async function run(ctx: Context, { args, flags }: Input<typeof hook>): Promise<string | undefined> {
  try {
    const meaning = MEANINGS[args.event ?? ""];
    if (meaning === undefined) return undefined;
    // The agents that we install hooks for all say what has happened
    const payload = await readPayload(ctx, { certain: flags.agent !== undefined });
    const place = { cwd: payload.cwd ?? ctx.cwd, env: ctx.env, now: ctx.now, notify: silent };
    const app = { ...journalApp(place), caller: { who: identify(ctx, payload, flags.agent) } };
    // Read before the agent's own arrival is a sign of life
    const context = args.event === "session-start" ? await readContext({ ...app, ...workflowApp(place) }) : null;
    await feedJournal(app, meaning === "prompt" && OWN_COMMAND.test(payload.prompt ?? "") ? "presence" : meaning);
    const here = { ...ctx, cwd: place.cwd, notify: silent, warn: silent };
    await noteConversation(here, payload, app.caller.who, args.event ?? "").catch(silent);
    if (context === null) return undefined;
    return JSON.stringify({ hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: context } });
  } catch {
    return undefined;
  }
}

export function render(answer: string | undefined): RawText | undefined {
  return answer === undefined ? undefined : raw(`${answer}\n`);
}

/** An agent has no use for what the journal tells people. */
function silent(): void {}

/** By the event first: an agent that was started by another one has both in its environment. */
function identify(ctx: Context, payload: Payload, named: string | undefined): Who {
  const inherited = whoIs(ctx.env);
  const name = named ?? payload.agent ?? (inherited.kind === "agent" ? inherited.name : "agent");
  return agent(name, payload.session ?? inherited.agent_session);
}
