/** What somebody should do something about, each with the command that deals with it. */
import type { TodoProblem } from "../../ports/todos.ts";
import { IncrError } from "../../domain/error.ts";
import { describeHolder } from "../../domain/workspace.ts";
import { formatDuration } from "../../domain/duration.ts";
import type { App } from "../app.ts";
import { describeOrphan } from "../session/life.ts";
import { showTrust } from "../trust.ts";
import type { DamagedWorkflow } from "../workflow/progress.ts";
import { describeConflict } from "../../domain/stream/merge.ts";
import type { RepositoryStatus } from "./status.ts";
import type { DamagedStream } from "./streams.ts";

export interface Attention {
  /** Stable, snake_case. */
  code: string;
  /** One line. */
  message: string;
  /** What to type. */
  command: string;
}

type Facts = Pick<RepositoryStatus, "todos" | "sessions" | "jobs" | "workspaces" | "streams"> & {
  problems: readonly TodoProblem[];
  cycles: string[][];
  damaged: DamagedWorkflow[];
  damagedStreams: DamagedStream[];
  /** Why the journal cannot be read. */
  journal: string | null;
  /** What is wrong with the configuration. */
  misconfigured: string | null;
};

/** A lease that is held longer than this, with nobody standing in its workspace, is likely to be forgotten. */
const FORGOTTEN_SECONDS = 24 * 3600;

/** The most urgent first. */
export async function findAttention(app: App, facts: Facts): Promise<Attention[]> {
  return [
    ...facts.problems.map(({ id }) => ({
      code: "todo_damaged",
      message: `the file of todo ${id} cannot be read`,
      command: "incr doctor --fix",
    })),
    ...lostSessions(facts),
    ...waitingJobs(app, facts),
    ...brokenWorkspaces(facts),
    ...stoppedStreams(facts),
    ...facts.damagedStreams.map(({ problem }) => ({
      code: "stream_damaged",
      message: problem,
      command: "incr doctor",
    })),
    ...forgotten(app, facts),
    ...unheldTodos(facts),
    ...facts.cycles.map((path) => ({
      code: "dependency_cycle",
      message: `${path.join(" → ")} wait for each other`,
      command: `incr todo dep remove ${path[0]} ${path[1]}`,
    })),
    ...facts.damaged.map(({ problem, workflow }) => ({
      code: "workflow_damaged",
      message: problem,
      command: `incr workflow reset ${workflow}`,
    })),
    ...(facts.journal === null ? [] : [{ code: "journal_damaged", message: facts.journal, command: "incr doctor" }]),
    ...(facts.misconfigured === null
      ? await untrusted(app)
      : [{ code: "configuration", message: facts.misconfigured, command: "incr doctor" }]),
  ];
}

function lostSessions({ sessions }: Facts): Attention[] {
  return sessions.flatMap(({ id, todo_id, liveness, survivors }) => {
    if (liveness === "orphaned") {
      const message = `session ${id} of ${todo_id}: ${describeOrphan(survivors)}`;
      return [{ code: "session_orphaned", message, command: `incr wait ${id}` }];
    }
    if (liveness === "lost") {
      const message = `session ${id} of ${todo_id} does not hold its workspace any more`;
      return [{ code: "session_lost", message, command: "incr doctor --fix" }];
    }
    if (liveness === "gone" || liveness === "unknown") {
      const why = liveness === "gone" ? "its command is gone" : "whether its command still runs cannot be told";
      return [{ code: `session_${liveness}`, message: `session ${id} of ${todo_id}: ${why}`, command: "incr doctor" }];
    }
    return [];
  });
}

/** Jobs that go on only if somebody says so. */
function waitingJobs(app: App, { jobs }: Facts): Attention[] {
  return jobs.flatMap(({ id, todo_id, liveness, paused_until }) => {
    const command = `incr job resume ${id}`;
    if (liveness === "orphaned") {
      const message = `job ${id} of ${todo_id}: its process is gone, and something that it had started runs on`;
      return [{ code: "job_orphaned", message, command }];
    }
    if (liveness !== "paused" || Date.parse(paused_until ?? "") > app.now().getTime()) return [];
    return [{ code: "job_can_go_on", message: `job ${id} of ${todo_id} was paused, and can go on`, command }];
  });
}

