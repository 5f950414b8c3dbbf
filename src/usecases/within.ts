/** Whether the caller is part of what it asks about: whoever waits for that waits for ever, since it ends only after them. */
import { IncrError } from "../domain/error.ts";
import type { ProcessIdentity } from "../domain/lease.ts";
import { recordKey, type ActiveAgentSession, type RecordOf } from "../domain/records.ts";
import { leaseOf } from "../domain/workspace.ts";
import type { ReadTx } from "../ports/store.ts";
import type { App } from "./app.ts";

/** Whether a session that lives with its command, or a job, goes on as long as the caller does. Only what is certain counts. */
export async function isWithin(app: App, tx: ReadTx, record: RecordOf<"sessions" | "jobs">): Promise<boolean> {
  if (record.status !== "active") return false;
  if ("call" in record && record.call !== undefined) {
    const agent = await tx.find("opencode_sessions", recordKey(record.repo, record.call.session_id));
    if (agent !== undefined && isWithinAgent(app, agent)) return true;
  }
  const lease = (await tx.list("workspaces", { repo: record.repo }))
    .flatMap(({ record: one }) => (one.status === "acquired" ? [leaseOf(one)] : []))
    .find(({ holder }) => holder.id === record.id);
  if (lease?.kind !== "process") return false;
  const above = lineageOf(app);
  // One process may carry out several; the lease in the environment tells for which of them we were started.
  return above.hasChild(lease.process) || (app.caller.leaseId === lease.lease_id && above.has(lease.process));
}

/** The same of an agent session. */
function isWithinAgent(app: App, session: RecordOf<"opencode_sessions">): boolean {
  if (session.status !== "active") return false;
  const above = lineageOf(app);
  // What a person started by hand is the agent itself; else that is the child of what watches over it, and may watch over others.
  return above.hasChild(session.process) || (session.bound === true && above.has(session.process));
}

/** @throws IncrError `rule` if the caller is part of one of them @param what has to be waited for */
export function requireOutside(app: App, what: string, sessions: readonly ActiveAgentSession[]): void {
  if (sessions.some((one) => isWithinAgent(app, one))) throw withinError(what);
}

/** @param what `session k3j2` */
export function withinError(what: string): IncrError {
  return new IncrError("rule", `${what} ends only after this command, which is part of it and would wait for itself`, {
    hint: "leave it out",
  });
}

/** The caller, and all that it was started by. */
function lineageOf({ processes }: App) {
  const self = processes.currentIdentity();
  const all = [self, ...processes.ancestors(self.pid)];
  const includes = (identity: ProcessIdentity, pid: number | undefined, startedAt: string | undefined) =>
    identity.boot_id === self.boot_id && all.some((one) => one.pid === pid && one.started_at === startedAt);
  return {
    has: (one: ProcessIdentity | undefined) => one !== undefined && includes(one, one.pid, one.started_at),
    hasChild: (one: ProcessIdentity | undefined) =>
      one?.child_pid !== undefined && includes(one, one.child_pid, one.child_started_at),
  };
}
