/** `incr work …`, or `work …`: workstreams, from the plan to the tasks. */
import { HARNESSES } from "../../domain/config-file.ts";
import { TASK_STATUSES } from "../../domain/stream/tasks/record.ts";
import { command, declareCommand } from "../command.ts";

const STREAM = {
  stream: {
    type: "string",
    value: "ID",
    description: "Id or name of the workstream; default: the current one",
    complete: "stream",
  },
} as const;
const NAME = { type: "string", value: "NAME", required: true, description: "What it is called, one line" } as const;
const STAGE = {
  type: "int",
  value: "N",
  min: 1,
  max: 99,
  required: true,
  description: "Number of the stage",
  complete: "stage",
} as const;
const FORCE = { type: "boolean", description: "Overrule what stands against it; that is recorded" } as const;
const REVOKE = { type: "boolean", description: "Take the approval back; needs --reason" } as const;
const REASON = { type: "string", value: "TEXT", description: "Why it is taken back" } as const;
const GATE = { ...STREAM, revoke: REVOKE, reason: REASON, force: FORCE } as const;
const TASK = { type: "string", value: "ID", description: "Id of the task, such as 1.2.3.4", complete: "task" } as const;
const THREAD = {
  type: "string",
  value: "ID",
  description: "Id of the thread, such as 1.2.3",
  complete: "thread",
} as const;

export const create = declareCommand({
  path: ["work", "create"],
  summary: "Make a workstream with a plan to fill in",
  help: "Makes `work/NNN-name/PLAN.md` under the next free number. Without --plan the plan is a template, which cannot be approved before it is filled in. The new stream becomes the current one if there is none.",
  flags: {
    name: {
      type: "string",
      value: "NAME",
      description: "What it is called; default: the title of the plan that --plan gives",
    },
    stages: { type: "int", value: "N", min: 1, max: 99, default: 1, description: "Stages of the template" },
    plan: {
      type: "string",
      value: "FILE",
      description: "A plan that is written already, copied as it is",
      complete: "file",
    },
  },
  examples: [{ run: 'work create --name "Session tracking" --stages 3' }, { run: "work create --plan draft.md" }],
  json: "work_create",
});

export const current = declareCommand({
  path: ["work", "current"],
  summary: "Print the workstream that is meant when none is named",
  flags: { set: { type: "string", value: "ID", description: "Make this one the current one", complete: "stream" } },
  examples: [{ run: "work current" }, { run: "work current --set session-tracking" }],
  json: "work_current",
});

export const validate = declareCommand({
  path: ["work", "validate"],
  summary: "Look for faults in plan, tasks and session records",
  help: "Errors end it with 1; each says its line and column, and what to write. Whether a plan still has open questions is what `work check plan` looks for.",
  args: { part: { description: "Only this part", choices: ["plan", "tasks"] } },
  flags: STREAM,
  examples: [{ run: "work validate" }, { run: "work validate plan --stream 5" }],
  json: "work_validate",
});

export const checkPlan = declareCommand({
  path: ["work", "check", "plan"],
  summary: "Look for open questions and missing inputs in a plan",
  help: "Ends with 1 if it finds some. It looks for open questions, what was not filled in, constitutions without inputs, and files named in references and inputs that do not exist. It does not stand in the way of an approval.",
  flags: STREAM,
  examples: [{ run: "work check plan" }],
  json: "work_check",
});

export const preview = declareCommand({
  path: ["work", "preview"],
  summary: "Show what a plan consists of, with a summary of each thread",
  flags: {
    ...STREAM,
    plan: { type: "string", value: "FILE", description: "A plan that belongs to no workstream yet", complete: "file" },
  },
  examples: [{ run: "work preview" }, { run: "work preview --plan draft.md" }],
  json: "work_tree",
});

export const tree = declareCommand({
  path: ["work", "tree"],
  summary: "Show stages, batches, threads and tasks as a tree",
  flags: STREAM,
  examples: [{ run: "work tree" }, { run: "work tree --json" }],
  json: "work_tree",
});

export const addStage = declareCommand({
  path: ["work", "add-stage"],
  summary: "Add a stage to the plan",
  help: "Only new lines are written. With --after it comes in the middle if its number is free; else the stages after it have to get other numbers, which --renumber allows and the command says.",
  flags: {
    ...STREAM,
    name: NAME,
    after: {
      type: "int",
      value: "N",
      min: 1,
      max: 99,
      description: "Number of the stage that it comes after; default: the last one",
      complete: "stage",
    },
    renumber: { type: "boolean", description: "Let later stages get other numbers" },
  },
  examples: [{ run: 'work add-stage --name "Fixes"' }, { run: 'work add-stage --name "Fixes" --after 1 --renumber' }],
  json: "work_add",
});

