/**
 * The records of `state.json`: the shapes of the state file that several tools share, with our additions. One schema per record, a union on `status`;
 * types, validation, the JSON Schemas under `schemas/` and the reference pages derive from these.
 */
import * as v from "valibot";
import { tokensSchema } from "./agent/event.ts";
import { AGENT_FAILURES, AGENT_STOPS } from "./agent/verdict.ts";
import { jobSchema } from "./job/record.ts";
import { leaseKindSchema, leaseSchema, processIdentitySchema } from "./lease.ts";
import { nameSchema, timeSchema } from "./schema.ts";

/** A git repository, keyed by its slug. */
export const repoSchema = v.object({
  /** Absolute, symlinks resolved: the root of the main checkout (or the bare repository). */
  source_path: v.string(),
  /** Random id that also stands in `<common git dir>/incr/id`, so that a moved repository is known again. */
  uid: v.optional(v.string()),
});
export type Repo = v.InferOutput<typeof repoSchema>;

const workspaceFields = {
  /** `ws-001`, counted per repository. */
  name: nameSchema,
  repo: nameSchema,
  /** Absolute path of the worktree. */
  path: nameSchema,
  purpose: v.optional(v.string()),
  /** The revision that was asked for, else the base that was used. */
  rev: v.optional(v.string()),
  created_at: timeSchema,
  updated_at: timeSchema,
  /** True once `on-create` has run to its end in this worktree. */
  provisioned: v.optional(v.boolean()),
  /** Why this workspace is not handed out although nobody holds it; `incr doctor` says what to do. */
  attention: v.optional(v.string()),
};

/** One pooled git worktree, keyed `<repo>/<name>`. */
export const workspaceSchema = v.variant("status", [
  v.object({ ...workspaceFields, status: v.literal("available") }),
  v.object({
    ...workspaceFields,
    status: v.literal("acquired"),
    acquired_by_pid: v.optional(v.number()),
    acquired_at: v.optional(timeSchema),
    /** Absent only in files of other implementations: then somebody unknown holds it. */
    lease: v.optional(leaseSchema),
  }),
]);
export type Workspace = v.InferOutput<typeof workspaceSchema>;
export type AcquiredWorkspace = Extract<Workspace, { status: "acquired" }>;

const sessionFields = {
  id: nameSchema,
  repo: nameSchema,
  todo_id: nameSchema,
  workspace_name: nameSchema,
  /** What the session is for, in words: `--topic`, or the command line of `run`. */
  topic: v.optional(v.string()),
  started_at: timeSchema,
  updated_at: timeSchema,
  /** The session's own branch, `incr/<todo-id>-<slug>`. */
  branch: v.optional(v.string()),
  /** Commit that the branch was made from. */
  base: v.optional(v.string()),
  /** The lease that this session holds, or held last. */
  lease_id: v.optional(v.string()),
  lease_kind: v.optional(leaseKindSchema),
  /** When `resume` last made it active again; `started_at` stays the first start. */
  resumed_at: v.optional(timeSchema),
  /** Seconds worked before `resumed_at`, with a fraction. */
  earlier_seconds: v.optional(v.number()),
};

/**
 * Why an attempt failed. `failed`: somebody said so. `exit`: the command of `run` ended with another code than 0. `signal`: it was killed. `interrupted`: a
 * signal to us, a crash or a power loss ended it. `start_failed`: it never began. `unsaved`: the command succeeded, but its work could not be put on the branch.
 */
export const FAILURE_REASONS = ["failed", "exit", "signal", "interrupted", "start_failed", "unsaved"] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

const sessionEndFields = {
  completed_at: timeSchema,
  exit_code: v.optional(v.number()),
  /** Seconds worked, all runs together; a whole number. */
  duration_seconds: v.optional(v.number()),
  /** Commit that the branch was at in the end; with `rescue` it is what `resume` brings back. */
  head: v.optional(v.string()),
  /** True if the branch was removed in the end because it held nothing. */
  branch_removed: v.optional(v.boolean()),
  /** Ref that holds what was not committed, or not on the branch, in the end. */
  rescue: v.optional(v.string()),
  /** Where the workspace stood in the end, if not at the tip of the branch: what `resume` goes back to. */
  stood_at: v.optional(v.object({ commit: v.string(), branch: v.nullable(v.string()) })),
};

/** One attempt at a todo in a workspace, keyed `<repo>/<id>`. */
export const sessionSchema = v.variant("status", [
  v.object({ ...sessionFields, status: v.literal("active") }),
  v.object({ ...sessionFields, ...sessionEndFields, status: v.literal("completed") }),
  v.object({
    ...sessionFields,
    ...sessionEndFields,
    status: v.literal("failed"),
    reason: v.optional(v.picklist(FAILURE_REASONS)),
    signal: v.optional(v.string()),
  }),
]);
export type Session = v.InferOutput<typeof sessionSchema>;
export type ActiveSession = Extract<Session, { status: "active" }>;
export type FinishedSession = Exclude<Session, { status: "active" }>;

