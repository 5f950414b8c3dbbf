/** The record of a job: the shared shape, with what it takes to go on after any crash. Times are ISO 8601 in UTC. */
import * as v from "valibot";
import { processIdentitySchema } from "../lease.ts";
import { nameSchema, timeSchema } from "../schema.ts";

export const reviewSchema = v.object({
  outcome: v.picklist(["ACCEPT", "REQUEST_CHANGES", "ABANDON"]),
  comments: v.optional(v.string()),
  opencode_session_id: v.optional(v.string()),
  reviewed_at: timeSchema,
});

export const jobCommitSchema = v.object({
  commit_id: v.string(),
  draft_message: v.optional(v.string()),
  tests_passed: v.optional(v.nullable(v.boolean())),
  review: v.optional(v.nullable(reviewSchema)),
  opencode_session_id: v.optional(v.string()),
  created_at: timeSchema,
});

export const jobChangeSchema = v.object({
  change_id: v.string(),
  commits: v.optional(v.nullable(v.array(jobCommitSchema))),
  created_at: timeSchema,
  /** The agent took it back: it is on no branch, and what came after it does not build on it. */
  withdrawn: v.optional(v.boolean()),
});
export type JobReview = v.InferOutput<typeof reviewSchema>;
export type JobCommit = v.InferOutput<typeof jobCommitSchema>;
export type JobChange = v.InferOutput<typeof jobChangeSchema>;

export const JOB_STAGES = ["implementing", "testing", "reviewing", "committing"] as const;
export type JobStage = (typeof JOB_STAGES)[number];

/**
 * What an agent is asked for, as one run of one agent session. It stands in the record from before the agent is started until its answer was dealt with, so that
 * whoever goes on after a crash knows whether it was given already.
 */
const jobCallSchema = v.object({
  ask: v.picklist(["implement", "commit-message", "review", "review-again"]),
  /** Id of the agent session, chosen before it begins. */
  session_id: nameSchema,
  /** Which run of that session it is, from 1. */
  run: v.number(),
  /** An earlier run was cut off, and the agent is to go on where it was. */
  goes_on: v.optional(v.boolean()),
  /** What that session had cost before, in dollars, as far as it is in the job's sum. */
  cost_before: v.optional(v.number()),
});
export type JobCall = v.InferOutput<typeof jobCallSchema>;

/** Where feedback comes from: a test command, a reviewer, or that files were changed while they were tested or reviewed. */
export const FEEDBACK_SOURCES = ["tests", "review", "final-review", "files"] as const;
export type FeedbackSource = (typeof FEEDBACK_SOURCES)[number];

