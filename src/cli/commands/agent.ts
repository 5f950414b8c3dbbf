/** `incr agent …`: conversations with coding agents. `incr opencode …` is the same with the agent fixed. */
import { HARNESSES, LONGEST_LIMIT_MS } from "../../domain/config-file.ts";
import { command, declareCommand } from "../command.ts";

export const ID = { description: "Id of the agent session, or the start of it", complete: "agent_session" } as const;
const HARNESS = {
  type: "string",
  choices: HARNESSES,
  description: "Which coding agent; default: agent.harness of the configuration, else opencode",
} as const;
export const OF_HARNESS = { type: "string", choices: HARNESSES, description: "Only those with this agent" } as const;
const TIME_LIMIT = {
  type: "duration",
  min: 1,
  max: LONGEST_LIMIT_MS,
  value: "TIME",
  description: "End it after this long; default: agent.time-limit of the configuration, else 1h",
} as const;
const SILENCE_LIMIT = {
  type: "duration",
  min: 1,
  max: LONGEST_LIMIT_MS,
  value: "TIME",
  description:
    "End it after this long without a sign of life; default: agent.silence-limit, else 20m. A running tool is a sign of life",
} as const;
export const RUN_FLAGS = {
  model: { type: "string", filled: true, value: "NAME", description: "The model, as the agent calls it" },
  agent: {
    type: "string",
    filled: true,
    value: "NAME",
    description: "A role of the agent's own (opencode and claude)",
  },
  "full-access": {
    type: "boolean",
    description: "Let it do everything without asking; otherwise it may change files where it works",
  },
  "in-place": { type: "boolean", description: "Work in this folder rather than in a workspace of its own" },
  tui: { type: "boolean", description: "Open the agent's own interface on this terminal" },
  "time-limit": TIME_LIMIT,
  "silence-limit": SILENCE_LIMIT,
} as const;
const EXTRA = {
  name: "arguments",
  description:
    "Further flags for the agent's own program; `resume` gives them again. Those that incr sets itself are refused",
} as const;
const PROMPT = {
  description: "What it is to do; without it, or as `-`, the prompt is read from stdin",
} as const;

export const run = declareCommand({
  path: ["agent", "run"],
  summary: "Let a coding agent do one thing",
  help: "In a workspace that is leased the agent works there, and the lease stays as it is. Elsewhere it gets a workspace of its own on a branch of its own, which goes back when it ends: what it did is committed if it completed, and kept as a rescue if not.\n\nWhat the agent says is printed on stdout, what it does on stderr; `--json` prints every event as one JSON object a line instead. It has completed if it says so itself and ends with 0. The exit code is the agent's own, 128 + signal if it was killed, and never 0 unless it has completed. Interrupting it ends everything that it started.",
  args: { prompt: { ...PROMPT, variadic: true } },
  flags: { harness: HARNESS, ...RUN_FLAGS },
  passthrough: EXTRA,
  examples: [
    { run: "incr agent run 'Fix the failing test'" },
    { run: "incr agent run --harness claude --full-access - < prompt.md" },
    { run: "incr agent run --harness claude 'Fix the failing test' -- --max-turns 20" },
    { run: "incr agent run --tui", note: "the agent's own interface, in the workspace that you stand in" },
  ],
  json: null,
});

export const resume = declareCommand({
  path: ["agent", "resume"],
  summary: "Go on with a conversation, where it was",
  help: "The same conversation, in the same folder and on the same branch. A workspace of its own is taken again, with branch and files as they were left. Without an id it is the last conversation of the workspace that you stand in; without a prompt, on a terminal, the agent's own interface is opened. Refuses if the conversation, the branch or a commit is gone, and while the conversation is in use.",
  args: { id: ID, prompt: PROMPT },
  flags: {
    model: RUN_FLAGS.model,
    agent: RUN_FLAGS.agent,
    "full-access": RUN_FLAGS["full-access"],
    tui: RUN_FLAGS.tui,
    "time-limit": TIME_LIMIT,
    "silence-limit": SILENCE_LIMIT,
  },
  passthrough: EXTRA,
  examples: [
    { run: "incr agent resume k3j2 'Now write the tests'" },
    { run: "incr agent resume", note: "in its workspace" },
  ],
  json: null,
});

export const list = declareCommand({
  path: ["agent", "list"],
  summary: "List agent sessions that are active, and those of the last seven days",
  flags: {
    all: { type: "boolean", description: "Also older ones" },
    status: { type: "string", choices: ["active", "completed", "failed", "killed"], description: "Only these" },
    harness: OF_HARNESS,
  },
  examples: [{ run: "incr agent list" }, { run: "incr agent list --all --status failed --json" }],
  json: "agent_list",
});

export const show = declareCommand({
  path: ["agent", "show"],
  summary: "Show one agent session",
  args: { id: { ...ID, description: `${ID.description}; without it the last one of this workspace` } },
  examples: [{ run: "incr agent show" }, { run: "incr agent show k3j2 --json" }],
  json: "agent_show",
});

export const logs = declareCommand({
  path: ["agent", "logs"],
  summary: "Print what an agent said and did",
  help: "`--json` prints the events as they are in the log, one JSON object a line.",
  args: { id: { ...ID, description: `${ID.description}; without it the last one of this workspace` } },
  flags: { follow: { type: "boolean", short: "f", description: "Go on until the session has ended" } },
  examples: [{ run: "incr agent logs k3j2" }, { run: "incr agent logs -f" }],
  json: null,
});

export const wait = declareCommand({
  path: ["agent", "wait"],
  summary: "Wait until agent sessions have ended",
  help: "Exit codes: 0 all completed, 1 one failed or was killed, 3 an id is not known, 7 one needs attention, 124 the time was over.",
  args: { id: { ...ID, required: true, variadic: true } },
  flags: { timeout: { type: "duration", value: "TIME", description: "Give up after this long" } },
  examples: [{ run: "incr agent wait k3j2 --timeout 10m" }],
  json: "wait",
});

export const kill = declareCommand({
  path: ["agent", "kill"],
  summary: "End an agent and everything that it started",
  args: { id: { ...ID, description: `${ID.description}; without it the last one of this workspace` } },
  examples: [{ run: "incr agent kill k3j2" }],
  json: "agent_kill",
});

export const help =
  "An agent session is one conversation with a coding agent (opencode, Claude Code or codex), in one or more runs. Its events are kept in a log, its outcome is judged by what the agent says as well as by its exit code, and whatever ends it ends all that it started.";

export const commands = [
  command(run, () => import("./agent/run.ts")),
  command(resume, () => import("./agent/resume.ts")),
  command(list, () => import("./agent/list.ts")),
  command(show, () => import("./agent/show.ts")),
  command(logs, () => import("./agent/logs.ts")),
  command(wait, () => import("./agent/wait.ts")),
  command(kill, () => import("./agent/kill.ts")),
];
