/** `done` and `fail`: a person or an agent ends the attempt that they hold. */
import { IncrError } from "../../domain/error.ts";
import type { Lease } from "../../domain/lease.ts";
import type { ActiveSession } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { requireNoAgentAtWork } from "../agent/at-work.ts";
import type { LeaseVerdict } from "../../ports/processes.ts";
import type { App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { endSession, type Ending } from "./end.ts";
import { requireActiveSession } from "./find.ts";
import { lifeOf, orphanWayOut } from "./life.ts";

/**
 * @param wanted id of the todo (or session), or a prefix; without it the session of the workspace that the caller stands in
 * @throws IncrError `not_found`, `ambiguous`, `usage`, `stale_token`, `held` (its command or an agent in it still runs), `unsafe`, `rule`; the session goes on then
 */
export async function endHeldSession(
  app: App,
  wanted: string | undefined,
  status: "completed" | "failed",
): Promise<Ending> {
  const repo = await ensureRepo(app);
  const session = await requireActiveSession(app, repo, wanted);
  await requireNobodyAtWork(app, session);
  const outcome = status === "completed" ? { status } : { status, reason: "failed" as const };
  return await endSession(app, { session, outcome, mode: "strict" });
}

/** The session of a `run` ends with its command; ending it from outside would pull the workspace from under the command. */
async function requireNobodyAtWork(app: App, session: ActiveSession): Promise<void> {
  const entries = await app.store.read(async (tx) => await tx.list("workspaces", { repo: session.repo }));
  const workspace = entries.map(({ record }) => record).find((one) => one.name === session.workspace_name);
  if (workspace?.status !== "acquired") return;
  const lease = leaseOf(workspace);
  if (lease.lease_id !== session.lease_id) return;
  await requireNoAgentAtWork(app, workspace);
  if (lease.kind !== "process") return;
  const verdict = app.processes.isLeaseGone(lease);
  if (verdict.gone) return;
  throw new IncrError("held", `session ${session.id} belongs to a command that still runs: ${verdict.because}`, {
    hint: wayOut(app, session, lease, verdict),
    data: { session_id: session.id, pids: verdict.pids },
  });
}

function wayOut(
  app: App,
  { id }: ActiveSession,
  lease: Lease,
  { reason, pids }: Extract<LeaseVerdict, { gone: false }>,
): string {
  if (reason === "unknown") return "incr doctor";
  // All of them, since the session lasts as long as any.
  if (reason !== "owner_alive") return orphanWayOut({ session_id: id, survivors: lifeOf(app, lease).survivors });
  // The command itself would kill itself, and have been interrupted.
  return app.caller.leaseId === lease.lease_id
    ? "its session ends with this command: done if it ends with 0, failed if not"
    : `end the command (kill ${pids[0]}); its session ends with it`;
}
