/** `incr work …`, or `work …`: workstreams, from the plan to the tasks. */
import { TASK_STATUSES } from "../../domain/stream/tasks/record.ts";
import { command, declareCommand } from "../command.ts";
import {
  addBatch,
  addStage,
  addTask,
  addThread,
  approvePlan,
  approveStage,
  approveTasks,
} from "./work/declare-plan.ts";
import { conduct, continueStream, execute, fix, multi, supervise } from "./work/declare-runs.ts";
import { namingStreams } from "./work/name-stream.ts";
import { STREAM, THREAD } from "./work/part-flags.ts";

const TASK = { type: "string", value: "ID", description: "Id of the task, such as 1.2.3.4", complete: "task" } as const;

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
    stages: { type: "int", value: "N", min: 1, max: 99, description: "Stages of the template; default: 1" },
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
  args: { id: { description: "Id of a task or a thread, in place of --task or --thread", complete: "thread_or_task" } },
  flags: {
    ...STREAM,
    task: TASK,
    thread: THREAD,
    status: { type: "string", choices: TASK_STATUSES, description: "How it stands now" },
    report: { type: "string", value: "TEXT", description: "What was done, or what is in the way" },
    breadcrumb: { type: "string", value: "TEXT", description: "Where to go on" },
  },
  examples: [
    { run: 'work update --task 1.2.3.1 --status completed --report "Added the fields"' },
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
  examples: [{ run: 'work agents add backend --model anthropic/claude-opus-4 --best-for "APIs"' }],
  json: "work_agents",
});

export const agentsRemove = declareCommand({
  path: ["work", "agents", "remove"],
  summary: "Take an agent out of work/agents.yaml",
  args: { name: { required: true, description: "What it is called", complete: "stream_agent" } },
  examples: [{ run: "work agents remove backend-expert" }],
  json: "work_agents",
});

export const status = declareCommand({
  path: ["work", "status"],
  summary: "Show where a workstream stands: approvals, threads and their runs",
  flags: { ...STREAM, sessions: { type: "boolean", description: "Every run of every thread" } },
  examples: [{ run: "work status" }, { run: "work status --sessions --json" }],
  json: "work_status",
});

export const examples = [
  { run: "work create --plan plan.md", note: "or --name: a template" },
  { run: "work approve plan", note: "then write the tasks into TASKS.md" },
  { run: "work approve tasks" },
  { run: "work multi --continue", note: "agents carry it out, side by side" },
  { run: "work approve stage 1", note: "what they did; then go on" },
] as const;

export const help =
  "A workstream is a plan of stages, batches and threads in work/<stream>/PLAN.md of the main checkout, and the tasks that come of it. Write the plan, approve it, fill TASKS.md, approve that, and agents can carry it out: `work multi --continue`. `work status` says what comes next. Ids are accepted without their zeros: 1.2.3 is thread 01.02.03.";

export const commands = namingStreams([
  command(create, () => import("./work/create.ts")),
  command(current, () => import("./work/current.ts")),
  command(list, () => import("./work/list.ts")),
  command(status, () => import("./work/status.ts")),
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
  command(agents, () => import("./work/agents.ts")),
  command(agentsAdd, () => import("./work/agents-add.ts")),
  command(agentsRemove, () => import("./work/agents-remove.ts")),
  command(assign, () => import("./work/assign.ts")),
  command(execute, () => import("./work/execute.ts")),
  command(multi, () => import("./work/multi.ts")),
  command(conduct, () => import("./work/conduct.ts")),
  command(supervise, () => import("./work/supervise.ts")),
  command(fix, () => import("./work/fix.ts")),
  command(continueStream, () => import("./work/continue.ts")),
  command(read, () => import("./work/read.ts")),
  command(update, () => import("./work/update.ts")),
]);
