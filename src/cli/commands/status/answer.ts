/** The answer of `incr status --json`. Times are ISO, ages whole seconds, sizes bytes. */
import * as v from "valibot";
import { leaseSchema } from "../../../domain/lease.ts";
import { FIX_STATUSES } from "../../../domain/stream/fix.ts";
import { STREAM_STATES } from "../../../domain/stream/next-step.ts";
import { TODO_TYPES } from "../../../domain/todo.ts";
import { rescueAnswer } from "../rescue/answer.ts";
import { survivorSchema } from "../session/answers.ts";

const age = { started_at: v.string(), age_seconds: v.number() };

const todo = v.object({
  id: v.string(),
  short_id: v.string(),
  title: v.string(),
  priority: v.number(),
  type: v.picklist(TODO_TYPES),
  ...age,
  /** Who works on it; null if nobody is known to. */
  holder: v.nullable(v.object({ type: v.picklist(["session", "job"]), id: v.string() })),
});

const session = v.object({
  id: v.string(),
  todo_id: v.string(),
  /** Of the todo; null if it is gone or cannot be read. */
  title: v.nullable(v.string()),
  topic: v.nullable(v.string()),
  workspace: v.string(),
  path: v.nullable(v.string()),
  branch: v.nullable(v.string()),
  /** `held`: until somebody ends it. `lost`: it does not hold its workspace any more. The others are about a run; `orphaned`: its process is gone, and something of it runs on. */
  liveness: v.picklist(["held", "running", "orphaned", "gone", "unknown", "lost"]),
  /** Of an orphaned one: what of it runs on, its command first. */
  survivors: v.array(survivorSchema),
  ...age,
});

const workspace = v.object({
  name: v.string(),
  path: v.string(),
  /** `busy`: a step is under way. `draining`: it waits for the last processes of a session that has ended. `missing`: its folder is gone. */
  state: v.picklist(["free", "held", "busy", "draining", "set_aside", "missing"]),
  holder: v.nullable(leaseSchema.entries.holder),
  since: v.nullable(v.string()),
  age_seconds: v.nullable(v.number()),
  purpose: v.nullable(v.string()),
  /** Why it is set aside. */
  attention: v.nullable(v.string()),
  /** Disk use; null if counting it took too long. */
  bytes: v.nullable(v.number()),
});

const stream = v.object({
  id: v.string(),
  name: v.string(),
  current: v.boolean(),
  /**
   * What it waits for: `planning` and `tasks` for that to be approved, `ready` for threads to be run, `review` for the result of a stage to be accepted,
   * `unmerged` for all of it to be taken over; `blocked`, `broken` and `conflict` for somebody. Or it is `running`.
   */
  state: v.picklist(STREAM_STATES),
  tasks: v.object({ total: v.number(), completed: v.number() }),
  threads: v.object({ total: v.number(), completed: v.number() }),
  running: v.array(v.object({ thread: v.string(), name: v.string(), agent: v.nullable(v.string()), ...age })),
  /** Threads whose last run did not end well, or left tasks. */
  broken: v.array(
    v.object({
      thread: v.string(),
      name: v.string(),
      status: v.picklist(FIX_STATUSES),
      /** Whether an agent can go on in the last conversation. */
      resumable: v.boolean(),
    }),
  ),
  /** Merges that stopped. */
  conflicts: v.array(
    v.object({
      batch: v.string(),
      thread: v.string(),
      /** Threads that it does not fit with. */
      with: v.array(v.string()),
      files: v.array(v.string()),
      /** Where somebody is at it. */
      workspace: v.nullable(v.string()),
    }),
  ),
  /** What to type next. */
  command: v.string(),
});

const branch = v.object({
  name: v.string(),
  commits: v.number(),
  committed_at: v.string(),
  age_seconds: v.number(),
  /** The last attempt that worked on it. */
  session: v.nullable(v.object({ id: v.string(), status: v.picklist(["completed", "failed"]) })),
  /** Merges it, or goes on with it. */
  command: v.string(),
});

export const repositoryAnswer = v.object({
  scope: v.literal("repository"),
  /** Null while nothing was ever recorded for this repository. */
  repo: v.nullable(v.string()),
  root: v.string(),
  todos: v.object({
    in_progress: v.array(todo),
    /** Ids that can be begun, the most urgent first. */
    ready: v.array(v.string()),
    /** All that are not done, closed or deleted. */
    total: v.number(),
  }),
  sessions: v.array(session),
  jobs: v.array(
    v.object({
      id: v.string(),
      todo_id: v.string(),
      stage: v.string(),
      /** `paused`: it keeps its workspace until a provider takes work again. `orphaned`: its process is gone, and something of it runs on. */
      liveness: v.picklist(["running", "paused", "orphaned", "gone", "unknown"]),
      /** When it can go on; null unless it is paused. */
      paused_until: v.nullable(v.string()),
      /** Name of its workspace, else the path of the checkout that it works in. */
      workspace: v.nullable(v.string()),
      ...age,
    }),
  ),
  agent_sessions: v.array(
    v.object({
      id: v.string(),
      /** What it was asked for; the thread that it carries out. */
      title: v.nullable(v.string()),
      /** Where it works; null in a folder of the caller's. */
      workspace: v.nullable(v.string()),
      ...age,
    }),
  ),
  /** The current one, and those in which something runs or waits for somebody. */
  streams: v.array(stream),
  workspaces: v.array(workspace),
  branches: v.object({
    /** What they are compared with; null while there is no commit. */
    base: v.nullable(v.string()),
    /** The newest first; squash merges are recognised. */
    unmerged: v.array(branch),
    /** Older ones that were not looked at closely. */
    more: v.number(),
  }),
  /** Those that were not brought back. */
  rescues: v.array(rescueAnswer),
  workflows: v.array(
    v.object({
      workflow: v.string(),
      step: v.string(),
      steps: v.array(v.string()),
      branch: v.nullable(v.string()),
      started_at: v.string(),
      updated_at: v.string(),
      age_seconds: v.number(),
      idle_seconds: v.number(),
    }),
  ),
  /** The running session of the work journal. */
  journal: v.nullable(
    v.object({
      id: v.string(),
      branch: v.nullable(v.string()),
      notes: v.number(),
      /** Names of the people and agents who took part. */
      participants: v.array(v.string()),
      ...age,
      /** Since its last sign of life. */
      idle_seconds: v.number(),
    }),
  ),
  /** What somebody should do something about, and what to type for it; the most urgent first. */
  attention: v.array(v.object({ code: v.string(), message: v.string(), command: v.string() })),
});
export type RepositoryAnswer = v.InferOutput<typeof repositoryAnswer>;

export const machineAnswer = v.object({
  scope: v.literal("machine"),
  /** Repositories with something active or with workspaces, the busiest first. */
  repositories: v.array(
    v.object({
      repo: v.string(),
      source_path: v.string(),
      /** Whether there still is a repository. */
      there: v.boolean(),
      sessions: v.number(),
      jobs: v.number(),
      agent_sessions: v.number(),
      /** Workspaces that somebody holds, and all. */
      held: v.number(),
      workspaces: v.number(),
    }),
  ),
});
export type MachineAnswer = v.InferOutput<typeof machineAnswer>;
