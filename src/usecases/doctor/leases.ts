/** Leases and steps whose processes are gone, and those of which that cannot be told. */
import { IncrError } from "../../domain/error.ts";
import type { Lease } from "../../domain/lease.ts";
import type { Notice } from "../../domain/notice.ts";
import type { ActiveSession } from "../../domain/records.ts";
import { leaseOf } from "../../domain/workspace.ts";
import type { App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import { findDeadLeases, type DeadLease } from "../dead-leases.ts";
import { settleLease } from "../settle.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** What every other command settles before it does its own work. */
export const checkLeases: Check = {
  area: "leases",
  needs: { state: true, repository: true },
  async examine(world) {
    const { app, gone } = world;
    const repo = await findRepoSlug(app);
    if (repo === null) return [];
    let { dead, doubtful } = await judgeLeases(app, repo);
    // A process in the middle of its start cannot be looked into for a moment.
    for (let attempt = 0; attempt < PATIENCE && doubtful.some(({ passing }) => passing); attempt += 1) {
      await app.pause(100);
      ({ dead, doubtful } = await judgeLeases(app, repo));
    }
    for (const name of gone) await requireDoubtful(app, repo, name, [...dead, ...doubtful]);
    return [...dead.map((one) => deadProblem(app, one)), ...doubtful.map((one) => doubtProblem(world, one))];
  },
};

const PATIENCE = 5;

type Doubtful = DeadLease & Doubt;

async function judgeLeases(app: App, repo: string): Promise<{ dead: DeadLease[]; doubtful: Doubtful[] }> {
  const dead = await findDeadLeases(app, repo);
  const { workspaces, sessions } = await app.store.read(async (tx) => ({
    workspaces: (await tx.list("workspaces", { repo })).map(({ record }) => record),
    sessions: (await tx.list("sessions", { repo })).map(({ record }) => record),
  }));
  const doubtful: Doubtful[] = [];
  for (const workspace of workspaces) {
    if (workspace.status !== "acquired" || dead.some((one) => one.workspace.name === workspace.name)) continue;
    const lease = leaseOf(workspace);
    const doubt = doubtAbout(app, lease);
    if (doubt === null) continue;
    const session = sessions.find(
      (one): one is ActiveSession => one.lease_id === lease.lease_id && one.status === "active",
    );
    const one: DeadLease = { workspace, lease, session, what: lease.intent?.action ?? "run" };
    if (doubt === "dead") dead.push(one);
    else doubtful.push({ ...one, ...doubt });
  }
  return { dead, doubtful };
}

interface Doubt {
  why: string;
  /** It may be known in a moment. */
  passing: boolean;
}

/** Why nobody can tell from here whether the processes of a lease are gone; null if they live. */
function doubtAbout(app: App, lease: Lease): Doubt | "dead" | null {
  const { intent } = lease;
  if (intent === undefined) {
    if (lease.kind !== "process") return null;
    const verdict = app.processes.isLeaseGone(lease);
    if (verdict.gone) return "dead";
    return verdict.reason === "unknown" ? { why: verdict.because, passing: verdict.pids.length > 0 } : null;
  }
  const { pid } = intent.process;
  const state = app.processes.stateOf(intent.process);
  if (state === "alive") return null;
  if (state === "unknown") {
    return {
      why: `its step (${intent.action}) belongs to process ${pid}, which cannot be seen from here`,
      passing: false,
    };
  }
  if (lease.kind === "held" && intent.action !== "acquire" && intent.action !== "resume") return "dead";
  const { processes, unreadable } = app.processes.findLeaseProcesses(lease);
  if (processes.length > 0) return null;
  if (unreadable.length === 0) return "dead";
  const named = unreadable.map(({ pid, command }) => `${pid} ${command}`).join(", ");
  return { why: `processes that may be its own cannot be looked into: ${named}`, passing: true };
}

/** @throws IncrError `rule` or `held` if there is nothing to take on trust: what can be known is not for the user to say */
async function requireDoubtful(app: App, repo: string, name: string, candidates: DeadLease[]): Promise<void> {
  if (candidates.some(({ workspace }) => workspace.name === name)) return;
  const workspaces = await app.store.read(async (tx) => await tx.list("workspaces", { repo }));
  const found = workspaces.map(({ record }) => record).find((one) => one.name === name);
  if (found === undefined) throw new IncrError("not_found", `no workspace ${name}`, { hint: "incr workspace list" });
  // Settled in an earlier round.
  if (found.status === "available") return;
  const { holder, kind } = leaseOf(found);
  throw new IncrError("held", `${name} is held by ${holder.type} ${holder.id}, which is no matter of doubt`, {
    hint: kind === "held" ? `incr workspace show ${name}` : `incr session show ${holder.id}`,
  });
}

function deadProblem(app: App, dead: DeadLease): Problem {
  const { workspace, session, what } = dead;
  const who = session === undefined ? "" : ` of session ${session.id} (todo ${session.todo_id})`;
  return problem(workspace.name, {
    code: "lease_dead",
    severity: "warning",
    message:
      what === "run"
        ? `the command${who} in ${workspace.name} is gone with all that it started`
        : `a step (${what})${who} in ${workspace.name} was begun by a process that is gone`,
    meaning: "The next command in this repository settles it; the work is kept.",
    repair: "settles it now",
    fix: () => settleNow(app, dead),
    data: { workspace: workspace.name, session_id: session?.id ?? null, step: what },
  });
}

function doubtProblem({ app, gone }: World, { why, passing, ...dead }: Doubtful): Problem {
  const { workspace, lease } = dead;
  void passing;
  const facts = {
    severity: "note" as const,
    message: `whether ${workspace.name} is still in use cannot be told: ${why}`,
    meaning: "It stays held until that is known: unknown is not dead.",
    data: { workspace: workspace.name, lease_id: lease.lease_id, why },
  };
  if (!gone.includes(workspace.name)) {
    const hint = `if you know that nothing of it runs any more: incr doctor --fix --gone ${workspace.name}`;
    return problem(workspace.name, { code: "lease_unknown", ...facts, hint });
  }
  const repair = "takes your word for it and settles it";
  return problem(workspace.name, { code: "lease_unknown", ...facts, repair, fix: () => settleNow(app, dead) });
}

/** What settling says on its way is what was done. */
async function settleNow(app: App, dead: DeadLease): Promise<string> {
  const said: Notice[] = [];
  try {
    await settleLease({ ...app, notify: (notice) => said.push(notice) }, dead);
  } catch (error) {
    if (error instanceof IncrError && error.code === "stale_token") return "somebody else settled it meanwhile";
    throw error;
  }
  return said.map(({ message }) => message).join("; ");
}
