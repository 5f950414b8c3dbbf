/** `incr state …`: the records of this machine as a whole. */
import { command, declareCommand } from "../command.ts";

export const importState = declareCommand({
  path: ["state", "import"],
  summary: "Take over the records of another state file",
  help: "Reads a state file of the shared format, also one of another implementation or of this program's older name, and adds what is not known yet: existing records win. Repositories are matched by their place; where a slug is taken by another one, the imported records get a new one. Finished records go to history, and a workspace that somebody holds stays held. Doing it twice is doing it once.",
  args: { file: { required: true, description: "The other `state.json`", complete: "file" } },
  flags: { "dry-run": { type: "boolean", description: "Only say what would be taken over" } },
  examples: [
    { run: "incr state import ~/.local/state/incrementum/state.json --dry-run" },
    { run: "incr state import ~/.local/state/incrementum/state.json" },
  ],
  json: "state_import",
});

export const help = "The records of all repositories of this machine: sessions, jobs, workspaces.";

export const commands = [command(importState, () => import("./state/import.ts"))];
