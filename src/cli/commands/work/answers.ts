/** What the work commands answer under `--json`. */
import * as v from "valibot";
import { sessionRecordSchema, SESSION_STATUSES } from "../../../domain/stream/tasks/record.ts";
import { THREAD_STATUSES } from "../../../domain/stream/thread-state.ts";

export const createAnswer = v.object({
  /** `005-session-tracking` */
  id: v.string(),
  name: v.string(),
  /** Absolute path of PLAN.md. */
  plan: v.string(),
  /** Whether it is the current stream. */
  current: v.boolean(),
});

/** Nulls: no stream is current. */
export const currentAnswer = v.object({ id: v.string(), name: v.string() });

const severity = v.picklist(["error", "warning"]);

const diagnosticSchema = v.object({
  severity,
  /** Stable, snake_case. */
  code: v.string(),
  /** From 1. */
  line: v.number(),
  column: v.number(),
  message: v.string(),
  /** What to write. */
  fix: v.string(),
});

export const validateAnswer = v.object({
  stream: v.string(),
  /** False if there is an error. */
  valid: v.boolean(),
  /** Null where the plan was not looked at. */
  plan: v.nullable(v.array(diagnosticSchema)),
  /** Null where the tasks were not looked at, or there are none yet. */
  tasks: v.nullable(v.array(v.object({ severity, code: v.string(), task: v.string(), message: v.string() }))),
});

export const checkAnswer = v.object({ stream: v.string(), findings: v.array(diagnosticSchema) });

const treeThread = v.object({
  id: v.string(),
  name: v.string(),
  summary: v.nullable(v.string()),
  tasks: v.array(v.object({ id: v.string(), name: v.string(), status: v.string() })),
});

export const treeAnswer = v.object({
  stream: v.string(),
  title: v.nullable(v.string()),
  stages: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      questions: v.object({ open: v.number(), resolved: v.number() }),
      batches: v.array(v.object({ id: v.string(), name: v.string(), threads: v.array(treeThread) })),
    }),
  ),
});

export const addAnswer = v.object({
  stream: v.string(),
  /** Of the new part. */
  id: v.string(),
  /** Absolute path of PLAN.md. */
  plan: v.string(),
  /** Line of the new heading. */
  line: v.number(),
  /** Stages that got another number to make room. */
  renumbered: v.array(v.object({ from: v.string(), to: v.string(), name: v.string() })),
});

export const addTaskAnswer = v.object({
  stream: v.string(),
  /** Of the new task. */
  id: v.string(),
  /** Absolute path of TASKS.md. */
  list: v.string(),
  /** Line of the task. */
  line: v.number(),
});

export const approveAnswer = v.object({
  stream: v.string(),
  gate: v.picklist(["plan", "tasks", "stage"]),
  /** `01` for a stage. */
  stage: v.nullable(v.string()),
  status: v.picklist(["approved", "revoked"]),
  /** Absolute paths of the files that were written. */
  written: v.array(v.string()),
  /** Ids of new tasks. */
  added: v.array(v.string()),
  /** Ids of tasks that TASKS.md has no more. */
  dropped: v.array(v.string()),
  /** What was overruled. */
  forced: v.nullable(v.string()),
});

const taskSchema = v.object({
  id: v.string(),
  thread: v.string(),
  name: v.string(),
  status: v.string(),
  agent: v.nullable(v.string()),
  report: v.nullable(v.string()),
  breadcrumb: v.nullable(v.string()),
  /** The runs of the thread, on its first task, as they stand in tasks.json. */
  sessions: v.array(sessionRecordSchema),
  current_session_id: v.nullable(v.string()),
  updated_at: v.nullable(v.string()),
});

export const tasksAnswer = v.object({ stream: v.string(), tasks: v.array(taskSchema) });

const taskCounts = v.object({ total: v.number(), completed: v.number() });

