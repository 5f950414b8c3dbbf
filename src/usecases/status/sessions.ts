/** The active sessions, jobs and runs of agents. */
import type { AgentSession, AcquiredWorkspace, ActiveSession } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { App } from "../app.ts";
import { livenessOf as jobLivenessOf } from "../job/list.ts";
import { lifeOf, type SessionLiveness, type Survivor } from "../session/life.ts";
import type { Records } from "./records.ts";
import { secondsSince } from "./todos.ts";

export interface SessionLine {
  id: string;
  todo_id: string;
  /** Of the todo; null if it is gone or cannot be read. */
  title: string | null;
  topic: string | null;
  workspace: string;
  /** Absolute path of the workspace. */
  path: string | null;
  branch: string | null;
  /** `held`: until somebody ends it. `lost`: it does not hold its workspace any more. The others are about a run; `orphaned`: its process is gone, and something of it runs on. */
  liveness: SessionLiveness | "lost";
  /** Of an orphaned one: what of it runs on, its command first. */
  survivors: Survivor[];
  started_at: string;
  /** Since it was started, or resumed. */
  age_seconds: number;
}

/** @param titles of todos, by id */
export function summarizeSessions(
  app: App,
  { sessions, workspaces }: Records,
  titles: ReadonlyMap<string, string>,
): SessionLine[] {
  return sessions
    .filter((session): session is ActiveSession => session.status === "active")
    .map((session) => {
      const workspace = workspaces.find(({ name }) => name === session.workspace_name);
      const lease = workspace?.status === "acquired" ? leaseOf(workspace) : undefined;
      const isForeign =
        session.lease_id === undefined && workspace?.status === "acquired" && workspace.lease === undefined;
      const holds = lease !== undefined && (isForeign || lease.lease_id === session.lease_id);
      const since = session.resumed_at ?? session.started_at;
      return {
        id: session.id,
        todo_id: session.todo_id,
        title: titles.get(session.todo_id) ?? null,
        topic: session.topic ?? null,
        workspace: session.workspace_name,
        path: workspace?.path ?? null,
        branch: session.branch ?? null,
        ...(holds ? lifeOf(app, lease) : { liveness: "lost" as const, survivors: [] }),
        started_at: since,
        age_seconds: secondsSince(since, app.now()),
      };
    });
}

export interface JobLine {
  id: string;
  todo_id: string;
  stage: string;
  /** `paused`: it keeps its workspace until a provider takes work again. `orphaned`: its process is gone, and something of it runs on. */
  liveness: "running" | "paused" | "orphaned" | "gone" | "unknown";
  /** When it can go on; null unless it is paused. */
  paused_until: string | null;
  /** Where it works: the name of its workspace, else the path of a checkout; null if nothing says so. */
  workspace: string | null;
  started_at: string;
  age_seconds: number;
}

export interface AgentLine {
  id: string;
  /** What it was asked for; the thread that it carries out. */
  title: string | null;
  workspace: string | null;
  started_at: string;
  age_seconds: number;
}

/** Active ones, as far as the shared records tell. */
export function summarizeJobs(app: App, records: Records): { jobs: JobLine[]; agent_sessions: AgentLine[] } {
  const times = (record: { started_at?: string | undefined; created_at: string }) => {
    const started_at = record.started_at ?? record.created_at;
    return { started_at, age_seconds: secondsSince(started_at, app.now()) };
  };
  return {
    jobs: records.jobs.map((job) => ({
      id: job.id,
      todo_id: job.todo_id,
      stage: job.stage,
      liveness: jobLivenessOf(app, job, heldBy(records, job.lease_id)) ?? "gone",
      paused_until: (job.status === "active" ? job.paused_until : undefined) ?? null,
      workspace: job.workspace_name ?? job.here ?? null,
      ...times(job),
    })),
    agent_sessions: records.agentSessions.map((session) => ({
      id: session.id,
      title: titleOf(session),
      workspace: session.workspace_name ?? null,
      ...times(session),
    })),
  };
}

function titleOf({ title, thread_id, stream_id }: AgentSession): string | null {
  if (stream_id === undefined || thread_id === undefined) return title ?? null;
  return `thread ${thread_id} of ${stream_id}${title === undefined ? "" : `: ${title}`}`;
}

function heldBy({ workspaces }: Records, leaseId: string | undefined): AcquiredWorkspace | null {
  const held = workspaces.filter((one): one is AcquiredWorkspace => one.status === "acquired");
  return held.find((one) => leaseOf(one).lease_id === leaseId) ?? null;
}
