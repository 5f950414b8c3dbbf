/** Listing and showing jobs: reads only. */
import { countChanges, mergeChanges } from "../../domain/job/changes.ts";
import type { JobChange } from "../../domain/job/record.ts";
import type { AcquiredWorkspace, Job } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { requireJob } from "./find.ts";
import { jobMark } from "./mark.ts";

const SEVEN_DAYS_MS = 7 * 24 * 3600 * 1000;

export interface ListJobsRequest {
  /** Also what ended more than seven days ago. */
  all?: boolean;
  status?: Job["status"] | undefined;
}

/** Active ones first, then the others, the newest first. */
export async function listJobs(app: App, request: ListJobsRequest = {}): Promise<Job[]> {
  const repo = await findRepoSlug(app);
  if (repo === null) return [];
  const since = request.all === true ? "ever" : new Date(app.now().getTime() - SEVEN_DAYS_MS).toISOString();
  const entries = await app.store.read(async (tx) => await tx.list("jobs", { repo, finishedSince: since }));
  return entries
    .map(({ record }) => record)
    .filter((one) => request.status === undefined || one.status === request.status)
    .toSorted(
      (a, b) =>
        Number(b.status === "active") - Number(a.status === "active") ||
        Date.parse(b.resumed_at ?? b.created_at) - Date.parse(a.resumed_at ?? a.created_at),
    );
}

/** `orphaned`: what carried it out is gone, and something of it still runs. `paused`: nothing has to run. */
export type JobLiveness = "running" | "paused" | "orphaned" | "gone" | "unknown";

export interface JobDetails {
  /** With all of its changes, those included that are only in the log. */
  job: Job;
  title: string | null;
  liveness: JobLiveness | null;
  /** Absolute path of the folder that it works in, while it does. */
  directory: string | null;
  /** Absolute path of the log. */
  log: string | null;
}

/** @throws IncrError `not_found`, `ambiguous` */
export async function showJob(app: App, wanted: string): Promise<JobDetails> {
  const job = await requireJob(app, wanted);
  const workspace = await findWorkspace(app, job);
  const log = job.log === undefined ? null : (await app.jobs()).log(job.log);
  const todo = await app.repository?.todos.find(job.todo_id).catch(() => undefined);
  const directory = job.status === "active" ? (workspace?.path ?? job.here ?? null) : null;
  return {
    job: { ...job, changes: log === null || hasAll(job) ? (job.changes ?? []) : allChanges(job, log.read().events) },
    title: todo?.title ?? null,
    liveness: livenessOf(app, job, workspace),
    directory,
    log: log?.path ?? null,
  };
}

/** Most records hold all of their iterations, and logs are long. */
function hasAll(job: Job): boolean {
  const held = (job.changes ?? []).reduce((sum, { commits }) => sum + (commits?.length ?? 0), 0);
  return held >= countChanges(job).iterations;
}

type Logged = Parameters<typeof mergeChanges>[0][number] & { type: string };

function allChanges(job: Job, events: readonly { type: string }[]): JobChange[] {
  return mergeChanges(
    events.filter((event): event is Logged => event.type === "iteration"),
    job,
  );
}

/** The workspace that it holds. */
export async function findWorkspace(app: App, job: Job): Promise<AcquiredWorkspace | null> {
  const { repo, lease_id } = job;
  if (lease_id === undefined) return null;
  const all = await app.store.read(async (tx) => (await tx.list("workspaces", { repo })).map(({ record }) => record));
  return (
    all.find((one): one is AcquiredWorkspace => one.status === "acquired" && leaseOf(one).lease_id === lease_id) ?? null
  );
}

/** Null for one that has ended. */
export function livenessOf(app: App, job: Job, workspace: AcquiredWorkspace | null): JobLiveness | null {
  if (job.status !== "active") return null;
  const lease = workspace === null ? undefined : leaseOf(workspace);
  const isPaused = job.paused_until !== undefined;
  // Who waits for a provider in place has its process lease still; one that was left paused has a held one.
  const isLeft = isPaused && lease?.kind === "held";
  if (!isLeft && job.process !== undefined && app.processes.stateOf(job.process) === "alive") return "running";
  if (isLeft || (isPaused && lease === undefined)) return "paused";
  const verdict =
    lease === undefined ? app.processes.isGone(job.process, jobMark(job.id)) : app.processes.isLeaseGone(lease);
  if (verdict.gone) return "gone";
  if (verdict.reason === "unknown") return "unknown";
  return verdict.reason === "owner_alive" ? "running" : "orphaned";
}