function brokenWorkspaces({ workspaces, sessions }: Facts): Attention[] {
  return workspaces.flatMap(({ name, path, state, attention, holder }) => {
    if (state === "set_aside") {
      return [
        { code: "workspace_set_aside", message: `${name} is set aside: ${attention}`, command: "incr doctor --fix" },
      ];
    }
    if (state !== "missing" || holder === null) return [];
    const session = sessions.find(({ workspace }) => workspace === name);
    const command = session === undefined ? `incr workspace release ${name}` : `incr session fail ${session.todo_id}`;
    return [{ code: "workspace_missing", message: `the folder of ${name} is gone: ${path}`, command }];
  });
}

function stoppedStreams({ streams }: Facts): Attention[] {
  return streams.flatMap(({ id, current, broken, conflicts }) => {
    const flag = current ? "" : ` --stream ${id}`;
    const stopped = conflicts.map(({ batch, workspace, ...conflict }) => ({
      code: "stream_conflict",
      message: `batch ${batch} of ${id} could not be merged: ${describeConflict(conflict)}`,
      command: `work fix --${workspace === null ? "merge" : "merged"}${flag}`,
    }));
    const [first, ...more] = broken;
    if (first === undefined) return stopped;
    const which = broken.map(({ thread, status }) => `${thread} (${status})`).join(", ");
    const message = `${id}: ${more.length === 0 ? "a thread" : `${broken.length} threads`} did not come to the end: ${which}`;
    const command = more.length === 0 ? `work fix --thread ${first.thread}${flag}` : `work fix${flag}`;
    return [...stopped, { code: "stream_broken", message, command }];
  });
}

function forgotten(app: App, { workspaces, sessions }: Facts): Attention[] {
  const old = workspaces.filter(({ state, age_seconds }) => state === "held" && (age_seconds ?? 0) > FORGOTTEN_SECONDS);
  if (old.length === 0) return [];
  const occupied = app.processes.findOccupants(app.workspacesDir).map(({ cwd }) => cwd);
  return old.flatMap(({ name, path, holder, age_seconds }) => {
    const session = sessions.find(({ workspace }) => workspace === name);
    // A run ends by itself, and jobs and agents have limits of their own.
    if (holder === null || (session !== undefined && session.liveness !== "held")) return [];
    if (holder.type !== "person" && holder.type !== "session") return [];
    if (occupied.some((cwd) => cwd === path || cwd.startsWith(`${path}/`))) return [];
    const age = formatDuration((age_seconds ?? 0) * 1000);
    return [
      {
        code: "lease_forgotten",
        message: `${describeHolder(holder)} has held ${name} for ${age}, and nobody stands in it`,
        command: session === undefined ? `incr workspace release ${name}` : `incr session done ${session.todo_id}`,
      },
    ];
  });
}

function unheldTodos({ todos }: Facts): Attention[] {
  return todos.in_progress
    .filter(({ holder, age_seconds }) => holder === null && age_seconds > FORGOTTEN_SECONDS)
    .map(({ id, age_seconds }) => ({
      code: "todo_unheld",
      message: `todo ${id} is in progress for ${formatDuration(age_seconds * 1000)}, and no session works on it`,
      command: `incr todo reopen ${id}`,
    }));
}

async function untrusted(app: App): Promise<Attention[]> {
  try {
    const { state, name } = await showTrust(app);
    if (state !== "new" && state !== "changed") return [];
    const why =
      state === "new" ? "runs commands that you have not approved" : "was changed since you approved its commands";
    return [{ code: "untrusted", message: `${name} ${why}`, command: "incr trust" }];
  } catch (error) {
    if (error instanceof IncrError && error.code === "corrupt")
      return [{ code: "trust_damaged", message: error.message, command: "incr doctor --fix" }];
    throw error;
  }
}
