/** `incr trust`: consent to the commands in a repository's configuration file. */
import { command, declareCommand } from "../command.ts";

export const trust = declareCommand({
  path: ["trust"],
  summary: "Approve the commands in this repository's configuration file",
  help: `
Commands in \`incr.toml\` (or \`.incr/config.toml\`) of the main checkout run only after you approved that file, as it is: every edit asks again, and so does
the same file in another place. Your own \`~/.config/incr/config.toml\` needs no approval, and a file without commands neither. Without flags the commands
are shown and approved by your answer.`,
  flags: {
    yes: { type: "boolean", short: "y", description: "Approve without asking" },
    show: { type: "boolean", description: "Show the commands and whether they are approved; change nothing" },
    list: { type: "boolean", description: "List every file that was approved" },
    revoke: { type: "boolean", description: "Take back what was approved for this repository" },
  },
  examples: [
    { run: "incr trust", note: "see and decide" },
    { run: "incr trust --yes", note: "in a script" },
    { run: "incr trust --revoke" },
  ],
  json: "trust",
});

export const commands = [command(trust, () => import("./trust/trust.ts"))];
