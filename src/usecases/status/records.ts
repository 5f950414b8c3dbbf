import type { AgentSession, Job, Session, Workspace } from "../../domain/records.ts";
import type { App } from "../app.ts";

/** One snapshot of everything that a look at a repository needs of the state. */
export interface Records {
  workspaces: Workspace[];
  /** Active ones, and those that ended lately. */
  sessions: Session[];
  jobs: Job[];
  agentSessions: AgentSession[];
}

/** How far back attempts are looked at to say whose branch it is. */
const LATELY_MS = 30 * 24 * 3_600_000;

/** Empty for a repository of which nothing is recorded. */
export async function readRecords(app: App, repo: string | null): Promise<Records> {
  if (repo === null) return { workspaces: [], sessions: [], jobs: [], agentSessions: [] };
  const finishedSince = new Date(app.now().getTime() - LATELY_MS).toISOString();
  return await app.store.read(async (tx) => ({
    workspaces: (await tx.list("workspaces", { repo })).map(({ record }) => record),
    sessions: (await tx.list("sessions", { repo, finishedSince })).map(({ record }) => record),
    jobs: (await tx.list("jobs", { repo })).map(({ record }) => record),
    agentSessions: (await tx.list("opencode_sessions", { repo })).map(({ record }) => record),
  }));
}
