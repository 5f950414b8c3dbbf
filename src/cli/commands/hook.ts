/** `incr hook …`: what coding agents run at events of theirs. Not for people. */
import { command, declareCommand } from "../command.ts";

export const hook = declareCommand({
  path: ["hook"],
  summary: "Tell the journal of an event of a coding agent; reads the event's JSON on stdin",
  help: "Always ends with 0: a hook must not stand in the way of the agent that runs it. `session-start` prints what the agent should know.",
  hidden: true,
  args: { event: { description: "session-start, user-prompt, stop or session-end; others are ignored" } },
  flags: {
    agent: { type: "string", value: "NAME", description: "claude, codex or opencode, where the event does not tell" },
  },
  examples: [{ run: "incr hook session-start" }],
});

export const commands = [command(hook, () => import("./hook/event.ts"))];
