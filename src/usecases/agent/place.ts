/** Where an agent works: a workspace of its own, the one that the caller stands in, or just the caller's folder. */
import { IncrError } from "../../domain/error.ts";
import type { AgentPlace, AgentThread } from "../../domain/agent/session.ts";
import type { Holder, Lease } from "../../domain/lease.ts";
import { recordKey, type AcquiredWorkspace, type ActiveAgentSession, type AgentSession } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import { requireRepository, type App } from "../app.ts";
import { leaseEnvironment } from "../lease.ts";
import type { ReadTx } from "../../ports/store.ts";
import type { Destination } from "../workspace/prepare.ts";

/** A workspace whose lease somebody holds: the caller, or whoever let it work there. It stays theirs. */
export interface HeldPlace {
  kind: "held";
  workspace: AcquiredWorkspace;
  lease: Lease;
  todo_id?: string;
}

/** A workspace of its own, for as long as it runs. */
export interface OwnPlace {
  kind: "own";
  /** Where its work begins; without it on a branch of the session's own, at the configured base. */
  at?: {
    branch: string;
    /** Commit that the work is counted from: a branch that still stands there at the end is removed. */
    base: string;
    /** Asked once the workspace is reserved, outside of every lock. */
    destination(): Promise<Destination>;
  };
}

export type Place = OwnPlace | HeldPlace | { kind: "here"; cwd: string };

/** What an agent carries out, if that is the thread of a workstream. */
export interface Assignment {
  thread: AgentThread;
  /** Part of the transaction that records the run: refuses by throwing. */
  admit(tx: ReadTx): Promise<void>;
}

/** Who holds the workspace that a session has to itself. */
export function holderOf({ id, stream_id, thread_id }: Pick<AgentSession, "id" | "stream_id" | "thread_id">): Holder {
  return stream_id === undefined || thread_id === undefined
    ? { type: "agent_session", id }
    : { type: "thread", id: `${stream_id}/${thread_id}` };
}

/**
 * @param inPlace work in the caller's folder, whatever it is
 * @throws IncrError `rule` in a workspace that nobody holds, `stale_token`
 */
export async function choosePlace(app: App, repo: string, inPlace: boolean): Promise<Place> {
  const { location } = requireRepository(app);
  const { workspace, todo_id } = await app.store.read(async (tx) => {
    const workspaces = (await tx.list("workspaces", { repo })).map(({ record }) => record);
    const here = workspaces.find(({ path }) => path === location.worktree);
    const holder = here?.status === "acquired" ? leaseOf(here).holder : undefined;
    const session = holder?.type === "session" ? await tx.find("sessions", recordKey(repo, holder.id)) : undefined;
    return { workspace: here, todo_id: session?.todo_id };
  });
  if (workspace?.status === "acquired") {
    const lease = leaseOf(workspace);
    requireToken(app, workspace, lease);
    requireNoJob(app, workspace, lease);
    return { kind: "held", workspace, lease, ...(todo_id === undefined ? {} : { todo_id }) };
  }
  if (workspace !== undefined) {
    throw new IncrError("rule", `nobody holds ${workspace.name}, so it may be given to somebody else at any time`, {
      hint: `cd ${location.root}, or start a session`,
      data: { workspace: workspace.name },
    });
  }
  return inPlace ? { kind: "here", cwd: app.caller.cwd } : { kind: "own" };
}

/** A shell that stayed in a workspace which was leased anew must not let an agent loose on somebody else's work. */
function requireToken(app: App, workspace: AcquiredWorkspace, lease: Lease): void {
  const token = app.caller.leaseId;
  if (token === null || token === lease.lease_id) return;
  throw new IncrError("stale_token", `${workspace.name} was leased anew since this shell got it`, {
    hint: `incr workspace show ${workspace.name}; \`unset INCR_LEASE_ID\` to go on as nobody in particular`,
    data: { workspace: workspace.name, lease_id: token },
  });
}

/**
 * A job works, tests and reviews by itself: nobody else lets an agent loose between its steps, except its own agents, which carry its token.
 * @throws IncrError `held`
 */
export function requireNoJob(app: App, workspace: AcquiredWorkspace, { holder, lease_id }: Lease): void {
  if (holder.type !== "job" || app.caller.leaseId === lease_id) return;
  throw new IncrError("held", `${workspace.name} is held by job ${holder.id}, which lets agents work in it by itself`, {
    hint: `incr job logs -f ${holder.id}, or give it up with \`incr job abandon ${holder.id}\``,
    data: { workspace: workspace.name, job_id: holder.id },
  });
}

/** What the record keeps of a workspace under somebody's lease. */
export function heldPlace({ workspace, lease, todo_id }: HeldPlace): AgentPlace {
  return {
    cwd: workspace.path,
    workspace_name: workspace.name,
    lease_id: lease.lease_id,
    ...(lease.holder.type === "session" ? { session_id: lease.holder.id } : {}),
    ...(todo_id === undefined ? {} : { todo_id }),
  };
}

/** Stands in the environment of an agent and of everything that it starts, as `<name>=<id>`. */
export const AGENT_VARIABLE = "INCR_AGENT_SESSION_ID";

/** The workstream that `work` means in an agent's shell, whichever is the current one elsewhere. */
const STREAM_VARIABLE = "INCR_STREAM";

/** What marks every process of an agent session. */
export function agentMark(id: string): string {
  return `${AGENT_VARIABLE}=${id}`;
}

/** What an agent carries: its session, and the lease under which it works. */
export function agentEnvironment(
  session: ActiveAgentSession,
  leased: { workspace: AcquiredWorkspace; lease: Lease } | null,
): Record<string, string> {
  const lease =
    leased === null
      ? {}
      : leaseEnvironment({
          lease_id: leased.lease.lease_id,
          path: leased.workspace.path,
          ...(session.session_id === undefined ? {} : { session_id: session.session_id }),
          ...(session.todo_id === undefined ? {} : { todo_id: session.todo_id }),
          ...(leased.lease.port === undefined ? {} : { port: leased.lease.port }),
        });
  const stream: Record<string, string> =
    session.stream_id === undefined ? {} : { [STREAM_VARIABLE]: session.stream_id };
  return { ...lease, ...stream, [AGENT_VARIABLE]: session.id };
}