export const addBatch = declareCommand({
  path: ["work", "add-batch"],
  summary: "Add a batch to a stage of the plan",
  flags: { ...STREAM, stage: STAGE, name: NAME },
  examples: [{ run: 'work add-batch --stage 2 --name "Documentation"' }],
  json: "work_add",
});

export const addThread = declareCommand({
  path: ["work", "add-thread"],
  summary: "Add a thread to a batch of the plan",
  flags: {
    ...STREAM,
    stage: STAGE,
    batch: {
      type: "int",
      value: "N",
      min: 1,
      max: 99,
      required: true,
      description: "Number of the batch",
      complete: "batch_number",
    },
    name: NAME,
    summary: { type: "string", value: "TEXT", description: "One or two sentences" },
    details: { type: "string", value: "TEXT", description: "What is to be done, as Markdown; `-` reads stdin" },
  },
  examples: [
    {
      run: 'work add-thread --stage 2 --batch 1 --name "Write the guide" --summary "The guide." --details "One page, with an example"',
    },
  ],
  json: "work_add",
});

export const addTask = declareCommand({
  path: ["work", "add-task"],
  summary: "Add a task to a thread in TASKS.md",
  help: "Writes one line under the thread, or the text of a task there that has none yet. It counts when the list is approved again with `work approve tasks`.",
  flags: {
    ...STREAM,
    thread: { ...THREAD, required: true },
    name: { ...NAME, description: "What is to be done, one line" },
  },
  examples: [{ run: 'work add-task --thread 1.2.3 --name "Try it on a copy of the database"' }],
  json: "work_add_task",
});

export const approvePlan = declareCommand({
  path: ["work", "approve", "plan"],
  summary: "Approve the plan as it stands, and write TASKS.md",
  help: "Holds the hash of PLAN.md: an edit ends the approval. A TASKS.md that is there gets the threads that it lacks, and is not changed otherwise. A template that was not filled in cannot be approved, not even with --force.",
  flags: GATE,
  examples: [{ run: "work approve plan" }, { run: 'work approve plan --revoke --reason "stage 2 is too big"' }],
  json: "work_approve",
});

export const approveTasks = declareCommand({
  path: ["work", "approve", "tasks"],
  summary: "Read TASKS.md into tasks.json, and write a prompt for each thread",
  help: "Approving again matches tasks by their ids: status, report and sessions stay. A task that agents have worked on cannot be dropped. Prompts that were edited stay as they are.",
  flags: GATE,
  examples: [{ run: "work approve tasks" }],
  json: "work_approve",
});

export const approveStage = declareCommand({
  path: ["work", "approve", "stage"],
  summary: "Accept the result of a stage, which opens the next one",
  help: "Refused while tasks of the stage are not completed or cancelled, or the stage before it is not approved.",
  args: { number: { required: true, description: "Number of the stage", complete: "stage" } },
  flags: GATE,
  examples: [{ run: "work approve stage 1" }],
  json: "work_approve",
});

export const list = declareCommand({
  path: ["work", "list"],
  summary: "List tasks, or the workstreams",
  args: { id: { description: "Only those of this stage, batch or thread, such as 1.2", complete: "stream_part" } },
  flags: {
    ...STREAM,
    status: { type: "string", choices: TASK_STATUSES, description: "Only these" },
    streams: { type: "boolean", description: "List the workstreams instead" },
  },
  examples: [{ run: "work list 1.2 --status pending" }, { run: "work list --streams" }],
  json: "work_list",
});

export const read = declareCommand({
  path: ["work", "read"],
  summary: "Show a thread or a task with all that is known about it",
  args: {
    id: {
      required: true,
      description: "Id of a thread or a task, such as 1.2.3 or 1.2.3.4",
      complete: "thread_or_task",
    },
  },
  flags: STREAM,
  examples: [{ run: "work read 1.2.3" }, { run: "work read 01.02.03.01 --json" }],
  json: "work_read",
});

export const update = declareCommand({
  path: ["work", "update"],
  summary: "Say how far a task or a whole thread is",
  flags: {
    ...STREAM,
    task: TASK,
    thread: THREAD,
    status: { type: "string", choices: TASK_STATUSES, description: "How it stands now" },
    report: { type: "string", value: "TEXT", description: "What was done, or what is in the way" },
    breadcrumb: { type: "string", value: "TEXT", description: "Where to go on" },
  },
  examples: [
    { run: 'work update --task 1.2.3.1 --status completed --report "Added the fields, with tests"' },
    { run: "work update --thread 1.2.3 --status pending" },
  ],
  json: "work_tasks",
});

