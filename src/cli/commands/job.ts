/** `incr job …`: the implement, test, review and commit loop on a todo. */
import { TEMPLATE_NAMES } from "../../domain/job/templates.ts";
import { command, declareCommand } from "../command.ts";

export const templates = declareCommand({
  path: ["job", "templates"],
  summary: "Show what the agents of jobs are told",
  help: "Without a name all templates are listed; with one, its text and its variables are shown. A file `.incr/templates/<name>.md` in the main checkout says it in the repository's own words, and `~/.config/incr/templates/<name>.md` in yours. `{{name}}` stands for a variable, `\\{{` for two braces.",
  args: { name: { description: "Which one", choices: TEMPLATE_NAMES } },
  flags: {
    text: { type: "boolean", description: "Print only the text, to be changed and saved" },
    default: { type: "boolean", description: "Those of incr itself, also where files override them" },
  },
  examples: [
    { run: "incr job templates" },
    { run: "incr job templates review" },
    { run: "incr job templates review --default --text > .incr/templates/review.md", note: "to say it otherwise" },
  ],
  json: "job_templates",
});

export const help =
  "A job gives a todo to a coding agent and works in rounds: the agent implements, the configured test commands run, another agent reviews, and what is accepted is committed.";

export const commands = [command(templates, () => import("./job/templates.ts"))];
