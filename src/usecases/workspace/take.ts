/**
 * Taking a workspace from the pool, for whoever holds it afterwards: a session, a person, a job, a thread.
 * Reserve (one transaction decides who gets what) → act (git, then the configured commands) → confirm (only if the reservation still stands).
 */
import { join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { Holder, Lease, LeaseKind } from "../../domain/lease.ts";
import { recordKey, type AcquiredWorkspace, type Workspace } from "../../domain/records.ts";
import {
  chooseWorkspace,
  createWorkspace,
  endIntent,
  nextWorkspaceName,
  releaseWorkspace,
  requireLease,
  reserveWorkspace,
} from "../../domain/workspace.ts";
import type { Tx } from "../../ports/store.ts";
import { requireRepository, type App } from "../app.ts";
import { newLease } from "../lease.ts";
import { requireTrusted } from "../trust.ts";
import { prepareWorktree, type Destination } from "./prepare.ts";
import { provision } from "./provision.ts";
import { giveBack } from "./give-back.ts";
import { asRefusal } from "./save.ts";

export interface TakeRequest {
  repo: string;
  kind: LeaseKind;
  holder: Holder;
  action: "acquire" | "resume";
  purpose?: string;
  rev?: string;
  /** Taken if it is free, else another one. */
  prefer?: string;
  /** Set aside with work in it that is nowhere else, and taken just as it is. */
  adopt?: string;
  /** Ids that the children see. */
  session_id?: string;
  todo_id?: string;
  /** The branch that is made for it: removed again if the taking fails and it holds nothing. */
  branch?: { branch: string; base: string };
  /** Part of the reserving transaction: may refuse by throwing, and records what belongs to the lease. */
  reserve(tx: Tx, workspace: AcquiredWorkspace, lease: Lease): Promise<void>;
  /** After the reservation, before git: what lies outside the store. Refusing by throwing undoes the reservation. */
  announce?(): Promise<void>;
  /** Takes `announce` back when a later step fails. */
  retract?(): Promise<void>;
  /** Where the worktree has to stand; asked when the workspace is reserved. */
  destination(): Promise<Destination>;
  /** After the checkout: brings back what a rescue holds. */
  fill?(path: string): Promise<void>;
  /** Part of the confirming transaction. */
  confirm(tx: Tx, workspace: AcquiredWorkspace, destination: Destination): Promise<void>;
  /** Part of the transaction that undoes the reservation. */
  undo(tx: Tx): Promise<void>;
}

export interface Taken {
  workspace: AcquiredWorkspace;
  lease: Lease;
  destination: Destination;
}

/** @throws what `reserve` and `announce` throw, and IncrError `git`, `unsafe`, `command_failed`, `untrusted`; nothing is left behind then */
export async function takeWorkspace(app: App, request: TakeRequest): Promise<Taken> {
  // Before anything changes.
  await requireTrustedHooks(app);
  const unusable = new Set<string>();
  for (;;) {
    const reserved = await reserve(app, request, unusable);
    const { workspace, lease } = reserved;
    let announced = false;
    try {
      await app.step("take:reserved");
      await request.announce?.();
      announced = true;
      await app.step("take:announced");
      const ready = await makeReady(app, request, workspace, lease);
      if (!("unusable" in ready)) return ready;
      // What stands in that workspace can neither be kept nor removed: it leaves the pool, and the next one is tried.
      unusable.add(workspace.name);
      await request.retract?.();
      await setAside(app, request, workspace, lease, ready.unusable);
    } catch (error) {
      await abandon(app, request, workspace, lease, announced);
      throw error;
    }
  }
}

/** @throws IncrError `untrusted` for commands that may not run in a workspace, and what is wrong with the configuration */
export async function requireTrustedHooks(app: App): Promise<void> {
  const configuration = await requireRepository(app).configuration();
  requireTrusted(configuration, app.trust, ["workspace.on-create", "workspace.on-acquire"]);
}

async function reserve(
  app: App,
  request: TakeRequest,
  unusable: ReadonlySet<string>,
): Promise<{ workspace: AcquiredWorkspace; lease: Lease }> {
  const folder = join(app.workspacesDir, request.repo);
  const occupied = new Set(app.processes.findOccupants(folder).map(({ within }) => within.split("/")[0] ?? ""));
  for (const name of unusable) occupied.add(name);
  return await app.store.transact(async (tx) => {
    const now = app.now().toISOString();
    const pool = await tx.list("workspaces", { repo: request.repo });
    const records = pool.map(({ record }) => record);
    const lease = await newLease(app, tx, request);
    const reservation = {
      lease,
      pid: app.processes.currentIdentity().pid,
      ...(request.purpose === undefined ? {} : { purpose: request.purpose }),
      ...(request.rev === undefined ? {} : { rev: request.rev }),
    };
    const free =
      records.find((one) => one.name === request.adopt && one.status === "available") ??
      preferred(records, request.prefer, occupied) ??
      chooseWorkspace(records, occupied);
    const workspace =
      free === undefined
        ? newInPool(request.repo, folder, records, reservation, now)
        : reserveWorkspace(free, reservation, now);
    await request.reserve(tx, workspace, lease);
    await tx.put("workspaces", recordKey(request.repo, workspace.name), workspace);
    return { workspace, lease };
  });
}

function preferred(pool: Workspace[], name: string | undefined, occupied: ReadonlySet<string>): Workspace | undefined {
  return chooseWorkspace(
    pool.filter((workspace) => workspace.name === name),
    occupied,
  );
}

function newInPool(
  repo: string,
  folder: string,
  pool: Workspace[],
  reservation: Parameters<typeof reserveWorkspace>[1],
  now: string,
): AcquiredWorkspace {
  const name = nextWorkspaceName(pool.map((workspace) => workspace.name));
  return createWorkspace({ name, repo, path: join(folder, name), ...reservation }, now);
}

async function makeReady(
  app: App,
  request: TakeRequest,
  workspace: AcquiredWorkspace,
  lease: Lease,
): Promise<Taken | { unusable: string }> {
  const { worktrees } = requireRepository(app);
  const adopted = workspace.name === request.adopt;
  const session = request.session_id === undefined ? {} : { session_id: request.session_id };
  const mark = { lease_id: lease.lease_id, ...session };
  const destination = await request.destination();
  let created = false;
  let keep: string[] = [];
  if (!adopted) {
    const prepared = await prepareWorktree(app, workspace, destination);
    if (prepared.kind === "unusable") return { unusable: prepared.why };
    ({ created } = prepared);
    await worktrees.writeMark(workspace.path, mark);
    await app.step("take:checked-out");
    await request.fill?.(workspace.path);
    const found = request.fill === undefined ? null : await worktrees.inspect(workspace.path);
    if (found?.kind === "worktree") keep = found.changed;
  }
  await app.step("take:prepared");
  const provisioned = await provision(app, workspace, lease, { created, ...session, todo_id: request.todo_id, keep });
  await app.step("take:provisioned");
  // Until now the mark said whose work this is, in case that this attempt to take it had failed.
  if (adopted) await worktrees.writeMark(workspace.path, mark);
  const key = recordKey(request.repo, workspace.name);
  const confirmed = await app.store.transact(async (tx) => {
    const now = app.now().toISOString();
    const current = await tx.find("workspaces", key);
    const ended = { ...endIntent(requireLease(current, lease.lease_id), lease.lease_id, now), provisioned };
    await tx.put("workspaces", key, ended);
    await request.confirm(tx, ended, destination);
    return ended;
  });
  await app.step("take:confirmed");
  return { workspace: confirmed, lease: confirmed.lease as Lease, destination };
}

/**
 * Undoes a reservation whose steps failed: whatever is in the workspace is kept, the workspace goes back. What cannot be undone now (a lock that is not
 * freed, say) is left to the next command, which finds this process gone and its intent unfinished.
 */
async function abandon(
  app: App,
  request: TakeRequest,
  workspace: AcquiredWorkspace,
  lease: Lease,
  announced: boolean,
): Promise<void> {
  try {
    if (announced) await request.retract?.();
    if (workspace.name === request.adopt) {
      await setAside(app, request, workspace, lease, "it still holds the work of an attempt that ended");
      return;
    }
    await giveBack(app, workspace, lease.lease_id, {
      reason: "left when a start failed",
      session_id: request.session_id,
      todo_id: request.todo_id,
      ...(request.branch === undefined ? {} : request.branch),
      setAside: true,
      abandoned: true,
      also: async (tx) => await request.undo(tx),
    });
  } catch (error) {
    const why = error instanceof IncrError ? error.message : asRefusal(error);
    if (why === null) throw error;
    app.notify({
      code: "not_undone",
      message: `${workspace.name} could not be given back yet (${why}); the next command does it`,
      data: { workspace: workspace.name },
    });
  }
}

async function setAside(
  app: App,
  request: TakeRequest,
  workspace: AcquiredWorkspace,
  lease: Lease,
  why: string,
): Promise<void> {
  const key = recordKey(request.repo, workspace.name);
  await app.store.transact(async (tx) => {
    const held = requireLease(await tx.find("workspaces", key), lease.lease_id);
    const now = app.now().toISOString();
    await tx.put("workspaces", key, releaseWorkspace(held, lease.lease_id, now, { attention: why }));
    await request.undo(tx);
  });
  app.notify({
    code: "workspace_set_aside",
    message: `${workspace.name} is set aside: ${why}`,
    data: { workspace: workspace.name, path: workspace.path, why },
  });
}

/** The commit that work starts from: `rev` as the caller's worktree has it, else the configured base, else HEAD of the main checkout. @throws IncrError `not_found` */
export async function requireBase(app: App, rev: string | undefined): Promise<string> {
  const { worktrees, config, location } = requireRepository(app);
  const wanted = rev ?? (await config()).workspace.base;
  if (wanted !== undefined) {
    const from = rev === undefined ? null : location.worktree;
    const commit = await worktrees.resolveCommit(wanted, from ?? undefined);
    if (commit !== null) return commit;
    throw new IncrError("not_found", `${wanted === "" ? "an empty name" : wanted} is not a commit in this repository`, {
      hint: rev === undefined ? "set workspace.base in incr.toml to a branch that exists" : "git log --oneline --all",
    });
  }
  return (await worktrees.headCommit()) ?? (await worktrees.emptyCommit());
}