const jobFields = {
  id: nameSchema,
  repo: nameSchema,
  todo_id: nameSchema,
  stage: v.picklist(JOB_STAGES),
  /** What the implementing agent has to hear next: the end of what a test command printed, or a reviewer's comments. */
  feedback: v.optional(v.string()),
  feedback_from: v.optional(v.picklist(FEEDBACK_SOURCES)),
  /** The test command that `feedback` is of, and how it ended: `exit code 1`. */
  failed_test: v.optional(v.object({ command: v.string(), outcome: v.string() })),
  /** The agent's own name for the role that it works in. */
  agent: v.optional(v.string()),
  /** The newest of its agent sessions: what each was for (`implement`, `review`, `project-review`), and its id. */
  opencode_sessions: v.optional(v.nullable(v.array(v.object({ purpose: v.string(), id: v.string() })))),
  created_at: timeSchema,
  started_at: v.optional(timeSchema),
  updated_at: timeSchema,
  /** The newest iterations; earlier ones are in the log. */
  changes: v.optional(v.nullable(v.array(jobChangeSchema))),
  project_review: v.optional(v.nullable(reviewSchema)),
  /** How many changes there were, those included that are only in the log. */
  change_count: v.optional(v.number()),
  /** The same for iterations. */
  iteration_count: v.optional(v.number()),
  /** How often the implementing agent was set to work. */
  rounds: v.optional(v.number()),
  harness: v.optional(v.string()),
  /** The model that is asked for at each kind of work. */
  models: v.optional(
    v.object({
      implement: v.optional(v.string()),
      review: v.optional(v.string()),
      "project-review": v.optional(v.string()),
    }),
  ),
  /** Its agents may do everything without asking. */
  full_access: v.optional(v.boolean()),
  limits: v.optional(
    v.object({ max_rounds: v.number(), time_limit_ms: v.number(), max_cost_usd: v.optional(v.number()) }),
  ),
  workspace_name: v.optional(v.string()),
  /** The lease that it holds, or held last. */
  lease_id: v.optional(v.string()),
  /** Absolute path of the checkout that it works in without a lease of its own. */
  here: v.optional(v.string()),
  /** The branch that its commits are on. */
  branch: v.optional(v.string()),
  /** Commit that the job started from. */
  base: v.optional(v.string()),
  /** Commit that the branch is to stand at: the last one that was accepted, else the base. */
  tip: v.optional(v.string()),
  /** Commit that the branch was at in the end, or when the job was paused in a checkout that others may work in meanwhile. */
  head: v.optional(v.string()),
  call: v.optional(jobCallSchema),
  /** The process that carries it out. */
  process: v.optional(processIdentitySchema),
  /** Of all its agents together, as far as they report it. */
  cost_usd: v.optional(v.number()),
  resumed_at: v.optional(timeSchema),
  /** Seconds worked before `resumed_at`, with a fraction. */
  earlier_seconds: v.optional(v.number()),
  /** The log of its events, relative to the state folder. */
  log: v.optional(v.string()),
  /** Answers of agents that stood in the workspace when it was emptied. */
  answers: v.optional(v.record(v.string(), v.string())),
};

/**
 * Why a job failed. `agent`: an agent could not do its work. `max_rounds`, `time_limit`, `max_cost`: the job used up what it was given. `no_verdict`: the reviewer
 * was asked twice, and gave no answer that can be understood. `nothing_done`: no agent changed anything. `interrupted`: a signal to us, a crash or a power loss
 * ended it. `error`: git, the disk or the configuration stood in the way.
 */
export const JOB_FAILURES = [
  "agent",
  "max_rounds",
  "time_limit",
  "max_cost",
  "no_verdict",
  "nothing_done",
  "interrupted",
  "error",
] as const;
export type JobFailure = (typeof JOB_FAILURES)[number];

const jobEndFields = {
  completed_at: v.optional(timeSchema),
  /** Seconds worked, all runs together; a whole number. */
  duration_seconds: v.optional(v.number()),
  /** True if the branch was removed in the end because it held nothing. */
  branch_removed: v.optional(v.boolean()),
  /** Ref that holds what was not committed in the end. */
  rescue: v.optional(v.string()),
};

/** The implement, test, review, commit loop on a todo, keyed `<repo>/<id>`. */
export const jobSchema = v.variant("status", [
  v.object({
    ...jobFields,
    status: v.literal("active"),
    /** A provider takes no more work until then; the job keeps its workspace. */
    paused_until: v.optional(timeSchema),
    /** The agent's own words. */
    paused_because: v.optional(v.string()),
    /** Somebody wants it to be abandoned. */
    stop_requested_at: v.optional(timeSchema),
  }),
  v.object({ ...jobFields, ...jobEndFields, status: v.literal("completed") }),
  v.object({
    ...jobFields,
    ...jobEndFields,
    status: v.literal("failed"),
    reason: v.optional(v.picklist(JOB_FAILURES)),
    message: v.optional(v.string()),
  }),
  v.object({ ...jobFields, ...jobEndFields, status: v.literal("abandoned"), message: v.optional(v.string()) }),
]);
export type Job = v.InferOutput<typeof jobSchema>;
export type ActiveJob = Extract<Job, { status: "active" }>;
export type FinishedJob = Exclude<Job, { status: "active" }>;
