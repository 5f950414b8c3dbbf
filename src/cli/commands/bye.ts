/** `incr bye`: the end of a journal session. */
import { command, declareCommand } from "../command.ts";

export const bye = declareCommand({
  path: ["bye"],
  summary: "End the work session with a report",
  help: `
Counts the commits that HEAD reaches now and did not reach at the beginning, and the files in them; what is not committed is reported apart. Writes
\`.work-shell/sessions/<id>.md\` and \`.json\` and an entry under "## Session History" in \`work-shell.md\`. With \`git.auto_commit: true\` in
\`.work-shell/config.yaml\` those files are committed, and nothing else is.

Todos stay pending until \`--done\` strikes them out. If no session is open the command ends with 1.`,
  flags: {
    summary: { type: "string", value: "TEXT", description: "What was done; otherwise the notes or commits tell" },
    todo: {
      type: "string",
      value: "TEXT",
      multiple: true,
      description: "What is left to do",
    },
    done: {
      type: "string",
      value: "TODO",
      multiple: true,
      description: "A pending todo that is done: its number in `incr hello`, or how it begins",
    },
  },
  examples: [
    { run: "incr bye" },
    { run: "incr bye --summary 'Sign in by JWT' --todo 'Add tests' --todo 'Update docs'" },
    { run: "incr bye --done 1" },
  ],
  json: "bye",
});

export const commands = [command(bye, () => import("./journal/bye.ts"))];
