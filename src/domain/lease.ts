/** The exclusive right to a workspace: a fact with a random id, never inferred from a pid or a name. */
import * as v from "valibot";
import { nameSchema, timeSchema } from "./schema.ts";

/**
 * Who runs, provably: a pid alone proves nothing (it is reused), so it comes with the start time of the process and the boot it belongs to.
 * `started_at` is opaque text to compare for equality: clock ticks since boot on Linux, `ps -o lstart` on macOS.
 */
export const processIdentitySchema = v.object({
  host: v.string(),
  boot_id: v.string(),
  /** Linux: the pid namespace (`/proc/self/ns/pid`), since one boot can have several that reuse pids. */
  pid_namespace: v.optional(v.string()),
  pid: v.number(),
  started_at: v.string(),
  child_pid: v.optional(v.number()),
  child_started_at: v.optional(v.string()),
});
export type ProcessIdentity = v.InferOutput<typeof processIdentitySchema>;

/** `held`: a person or an agent keeps it across commands. `process`: it lives and dies with a process and its descendants. */
export const leaseKindSchema = v.picklist(["held", "process"]);

/**
 * A step that was begun and not confirmed. It stands in the lease from the transaction that reserves until the one that confirms; when its process
 * is provably gone, the next command finishes or undoes it.
 * `draining`: the session has ended, and the workspace waits for the last of its processes.
 */
export const intentSchema = v.object({
  action: v.picklist(["acquire", "release", "resume", "destroy", "draining"]),
  since: timeSchema,
  /** The process that carries the step out. */
  process: processIdentitySchema,
  /** What the step was going to conclude, for `release`: the end that the session gets. */
  outcome: v.optional(v.record(v.string(), v.unknown())),
});
export type Intent = v.InferOutput<typeof intentSchema>;

export const leaseSchema = v.object({
  lease_id: nameSchema,
  kind: leaseKindSchema,
  holder: v.object({
    type: v.picklist(["session", "agent_session", "job", "thread", "person"]),
    id: v.string(),
  }),
  acquired_at: timeSchema,
  intent: v.optional(intentSchema),
  /** Present when `kind` is `process`. */
  process: v.optional(processIdentitySchema),
  /** First of the ten ports that are this lease's own on this machine. */
  port: v.optional(v.number()),
});
export type Lease = v.InferOutput<typeof leaseSchema>;
export type LeaseKind = Lease["kind"];
export type Holder = Lease["holder"];