export const assign = declareCommand({
  path: ["work", "assign"],
  summary: "Give a thread to an agent",
  flags: {
    ...STREAM,
    thread: { ...THREAD, required: true },
    agent: {
      type: "string",
      value: "NAME",
      description: "Name of an agent in work/agents.yaml",
      complete: "stream_agent",
    },
    clear: { type: "boolean", description: "Take the thread away from its agent" },
  },
  examples: [{ run: "work assign --thread 1.2.3 --agent backend-expert" }],
  json: "work_tasks",
});

export const agents = declareCommand({
  path: ["work", "agents"],
  summary: "List the agents that threads can be given to",
  examples: [{ run: "work agents" }],
  json: "work_agents",
});

export const agentsAdd = declareCommand({
  path: ["work", "agents", "add"],
  summary: "Add an agent to work/agents.yaml, or change the one of that name",
  help: "Comments and other entries of the file stay as they are.",
  args: { name: { required: true, description: "What it is called", complete: "stream_agent" } },
  flags: {
    description: { type: "string", value: "TEXT", description: "What it is" },
    "best-for": { type: "string", value: "TEXT", description: "What to give it" },
    model: {
      type: "string",
      value: "MODEL",
      multiple: true,
      required: true,
      description: "provider/model; the first is used, further ones are noted for whoever chooses",
    },
  },
  examples: [{ run: 'work agents add backend-expert --model anthropic/claude-opus-4 --best-for "APIs and databases"' }],
  json: "work_agents",
});

export const agentsRemove = declareCommand({
  path: ["work", "agents", "remove"],
  summary: "Take an agent out of work/agents.yaml",
  args: { name: { required: true, description: "What it is called", complete: "stream_agent" } },
  examples: [{ run: "work agents remove backend-expert" }],
  json: "work_agents",
});

const RUN_FLAGS = {
  harness: {
    type: "string",
    choices: HARNESSES,
    description: "Which coding agent; default: agent.harness of the configuration, else opencode",
  },
  model: { type: "string", value: "NAME", description: "The model, as the agent calls it" },
  "full-access": {
    type: "boolean",
    description: "Let agents do everything without asking; otherwise they may change files where they work",
  },
  "time-limit": {
    type: "duration",
    value: "TIME",
    description: "End an agent after this long; default: agent.time-limit of the configuration, else 1h",
  },
  "silence-limit": {
    type: "duration",
    value: "TIME",
    description:
      "End an agent after this long without a sign of life; default: agent.silence-limit, else 20m. A running tool is a sign of life",
  },
} as const;
const AGENT_FLAGS = {
  agent: {
    type: "string",
    value: "NAME",
    description: "Name of an agent in work/agents.yaml, in place of the one that the thread is given to",
    complete: "stream_agent",
  },
  ...RUN_FLAGS,
} as const;
const IN_PLACE = {
  type: "boolean",
  description: "Work in this folder rather than in a workspace and on a branch of the thread's own",
} as const;
const IN_PLACE_ALL = {
  ...IN_PLACE,
  description: "All in this folder, rather than each in a workspace and on a branch of its own",
} as const;
const PIPED = { type: "boolean", description: "Without the agent's own interface, also on a terminal" } as const;
const START_FORCE = {
  type: "boolean",
  description: "Begin although not everything is approved; that is recorded",
} as const;

export const execute = declareCommand({
  path: ["work", "execute"],
  summary: "Let an agent carry out a thread",
  help: "On a terminal the agent's own interface is opened, elsewhere (and with --piped) it works by itself: what it says is printed on stdout, what it does on stderr; `--json` prints every event as one JSON object a line instead. It works in a workspace of its own, on the thread's branch `incr/stream/<stream>/t-<thread>`, which begins at the stream's branch.\n\nA run that works by itself has completed if the agent says so, and completes the tasks that it left unmarked. One at a terminal has completed if every task is marked, else it is interrupted and can be gone on with. A thread that has run before is for `work fix`. The exit code is the agent's own, and never 0 unless the thread's run completed.",
  flags: {
    ...STREAM,
    thread: {
      type: "string",
      value: "ID",
      required: true,
      description: "Id of the thread, such as 1.2.3, or its name",
      complete: "thread",
    },
    ...AGENT_FLAGS,
    piped: PIPED,
    "in-place": IN_PLACE,
    force: START_FORCE,
  },
  examples: [
    { run: "work execute --thread 1.1.2" },
    { run: 'work execute --thread "Schema validation" --harness claude --piped' },
  ],
  json: null,
});

