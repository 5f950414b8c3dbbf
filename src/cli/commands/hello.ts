/** `incr hello`: the beginning of a journal session. */
import { command, declareCommand } from "../command.ts";

export const hello = declareCommand({
  path: ["hello"],
  summary: "Begin a work session: what was done last, what is pending, what to take up",
  help: `
Shows the last session, what is not committed, pending and ready todos, active work sessions and interrupted workflows, and begins a session in the journal of
this repository (\`.work-shell/\`; without git, of this folder). If one is running it is shown instead. One that was left alone for more than 30 minutes
(\`session.idle_minutes\` in \`.work-shell/config.yaml\`) is closed first, as of its last sign of life. On a terminal it asks what you are going to work on.`,
  examples: [{ run: "incr hello" }, { run: "incr hello --json", note: "for an agent" }],
  json: "hello",
});

export const commands = [command(hello, () => import("./journal/hello.ts"))];