/** With `--streams` the streams, else the tasks. */
export const listAnswer = v.union([
  tasksAnswer,
  v.object({
    streams: v.array(
      v.object({
        id: v.string(),
        name: v.string(),
        current: v.boolean(),
        created_at: v.nullable(v.string()),
        /** Those that are not cancelled; null where they cannot be read. */
        tasks: v.nullable(taskCounts),
      }),
    ),
  }),
]);

const threadStatus = v.picklist(THREAD_STATUSES);

export const readAnswer = v.object({
  stream: v.string(),
  id: v.string(),
  /** Null where the plan has no such thread. */
  thread: v.nullable(
    v.object({
      id: v.string(),
      name: v.string(),
      stage: v.string(),
      batch: v.string(),
      summary: v.nullable(v.string()),
      /** As they stand in the plan. */
      details: v.nullable(v.string()),
    }),
  ),
  /** Of the thread. */
  status: threadStatus,
  agent: v.nullable(v.string()),
  resumable: v.boolean(),
  sessions: v.array(sessionRecordSchema),
  /** The task, or all of the thread. */
  tasks: v.array(taskSchema),
});

export const agentsAnswer = v.object({
  agents: v.array(
    v.object({
      name: v.string(),
      description: v.nullable(v.string()),
      best_for: v.nullable(v.string()),
      /** `provider/model`, with `:variant` where one is set. */
      models: v.array(v.string()),
    }),
  ),
});

export const conflictSchema = v.object({
  /** `01.02` */
  batch: v.string(),
  /** The thread whose work does not fit. */
  thread: v.string(),
  /** The threads that it does not fit with; none where somebody else changed the stream's branch. */
  with: v.array(v.string()),
  files: v.array(v.string()),
  /** Workspace in which it is being resolved. */
  workspace: v.nullable(v.string()),
});

const gateStatus = v.picklist(["approved", "changed", "revoked", "none"]);
/** `changed`: it was approved, and edited since. */
const gateSchema = v.object({
  status: gateStatus,
  by: v.nullable(v.string()),
  at: v.nullable(v.string()),
  /** Why it does not hold: for `revoked` what was said then, for `changed` what happened, such as `PLAN.md was edited`. */
  reason: v.nullable(v.string()),
});

export const statusAnswer = v.object({
  stream: v.string(),
  name: v.string(),
  gates: v.object({
    plan: gateSchema,
    tasks: gateSchema,
    stages: v.array(
      v.object({ stage: v.string(), status: gateStatus, by: v.nullable(v.string()), at: v.nullable(v.string()) }),
    ),
  }),
  /** How many tasks have each status. */
  tasks: v.record(v.string(), v.number()),
  threads: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      status: threadStatus,
      tasks: taskCounts,
      /** Who ran it last, else whom it is assigned to. */
      agent: v.nullable(v.string()),
      /** How many runs there were. */
      sessions: v.number(),
      /** The last run; `at` is its end, or its start while it has none. */
      last_session: v.nullable(
        v.object({ status: v.picklist(SESSION_STATUSES), at: v.string(), session_id: v.nullable(v.string()) }),
      ),
      running: v.boolean(),
      /** Whether an agent can go on in the last conversation. */
      resumable: v.boolean(),
      /** All runs, oldest first, with --sessions. */
      history: v.optional(v.array(sessionRecordSchema)),
    }),
  ),
  /** The branch that gathers the results; null until a thread was started. */
  branch: v.nullable(v.string()),
  /** Batches that are in it, such as `01.02`. */
  merged: v.array(v.string()),
  /** Merges that wait to be resolved. */
  conflicts: v.array(conflictSchema),
  /** The `work multi` that carries out batches while threads run; `attach` shows its windows of tmux. */
  conductor: v.nullable(
    v.object({
      pid: v.number(),
      batches: v.array(v.string()),
      where: v.picklist(["here", "detached", "tmux"]),
      attach: v.nullable(v.string()),
    }),
  ),
  /** What to type next: at the end, `git merge` of the branch; null while threads run, and when its work is where the workspaces begin. */
  next: v.nullable(v.string()),
});