const MAX_PARALLEL = {
  type: "int",
  value: "N",
  min: 1,
  description: "Threads at the same time; default: stream.max-parallel of the configuration, else 4",
} as const;
const WHERE = {
  tmux: { type: "boolean", description: "In windows of tmux, also without a terminal" },
  headless: { type: "boolean", description: "Without tmux, also on a terminal" },
  detach: { type: "boolean", description: "Return at once; it goes on by itself" },
} as const;
const SKIP_BROKEN = {
  type: "boolean",
  description: "Go on behind a batch in which threads did not come to their end; what is completed of it is merged",
} as const;

export const multi = declareCommand({
  path: ["work", "multi"],
  summary: "Let agents carry out batches, the threads of each side by side",
  help: "Batches are carried out one after the other, in the order of the plan; each thread in a workspace and on a branch of its own. When all threads of a batch are completed, their branches are merged into the stream's branch in the order of the threads, and the next batch begins there. It stops at a thread that did not come to its end (`work fix`), at a merge that conflicts, and at a stage that waits for an approval. Threads that have run before do not run again.\n\nOn a terminal, where tmux is installed, each thread gets a window of its own and all of it goes on if the terminal is lost; elsewhere the threads run in this process, and end with it. Waits for the end, and ends with 1 if a thread did not complete. `--json` prints each event as one JSON object a line.",
  flags: {
    ...STREAM,
    batch: { type: "string", value: "ID", description: "Only this batch, such as 1.2", complete: "batch" },
    continue: { type: "boolean", description: "All batches that are left" },
    stop: { type: "boolean", description: "End what another `work multi` does on this stream, with its agents" },
    "max-parallel": MAX_PARALLEL,
    ...AGENT_FLAGS,
    "in-place": IN_PLACE_ALL,
    "skip-broken": SKIP_BROKEN,
    ...WHERE,
    force: START_FORCE,
  },
  examples: [
    { run: "work multi --batch 1.1" },
    { run: "work multi --continue --max-parallel 2 --detach" },
    { run: "work multi --stop" },
  ],
  json: null,
});

/** What another process of ours is started with, in which agents are watched over. */
export const conduct = declareCommand({
  path: ["work", "conduct"],
  summary: "Carry out what `work multi` has planned",
  flags: {
    ...STREAM,
    id: { type: "string", value: "ID", required: true, description: "Of this work" },
    batch: { type: "string", value: "ID", multiple: true, required: true, description: "In their order" },
    "max-parallel": { type: "int", value: "N", min: 1, required: true, description: "Threads at the same time" },
    ...AGENT_FLAGS,
    "in-place": IN_PLACE,
    "skip-broken": SKIP_BROKEN,
    tmux: { type: "boolean", description: "Each thread in a window of this terminal" },
    force: START_FORCE,
  },
  examples: [{ run: "work conduct --id k3j2abcd --batch 01.01 --max-parallel 4" }],
  json: null,
  hidden: true,
});

export const supervise = declareCommand({
  path: ["work", "supervise"],
  summary: "Watch over the agent of one thread of a batch",
  flags: {
    ...STREAM,
    thread: { type: "string", value: "ID", required: true, description: "Id of the thread" },
    ...AGENT_FLAGS,
    "in-place": IN_PLACE,
  },
  examples: [{ run: "work supervise --thread 01.01.02" }],
  json: null,
  hidden: true,
});

export const status = declareCommand({
  path: ["work", "status"],
  summary: "Show where a workstream stands: approvals, threads and their runs",
  flags: { ...STREAM, sessions: { type: "boolean", description: "Every run of every thread" } },
  examples: [{ run: "work status" }, { run: "work status --sessions --json" }],
  json: "work_status",
});

