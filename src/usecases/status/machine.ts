/** What is going on on this machine, for somebody who stands in no repository. */
import type { App } from "../app.ts";

export interface RepositoryLine {
  repo: string;
  source_path: string;
  /** Whether there still is a repository. */
  there: boolean;
  /** Active sessions, jobs and agents. */
  sessions: number;
  jobs: number;
  agent_sessions: number;
  /** Workspaces that somebody holds, and all. */
  held: number;
  workspaces: number;
}

/** Repositories with something active or with workspaces, the busiest first. */
export async function showMachine(app: App): Promise<RepositoryLine[]> {
  const house = await app.house();
  const lines = await app.store.read(async (tx) => {
    const [repos, workspaces, sessions, jobs, agents] = await Promise.all([
      tx.list("repos"),
      tx.list("workspaces"),
      tx.list("sessions"),
      tx.list("jobs"),
      tx.list("opencode_sessions"),
    ]);
    const count = (entries: { record: { repo: string } }[], repo: string) =>
      entries.filter(({ record }) => record.repo === repo).length;
    const acquired = workspaces.filter(({ record }) => record.status === "acquired");
    return repos.map(({ key, record: { source_path } }) => ({
      repo: key,
      source_path,
      there: house.repositoryAt(source_path) !== null,
      sessions: count(sessions, key),
      jobs: count(jobs, key),
      agent_sessions: count(agents, key),
      held: count(acquired, key),
      workspaces: count(workspaces, key),
    }));
  });
  const activity = (line: RepositoryLine) => line.sessions + line.jobs + line.agent_sessions + line.held;
  return lines
    .filter((line) => activity(line) + line.workspaces > 0)
    .toSorted((a, b) => activity(b) - activity(a) || (a.repo < b.repo ? -1 : 1));
}
