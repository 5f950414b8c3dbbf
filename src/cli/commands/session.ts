/** `incr session …`: attempts at todos in workspaces of their own. */
import { command, declareCommand } from "../command.ts";

const TODO = { description: "Id of the todo, or the start of it", complete: "todo" } as const;
const REV = {
  type: "string",
  value: "REV",
  description: "Start from this revision instead of the configured base",
} as const;
const TOPIC = { type: "string", value: "TEXT", description: "What this attempt is for, in words" } as const;
const TITLE = {
  type: "string",
  value: "TEXT",
  description: "Make a todo with this title first, and work on that",
} as const;

export const start = declareCommand({
  path: ["session", "start"],
  summary: "Take a todo and a workspace",
  help: "Leases a workspace on a branch of its own, sets the todo to in_progress and prints the workspace's path as the only line on stdout. The lease is held until `done` or `fail`, across shells and reboots. Of two starts at once one wins, and the other changes nothing. Dependencies that are still to be done do not keep you from starting; they are named.",
  args: { "todo-id": TODO },
  flags: { topic: TOPIC, rev: REV, title: TITLE },
  examples: [
    {
      run: "incr session start k3j2",
      note: "with the shell function of `incr shell init` this also changes directory",
    },
    { run: "cd \"$(incr session start --title 'Fix the login')\"", note: "without it" },
  ],
  json: "session_start",
});

export const done = declareCommand({
  path: ["session", "done"],
  summary: "Finish: commit what is left, free the workspace, mark the todo done",
  help: "Without an id it ends the session of the workspace that you stand in. Uncommitted work becomes a commit on the session's branch.",
  args: { "todo-id": TODO },
  examples: [{ run: "incr session done" }, { run: "incr session done k3j2" }],
  json: "session_end",
});

export const fail = declareCommand({
  path: ["session", "fail"],
  summary: "Give up: keep what is there as a rescue, free the workspace, reopen the todo",
  help: "Without an id it ends the session of the workspace that you stand in. `incr session resume` brings the attempt back, branch and files exactly.",
  args: { "todo-id": TODO },
  examples: [{ run: "incr session fail" }, { run: "incr session fail k3j2" }],
  json: "session_end",
});

export const run = declareCommand({
  path: ["session", "run"],
  summary: "Run one command as one attempt at a todo",
  help: "Starts a session, runs the command in the workspace with your terminal, arguments, input, output and signals, and ends the session by its exit code: 0 marks the todo done, anything else reopens it. incr exits with the command's own code. If incr itself is killed, the next command settles what is left; a command that runs on then keeps the session until it ends, and `session show` names it.",
  args: { "todo-id": TODO },
  flags: {
    topic: { ...TOPIC, description: "What this attempt is for; default: the command line" },
    rev: REV,
    title: TITLE,
  },
  passthrough: { name: "command", description: "The command and its arguments, untouched", required: true },
  examples: [
    { run: "incr session run k3j2 -- npm test" },
    { run: "incr session run k3j2 -- claude -p 'Do what the todo says'" },
  ],
  json: null,
});

export const resume = declareCommand({
  path: ["session", "resume"],
  summary: "Bring a failed or interrupted attempt back, branch and files exactly",
  help: "Takes a lease again, in the same workspace if it is free, checks the session's branch out and restores what was not committed. Without an id it takes the only attempt of this repository that can be resumed. Refuses if the branch, a commit or the rescue is gone.",
  args: { id: { description: "Id of the session or its todo, or the start of it", complete: "session" } },
  examples: [{ run: "incr session resume" }, { run: "incr session resume k3j2" }],
  json: "session_start",
});

export const list = declareCommand({
  path: ["session", "list"],
  summary: "List active sessions and those of the last seven days",
  flags: {
    all: { type: "boolean", description: "Also older ones" },
    status: { type: "string", choices: ["active", "completed", "failed"], description: "Only these" },
  },
  examples: [{ run: "incr session list" }, { run: "incr session list --all --status failed --json" }],
  json: "session_list",
});

export const show = declareCommand({
  path: ["session", "show"],
  summary: "Show one session: where it is, what it left",
  args: {
    id: { description: "Id of the session or its todo; without it the session of this workspace", complete: "session" },
  },
  examples: [{ run: "incr session show" }, { run: "incr session show k3j2 --json" }],
  json: "session_show",
});

export const help =
  "A session is one attempt at a todo, in a leased workspace (a git worktree outside of the repository) on a branch of its own. Todo, session and lease change together.";

export const commands = [
  command(start, () => import("./session/start.ts")),
  command(done, () => import("./session/done.ts")),
  command(fail, () => import("./session/fail.ts")),
  command(run, () => import("./session/run.ts")),
  command(resume, () => import("./session/resume.ts")),
  command(list, () => import("./session/list.ts")),
  command(show, () => import("./session/show.ts")),
];