export const fix = declareCommand({
  path: ["work", "fix"],
  summary: "Run a thread again that failed or was interrupted, or resolve a merge that conflicts",
  help: "On a terminal it shows the threads that were started, asks for one and for what its state allows, and asks before it does so. Elsewhere the flags answer, and without them it ends with 2.\n\n--resume goes on in the same conversation, with branch and files as they were left. --retry begins again where the thread began, with the agent that had it last; the earlier attempt is kept as a rescue, and the agent is told what went wrong. --agent does the same with another one. Threads that are completed never run again. When the last thread of a batch is completed, the batch is merged into the stream's branch.\n\n--merge opens a merge that conflicts in a workspace, and prints its path. Resolve the conflicts there, `git add` the files, and --merged takes the result over; with --agent an agent does both.\n\n--new-stage adds a stage to the plan, like `work add-stage`.",
  flags: {
    ...STREAM,
    thread: { ...THREAD, description: "Id of the thread, such as 1.2.3, or its name" },
    resume: { type: "boolean", description: "Go on in the conversation of its last run" },
    retry: { type: "boolean", description: "Begin again, with the agent of its last run" },
    ...AGENT_FLAGS,
    agent: { ...AGENT_FLAGS.agent, description: "Begin again with this agent of work/agents.yaml" },
    "in-place": { ...IN_PLACE, description: "Begin again in this folder rather than in a workspace" },
    piped: PIPED,
    force: START_FORCE,
    merge: { type: "boolean", description: "Open a merge that conflicts in a workspace, to be resolved there" },
    merged: { type: "boolean", description: "Take over the merge that was resolved there, and go on" },
    "new-stage": { type: "boolean", description: "Add a stage to the plan" },
    name: { type: "string", value: "NAME", description: "What the new stage is called" },
  },
  examples: [
    { run: "work fix" },
    { run: "work fix --thread 1.1.2 --resume" },
    { run: "work fix --thread 1.1.2 --agent backend-expert" },
    { run: 'cd "$(work fix --merge)"', note: "then resolve, git add, and work fix --merged" },
    { run: "work fix --new-stage --name Fixes" },
  ],
  json: "work_fix",
});

export const continueStream = declareCommand({
  path: ["work", "continue"],
  summary: "Go on with a workstream where it stopped",
  help: "Looks for threads that failed or were interrupted, and for merges that conflict, in everything that was run so far. If it finds some it asks whether to go on without them, to fix them first, or to abort; --yes, --fix and --abort answer. Then it carries out what is left, as `work multi --continue` does.\n\nGoing on without them leaves them as they are: what is completed of their batch is merged, and the batches behind it begin there. A merge that conflicts cannot be passed over. `--json` prints each event as one JSON object a line.",
  flags: {
    ...STREAM,
    yes: { type: "boolean", description: "Go on, and leave what failed as it is" },
    fix: { type: "boolean", description: "Fix what failed first, as `work fix` does" },
    abort: { type: "boolean", description: "Go on only if nothing has failed; ends with 1 otherwise" },
    "max-parallel": MAX_PARALLEL,
    ...AGENT_FLAGS,
    "in-place": IN_PLACE_ALL,
    piped: { ...PIPED, description: "Fix without the agent's own interface, also on a terminal" },
    ...WHERE,
    force: START_FORCE,
  },
  examples: [{ run: "work continue" }, { run: "work continue --yes" }],
  json: null,
});

export const help = `A workstream is a plan of stages, batches and threads in work/<stream>/PLAN.md of the main checkout, and the tasks that come of it. Write the plan, approve it, fill TASKS.md, approve that, and the tasks can be worked on. Ids are accepted without their zeros: 1.2.3 is thread 01.02.03.`;

export const commands = [
  command(create, () => import("./work/create.ts")),
  command(current, () => import("./work/current.ts")),
  command(list, () => import("./work/list.ts")),
  command(status, () => import("./work/status.ts")),
  command(execute, () => import("./work/execute.ts")),
  command(multi, () => import("./work/multi.ts")),
  command(conduct, () => import("./work/conduct.ts")),
  command(supervise, () => import("./work/supervise.ts")),
  command(tree, () => import("./work/tree.ts")),
  command(preview, () => import("./work/preview.ts")),
  command(validate, () => import("./work/validate.ts")),
  command(checkPlan, () => import("./work/check-plan.ts")),
  command(addStage, () => import("./work/add-stage.ts")),
  command(addBatch, () => import("./work/add-batch.ts")),
  command(addThread, () => import("./work/add-thread.ts")),
  command(addTask, () => import("./work/add-task.ts")),
  command(approvePlan, () => import("./work/approve-plan.ts")),
  command(approveTasks, () => import("./work/approve-tasks.ts")),
  command(approveStage, () => import("./work/approve-stage.ts")),
  command(read, () => import("./work/read.ts")),
  command(update, () => import("./work/update.ts")),
  command(assign, () => import("./work/assign.ts")),
  command(agents, () => import("./work/agents.ts")),
  command(agentsAdd, () => import("./work/agents-add.ts")),
  command(agentsRemove, () => import("./work/agents-remove.ts")),
  command(fix, () => import("./work/fix.ts")),
  command(continueStream, () => import("./work/continue.ts")),
];
