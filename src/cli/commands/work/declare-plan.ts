/** Declarations of the `work` commands that change a plan or its tasks as text, and that approve them. */
import { declareCommand } from "../../command.ts";
import { STREAM, THREAD } from "./part-flags.ts";

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
      run: 'work add-thread --stage 2 --batch 1 --name "Guide" --details "One page"',
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
