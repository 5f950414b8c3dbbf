/** Records and files for tests of stores. */
import { statSync } from "node:fs";
import type { ActiveSession, FinishedSession, Job, Workspace } from "../../src/domain/records.ts";

/** Minute `n` of a fixed day, ISO. */
export function minute(n: number): string {
  return new Date(Date.UTC(2026, 0, 7) + n * 60_000).toISOString();
}

export function activeSession(id: string, more: Partial<ActiveSession> = {}): ActiveSession {
  return {
    id,
    repo: "app",
    todo_id: `todo-${id}`,
    workspace_name: "ws-001",
    status: "active",
    started_at: minute(0),
    updated_at: minute(0),
    ...more,
  };
}

/** A session that was completed in minute `end`. */
export function finishedSession(id: string, end: number, more: Partial<FinishedSession> = {}): FinishedSession {
  return {
    ...activeSession(id),
    status: "completed",
    updated_at: minute(end),
    completed_at: minute(end),
    ...more,
  };
}

export function availableWorkspace(name: string, repo = "app"): Workspace {
  return {
    name,
    repo,
    path: `/data/workspaces/${repo}/${name}`,
    status: "available",
    created_at: minute(0),
    updated_at: minute(0),
  };
}

export function activeJob(id: string): Job {
  return {
    id,
    repo: "app",
    todo_id: `todo-${id}`,
    stage: "implementing",
    status: "active",
    created_at: minute(0),
    updated_at: minute(0),
  };
}

/** What changes when a file is written or replaced. */
export function contentIdentity(path: string): unknown {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return { ino, size, mtimeNs };
}
