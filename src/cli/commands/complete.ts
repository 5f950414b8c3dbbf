/** The engine behind the completion scripts. */
import { command, declareCommand } from "../command.ts";
import { SHELLS } from "../shell-changes.ts";

export const complete = declareCommand({
  path: ["__complete"],
  summary: "Print candidates for the last of the words, one a line with its description after a tab",
  hidden: true,
  args: { shell: { required: true, choices: SHELLS, description: "The shell that asks" } },
  passthrough: { name: "word", description: "The command line so far, the program's name first" },
  examples: [{ run: "incr __complete bash -- incr session st" }],
});

export const commands = [command(complete, () => import("./completion/candidates.ts"))];
