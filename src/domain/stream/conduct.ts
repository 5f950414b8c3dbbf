/** What happens while batches are carried out, as it is logged: one JSON object a line, for whoever watches and for scripts. */
import * as v from "valibot";
import { processIdentitySchema } from "../lease.ts";
import { timeSchema } from "../schema.ts";

const about = { at: timeSchema };
const thread = { ...about, thread: v.string(), name: v.string() };

/** Where a thread's agent works, as far as it is known when it begins. */
const beganSchema = v.object({
  ...thread,
  type: v.literal("thread_began"),
  agent_session: v.string(),
  agent: v.nullable(v.string()),
  harness: v.string(),
  workspace: v.nullable(v.string()),
  branch: v.nullable(v.string()),
});

const threadEndedSchema = v.object({
  ...thread,
  type: v.literal("thread_ended"),
  outcome: v.picklist(["completed", "failed", "interrupted"]),
  /** How the thread stands now: a run that completed may have left it blocked. */
  status: v.string(),
  run: v.nullable(v.string()),
  exit_code: v.nullable(v.number()),
  message: v.nullable(v.string()),
  branch: v.nullable(v.string()),
  commits: v.number(),
  rescue: v.nullable(v.string()),
});

/** It was not begun, or could not be. */
const refusedSchema = v.object({
  ...thread,
  type: v.literal("thread_refused"),
  code: v.string(),
  message: v.string(),
});

const conductEndedSchema = v.object({
  ...about,
  type: v.literal("ended"),
  /** `waiting`: what comes next has to be approved. */
  status: v.picklist(["completed", "waiting", "failed", "interrupted"]),
  message: v.string(),
  /** What to type next. */
  next: v.nullable(v.string()),
  exit_code: v.number(),
});

export const conductEventSchema = v.variant("type", [
  v.object({
    ...about,
    type: v.literal("began"),
    /** Of this command's work, to tell it from earlier ones. */
    id: v.string(),
    process: processIdentitySchema,
    batches: v.array(v.string()),
    max_parallel: v.number(),
    where: v.picklist(["here", "detached", "tmux"]),
    /** How to look at it. */
    attach: v.nullable(v.string()),
  }),
  v.object({ ...about, type: v.literal("batch_began"), batch: v.string(), threads: v.array(v.string()) }),
  beganSchema,
  threadEndedSchema,
  refusedSchema,
  v.object({
    ...about,
    type: v.literal("batch_merged"),
    batch: v.string(),
    branch: v.string(),
    commit: v.string(),
    merged: v.array(v.string()),
    takeover: v.nullable(v.string()),
  }),
  v.object({
    ...about,
    type: v.literal("batch_conflict"),
    batch: v.string(),
    thread: v.string(),
    with: v.array(v.string()),
    files: v.array(v.string()),
  }),
  conductEndedSchema,
]);
export type ConductEvent = v.InferOutput<typeof conductEventSchema>;
export type ConductBegan = Extract<ConductEvent, { type: "began" }>;
export type ConductEnded = v.InferOutput<typeof conductEndedSchema>;

type WithoutTime<E> = E extends unknown ? Omit<E, "at"> : never;
/** An event before it is logged. */
export type ConductNews = WithoutTime<ConductEvent>;