const agentFields = {
  id: nameSchema,
  repo: nameSchema,
  created_at: timeSchema,
  started_at: v.optional(timeSchema),
  updated_at: timeSchema,
  /** Which agent: `opencode`, `claude` or `codex`. Absent in files of other implementations: `opencode`. */
  harness: v.optional(v.string()),
  /** The agent's own id of the conversation; null as long as it was not captured. */
  agent_session_id: v.optional(v.nullable(v.string())),
  /** The id that the agent was told to give to its conversation, or has given it, while it has written nothing of it down yet. */
  chosen_session_id: v.optional(v.string()),
  /** The model that was really used; null as long as the agent did not say. */
  model: v.optional(v.nullable(v.string())),
  /** What was asked for, to be asked for again by `resume`. */
  asked: v.optional(
    v.object({
      model: v.optional(v.string()),
      /** The agent's own name for a role or profile. */
      agent: v.optional(v.string()),
      /** It may do everything without asking. */
      full_access: v.optional(v.boolean()),
      /** Further words for its command line. */
      extra: v.optional(v.array(v.string())),
    }),
  ),
  /** A person uses it at a terminal. */
  interactive: v.optional(v.boolean()),
  /** The person started the agent, not incr: it was bound when it reported itself. */
  bound: v.optional(v.boolean()),
  /** Absolute path of the folder that it works in. */
  cwd: v.optional(v.string()),
  /** Branch that was checked out there at the start; null on a detached HEAD. */
  branch: v.optional(v.nullable(v.string())),
  /** Commit that was checked out at the start of the first run. */
  base: v.optional(v.string()),
  workspace_name: v.optional(v.string()),
  /** The lease under which it works, or worked last. */
  lease_id: v.optional(v.string()),
  /** True if the lease is its own: it ends with the run. */
  owns_lease: v.optional(v.boolean()),
  /** The work session in whose workspace it works. */
  session_id: v.optional(v.string()),
  todo_id: v.optional(v.string()),
  /** The thread of a workstream that it carries out, `01.02.03`; its runs stand in that workstream's `tasks.json` too. */
  stream_id: v.optional(v.string()),
  thread_id: v.optional(v.string()),
  /** What that thread is called. */
  title: v.optional(v.string()),
  /** Name of the agent in `work/agents.yaml`. */
  agent_name: v.optional(v.string()),
  /** The process that watches over it, and the agent's own as its child. */
  process: v.optional(processIdentitySchema),
  /** Somebody wants it to end. */
  stop_requested_at: v.optional(timeSchema),
  /** The log of its events, relative to the state folder. */
  log: v.optional(v.string()),
  /** How often it was started: once, and once more with each `resume`. */
  runs: v.optional(v.number()),
  resumed_at: v.optional(timeSchema),
  /** Seconds worked before `resumed_at`, with a fraction. */
  earlier_seconds: v.optional(v.number()),
  /** Of all runs together, as far as the agent reports them. */
  tokens: v.optional(tokensSchema),
  cost_usd: v.optional(v.number()),
};

const agentEndFields = {
  completed_at: timeSchema,
  exit_code: v.optional(v.number()),
  signal: v.optional(v.string()),
  /** Seconds worked, all runs together; a whole number. */
  duration_seconds: v.optional(v.number()),
  /** Commit that was checked out in the end. */
  head: v.optional(v.string()),
  /** True if its own branch was removed in the end because it held nothing. */
  branch_removed: v.optional(v.boolean()),
  /** Ref that holds what was not committed when its own workspace was freed. */
  rescue: v.optional(v.string()),
};

/** One conversation with a coding agent, keyed `<repo>/<id>`. The collection's name is older than the support for several agents. */
export const agentSessionSchema = v.variant("status", [
  v.object({ ...agentFields, status: v.literal("active") }),
  v.object({ ...agentFields, ...agentEndFields, status: v.literal("completed") }),
  v.object({
    ...agentFields,
    ...agentEndFields,
    status: v.literal("failed"),
    reason: v.optional(v.picklist(AGENT_FAILURES)),
    /** The agent's own words, or ours. */
    message: v.optional(v.string()),
    /** When a usage limit ends, if the agent said so. */
    resets_at: v.optional(timeSchema),
  }),
  v.object({
    ...agentFields,
    ...agentEndFields,
    status: v.literal("killed"),
    reason: v.optional(v.picklist(AGENT_STOPS)),
    message: v.optional(v.string()),
  }),
]);
export type AgentSession = v.InferOutput<typeof agentSessionSchema>;
export type ActiveAgentSession = Extract<AgentSession, { status: "active" }>;
export type FinishedAgentSession = Exclude<AgentSession, { status: "active" }>;

export type { ActiveJob, FinishedJob, Job } from "./job/record.ts";

/** The newest version of `state.json` that this program writes; a file without `version` is version 1. */
export const STATE_VERSION = 1;

/** The collections of `state.json`, each a map from key to record. */
export const COLLECTIONS = {
  repos: repoSchema,
  workspaces: workspaceSchema,
  sessions: sessionSchema,
  opencode_sessions: agentSessionSchema,
  jobs: jobSchema,
} as const;
export type CollectionName = keyof typeof COLLECTIONS;
export type RecordOf<C extends CollectionName> = v.InferOutput<(typeof COLLECTIONS)[C]>;

/** The state as a value: what `load` returns and `save` takes. */
export type State = { version?: number } & { [C in CollectionName]: Record<string, RecordOf<C>> };

/** Collections whose finished records leave the live file for history. */
export const HISTORY_COLLECTIONS = ["sessions", "opencode_sessions", "jobs"] as const satisfies CollectionName[];
export type HistoryCollection = (typeof HISTORY_COLLECTIONS)[number];

/** Whether a record stays in the live file: everything that is not finished. */
export function isLive<C extends CollectionName>(collection: C, record: RecordOf<C>): boolean {
  if (!(HISTORY_COLLECTIONS as readonly string[]).includes(collection)) return true;
  return (record as { status: string }).status === "active";
}

/** The key of a record under its repository: `<repo>/<id-or-name>`. */
export function recordKey(repo: string, name: string): string {
  return `${repo}/${name}`;
}
