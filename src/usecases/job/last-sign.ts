import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveJob } from "../../domain/records.ts";
import type { App } from "../app.ts";

/**
 * The last sign of life (ISO time) of a job whose processes are gone: a stage that it reached, something that a test printed or its agent did. When exactly it
 * died nobody knows; what came between that and its being found out may be a night, in which nobody worked.
 */
export async function lastSignOf(app: App, job: ActiveJob): Promise<string> {
  const jobs = await app.jobs();
  const { log } = job;
  const signs = [
    job.updated_at,
    log === undefined ? undefined : lastOf(() => jobs.log(log).read()),
    await lastSignOfAgent(app, job),
  ];
  return new Date(Math.max(...signs.flatMap((at) => (at === undefined ? [] : [Date.parse(at)])))).toISOString();
}

/** Of the agent that was asked last. */
async function lastSignOfAgent(app: App, { repo, call }: ActiveJob): Promise<string | undefined> {
  if (call === undefined) return undefined;
  const key = recordKey(repo, call.session_id);
  const log = (await app.store.read(async (tx) => await tx.find("opencode_sessions", key)))?.log;
  if (log === undefined) return undefined;
  const agents = await app.agents();
  return lastOf(() => agents.log(log).read());
}

/** Without the end, which was noted only when it was found out. A log that cannot be read says nothing. */
function lastOf(read: () => { events: { type: string; at: string }[] }): string | undefined {
  try {
    return read().events.findLast(({ type }) => type !== "ended")?.at;
  } catch (error) {
    if (error instanceof IncrError) return undefined;
    throw error;
  }
}
