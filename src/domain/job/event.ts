/** What happens in a job: the lines of its log, and with the events of its agents between them what `--json` streams. `at` is when it happened. */
import * as v from "valibot";
import { agentEventSchema } from "../agent/event.ts";
import { JOB_STAGES, jobChangeSchema, jobCommitSchema, reviewSchema } from "./record.ts";
import { timeSchema } from "../schema.ts";

const at = timeSchema;
const session = { agent_session_id: v.string(), purpose: v.picklist(["implement", "review", "project-review"]) };

const eventSchemas = [
  /** The job begins, or goes on after it had ended or was paused. */
  v.object({
    at,
    type: v.literal("started"),
    job_id: v.string(),
    todo_id: v.string(),
    title: v.string(),
    branch: v.string(),
    /** Absolute path of the folder that it works in. */
    directory: v.string(),
    resumed: v.boolean(),
  }),
  /** `final`: the review of the whole. */
  v.object({ at, type: v.literal("stage"), stage: v.picklist(JOB_STAGES), round: v.number(), final: v.boolean() }),
  /** `from`: where the events of this run begin in the agent session's log, in bytes. */
  v.object({
    at,
    type: v.literal("agent_started"),
    ...session,
    harness: v.string(),
    ask: v.string(),
    from: v.number(),
  }),
  v.object({
    at,
    type: v.literal("agent_ended"),
    ...session,
    status: v.string(),
    message: v.optional(v.string()),
    /** Of the whole job so far. */
    cost_usd: v.optional(v.number()),
  }),
  /** An agent left something to test; `commit_id` is how it will be committed if it is accepted. */
  v.object({ at, type: v.literal("draft"), commit_id: v.string(), subject: v.string(), iteration: v.number() }),
  v.object({ at, type: v.literal("test_started"), command: v.string() }),
  v.object({ at, type: v.literal("test_output"), text: v.string() }),
  v.object({
    at,
    type: v.literal("test_ended"),
    command: v.string(),
    ok: v.boolean(),
    /** 128 + signal if a signal ended it. */
    exit_code: v.number(),
    /** How it ended, in words: `exit code 1`. */
    outcome: v.string(),
    duration_ms: v.number(),
  }),
  v.object({ at, type: v.literal("reviewed"), final: v.boolean(), review: reviewSchema }),
  /** An iteration that leaves the record, which holds only the newest ones. */
  v.object({ at, type: v.literal("iteration"), change: jobChangeSchema, commit: jobCommitSchema }),
  v.object({ at, type: v.literal("committed"), commit_id: v.string(), subject: v.string() }),
  /** Worth knowing: an answer was missing, files were changed while they were tested. */
  v.object({ at, type: v.literal("notice"), message: v.string() }),
  v.object({ at, type: v.literal("paused"), until: timeSchema, message: v.string() }),
  /** It is over: the same as in the record. */
  v.object({
    at,
    type: v.literal("ended"),
    status: v.picklist(["completed", "failed", "abandoned"]),
    reason: v.optional(v.string()),
    message: v.optional(v.string()),
  }),
] as const;

/** One line of the log. */
export const jobEventSchema = v.variant("type", eventSchemas);
export type LoggedJobEvent = v.InferOutput<typeof jobEventSchema>;
type WithoutTime<T> = T extends unknown ? Omit<T, "at"> : never;
/** The same before it is dated. */
export type JobEvent = WithoutTime<LoggedJobEvent>;

/** What is streamed: the job's own events, and those of its agents, which stand in the agents' logs. */
export const streamedEventSchema = v.variant("type", [
  ...eventSchemas,
  v.object({ at, type: v.literal("agent"), ...session, event: agentEventSchema }),
]);
export type StreamedEvent = v.InferOutput<typeof streamedEventSchema>;
