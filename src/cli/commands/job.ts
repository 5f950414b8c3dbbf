/** `incr job …`: the implement, test, review and commit loop on a todo. */
import { HARNESSES, LONGEST_LIMIT_MS } from "../../domain/config-file.ts";
import { TEMPLATE_NAMES } from "../../domain/job/templates.ts";
import { TODO_TYPES } from "../../domain/todo.ts";
import { command, declareCommand } from "../command.ts";

const ID = {
  description: "Id of the job, or the start of it; or of its todo",
  complete: "job",
  required: true,
} as const;
/** What a job may use up. */
export const LIMIT_FLAGS = {
  "max-rounds": {
    type: "int",
    min: 1,
    description: "Set the implementing agent to work at most so often; default: job.max-rounds, else 20",
  },
  "time-limit": {
    type: "duration",
    min: 1,
    max: LONGEST_LIMIT_MS,
    value: "TIME",
    description: "Work at most this long, pauses not counted; default: job.time-limit, else 4h",
  },
  "max-cost": {
    type: "string",
    value: "USD",
    description: "Stop when the agents say that they have cost so much; default: job.max-cost-usd, else no limit",
  },
} as const;
/** How a job is begun. */
export const DO_FLAGS = {
  harness: {
    type: "string",
    choices: HARNESSES,
    description: "Which coding agent; default: job.harness of the configuration, else agent.harness",
  },
  model: {
    type: "string",
    filled: true,
    value: "NAME",
    description: "The model for all kinds of work, as the agent calls it",
  },
  agent: {
    type: "string",
    filled: true,
    value: "NAME",
    description: "A role of the agent's own (opencode and claude)",
  },
  "full-access": {
    type: "boolean",
    description: "Let the agents do everything without asking; otherwise they may change files where they work",
  },
  wait: { type: "boolean", description: "When a provider takes no more work for now, wait here until it does" },
  ...LIMIT_FLAGS,
} as const;

export const doTodos = declareCommand({
  path: ["job", "do"],
  summary: "Let agents do todos: implement, test, review, commit",
  help: "Takes the todo and a workspace of its own, on a branch of its own. An agent implements; the configured test commands (job.test-commands) run on what it left; another agent reviews it; what is accepted is committed, and the next round begins. When a round changes nothing the whole is reviewed. What fails goes back to the implementing agent.\n\nA job that has failed or was cut off goes on with `incr job resume`, exactly where it was. Several todos are done one after the other. Exit codes: 0 completed, 1 failed or abandoned, 76 paused until a provider takes work again, 128 + signal.",
  args: { "todo-id": { description: "Id of the todo, or the start of it", complete: "todo", variadic: true } },
  flags: {
    title: { type: "string", value: "TEXT", description: "Make a todo with this title first, and do that" },
    here: {
      type: "boolean",
      description: "Work in the checkout that you stand in, on its branch, rather than in a workspace",
    },
    rev: { type: "string", value: "REV", description: "Start from this revision instead of the configured base" },
    ...DO_FLAGS,
  },
  examples: [
    { run: "incr job do k3j2" },
    { run: "incr job do --title 'Fix the login' --harness claude --full-access" },
    { run: "incr job do k3j2 m5n6 --max-rounds 5 --time-limit 1h --wait" },
  ],
  json: null,
});

export const doAllTodos = declareCommand({
  path: ["job", "do-all"],
  summary: "Let agents do every todo that is ready, several at once",
  help: "Begins with the most urgent, as `incr todo ready` lists them, and looks again whenever a job ends, since that may have made others ready. No todo is tried twice. A job that a provider pauses keeps new ones from beginning. Interrupting it ends all jobs; `incr job resume` goes on with each. Exit codes: 0 all completed, 1 one was not, 76 one is paused, 128 + signal.",
  flags: {
    priority: { type: "string", value: "0-4", description: "Only todos of this priority, or more urgent" },
    type: { type: "string", choices: TODO_TYPES, multiple: true, description: "Only these" },
    parallel: { type: "int", min: 1, max: 64, default: 1, value: "N", description: "So many jobs at once" },
    rev: { type: "string", value: "REV", description: "Start from this revision instead of the configured base" },
    ...DO_FLAGS,
  },
  examples: [
    { run: "incr job do-all" },
    { run: "incr job do-all --parallel 3 --priority 1 --type bug", note: "urgent bugs, three at once" },
  ],
  json: "job_do_all",
});

export const resume = declareCommand({
  path: ["job", "resume"],
  summary: "Go on with a job that failed, was cut off or is paused, exactly where it was",
  help: "Branch, files and conversations are as they were left; no finished stage is repeated, and no answer of an agent is paid for twice. Limits count what was used before; give larger ones to a job that has used up its own. A paused job goes on when its provider takes work again; `--now` does not wait for that.",
  args: { id: ID },
  flags: {
    now: { type: "boolean", description: "Although a provider said to take no more work yet" },
    wait: DO_FLAGS.wait,
    ...LIMIT_FLAGS,
  },
  examples: [{ run: "incr job resume k3j2" }, { run: "incr job resume k3j2 --max-rounds 40" }],
  json: null,
});

export const abandon = declareCommand({
  path: ["job", "abandon"],
  summary: "Give a job up: end what runs, keep what is there, reopen the todo",
  help: "What is committed stays on its branch, what is not is kept as a rescue. A job that was abandoned is not resumed.",
  args: { id: ID },
  examples: [{ run: "incr job abandon k3j2" }],
  json: "job_abandon",
});

export const logs = declareCommand({
  path: ["job", "logs"],
  summary: "Print what happened in a job, with what its agents said and did",
  help: "`--json` prints the events, one JSON object a line; those of an agent have the type `agent`.",
  args: { id: ID },
  flags: { follow: { type: "boolean", short: "f", description: "Go on until the job has ended or is paused" } },
  examples: [{ run: "incr job logs k3j2" }, { run: "incr job logs -f k3j2" }],
  json: null,
});

export const list = declareCommand({
  path: ["job", "list"],
  summary: "List jobs that are active, and those of the last seven days",
  flags: {
    all: { type: "boolean", description: "Also older ones" },
    status: { type: "string", choices: ["active", "completed", "failed", "abandoned"], description: "Only these" },
  },
  examples: [{ run: "incr job list" }, { run: "incr job list --all --status failed --json" }],
  json: "job_list",
});

export const show = declareCommand({
  path: ["job", "show"],
  summary: "Show one job: its changes and iterations, test results and reviews",
  args: { id: ID },
  examples: [{ run: "incr job show k3j2" }, { run: "incr job show k3j2 --json" }],
  json: "job_show",
});

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

export const commands = [
  command(doTodos, () => import("./job/do.ts")),
  command(doAllTodos, () => import("./job/do-all.ts")),
  command(resume, () => import("./job/resume.ts")),
  command(abandon, () => import("./job/abandon.ts")),
  command(logs, () => import("./job/logs.ts")),
  command(list, () => import("./job/list.ts")),
  command(show, () => import("./job/show.ts")),
  command(templates, () => import("./job/templates.ts")),
];
