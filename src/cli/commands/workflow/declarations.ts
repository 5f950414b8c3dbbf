/** The declarations of the workflow commands, by themselves: the scripts of the skill read their arguments by them. */
import { SAVE_STATUSES } from "../../../domain/workflow.ts";
import { declareCommand } from "../../command.ts";

const NAME = { description: "Name of the workflow, such as workflow:pr", complete: "workflow" } as const;

export const get = declareCommand({
  path: ["workflow", "get"],
  summary: "Print where a workflow stands, as one line of JSON",
  help: `
Prints \`null\` for a workflow that is not in progress. With --all: a list of all that are, sorted by name, each with its name under \`workflow\`; a file that
cannot be read is named on stderr and left out.`,
  args: { name: NAME },
  flags: { all: { type: "boolean", description: "All workflows in progress" } },
  examples: [{ run: "incr workflow get workflow:pr" }, { run: "incr workflow get --all" }],
  json: "workflow_get",
});

export const set = declareCommand({
  path: ["workflow", "set"],
  summary: "Start a workflow, or take it to its next step",
  help: `
The context is merged into what is there, key by key. \`steps\` holds each step once, in the order in which they were first reached; going back to an earlier
one changes \`step\` alone. Prints the workflow as it is then.`,
  args: {
    name: { ...NAME, required: true },
    step: { required: true, description: "Name of the step, such as git:pr:monitor" },
    context: { description: "A JSON object with what the next steps need to know" },
  },
  examples: [
    { run: "incr workflow set workflow:pr init", note: "start" },
    { run: `incr workflow set workflow:pr git:pr:monitor '{"pr_number":8}'`, note: "the next step" },
  ],
  json: "workflow_set",
});

export const reset = declareCommand({
  path: ["workflow", "reset"],
  summary: "Forget a workflow, without an archive",
  help: "Nothing to forget is no error. A damaged file is removed too.",
  args: { name: { ...NAME, required: true } },
  examples: [{ run: "incr workflow reset workflow:pr" }],
  json: "workflow_reset",
});

export const save = declareCommand({
  path: ["workflow", "save"],
  summary: "Archive a workflow as Markdown, and end it",
  help: `
Prints the path of the archive, \`ia/state/sessions/archives/<date>-<workflow>[-<branch>].md\`: the branch is the context's \`branch\`, and a number is added
where the name is taken.`,
  args: { name: { ...NAME, required: true } },
  flags: {
    status: { type: "string", choices: SAVE_STATUSES, default: "completed", description: "How it ended" },
    notes: { type: "string", value: "TEXT", description: "What else to say in the archive" },
  },
  examples: [
    { run: "incr workflow save workflow:pr" },
    { run: 'incr workflow save workflow:pr --status failed --notes "CI blocked"' },
  ],
  json: "workflow_save",
});

export const list = declareCommand({
  path: ["workflow", "list"],
  summary: "List the workflows in progress, the one that was touched last first",
  examples: [{ run: "incr workflow list" }],
  json: "workflow_list",
});
