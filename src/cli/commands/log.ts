/** `incr log`: a note in the journal. */
import { command, declareCommand } from "../command.ts";

export const log = declareCommand({
  path: ["log"],
  summary: "Note something in the running session",
  help: `
The note is on the disk when the command returns: in the session, and with time, branch and the state of the working tree in the daily log
(\`.work-shell/logs/YYYY-MM-DD.md\`). Without a session one begins.`,
  args: {
    note: { required: true, variadic: true, description: "What is worth knowing later; `-` reads it from stdin" },
  },
  examples: [
    { run: "incr log Decided to use JWT for auth" },
    { run: "git diff --stat | incr log -", note: "several lines from stdin" },
    { run: "incr log -- --frozen-lockfile breaks the build", note: "a note that begins with a dash" },
  ],
  json: "log",
});

export const commands = [command(log, () => import("./journal/log.ts"))];
