/** `incr agent run`: one conversation with a coding agent, watched over from start to end. */
import type { LoggedEvent } from "../../domain/agent/event.ts";
import { startAgentSession, type AgentPlace } from "../../domain/agent/session.ts";
import { judgeRun } from "../../domain/agent/verdict.ts";
import type { Harness as HarnessName } from "../../domain/config-file.ts";
import { IncrError } from "../../domain/error.ts";
import type { Lease } from "../../domain/lease.ts";
import { recordKey, type AcquiredWorkspace, type ActiveAgentSession } from "../../domain/records.ts";
import type { AgentStart, Harness } from "../../ports/agents.ts";
import type { CaughtSignals } from "../../ports/runner.ts";
import { requireRepository, type App } from "../app.ts";
import { ensureRepo } from "../repository.ts";
import { requireBase, takeWorkspace } from "../workspace/take.ts";
import { endAgent, type AgentEnding } from "./end.ts";
import { agentEnvironment, choosePlace, heldPlace, holderOf, type Assignment, type Place } from "./place.ts";
import { superviseAgent, type Limits, type Watched } from "./supervise.ts";

export interface AgentRequest {
  /** Default: the configured one. */
  harness?: HarnessName;
  model?: string;
  /** The agent's own name for a role or profile. */
  agent?: string;
  /** It may do everything without asking; otherwise it may change files in its folder. */
  fullAccess?: boolean;
  /** Further words for the agent's own command line. */
  extra?: readonly string[];
  prompt: string;
  /** Work in the caller's folder rather than in a workspace of its own. */
  inPlace?: boolean;
  /** Without it the place is chosen by where the caller stands. */
  place?: Place;
  assignment?: Assignment;
  limits?: Partial<Limits>;
  /** What tells it to stop; without it the signals that we get. */
  signals?: CaughtSignals;
  /** Called with each event, after it was logged. */
  onEvent?(event: LoggedEvent): void;
  /** Called once the session is recorded, before the agent is started. */
  onStart?(session: ActiveAgentSession): void | Promise<void>;
}

export interface AgentResult extends AgentEnding {
  /** The last thing that the agent said. */
  text: string | null;
  /** The agent's own exit code, 128 + signal if it was killed; never 0 unless it completed. */
  exit_code: number;
  /** Why it could not be started. */
  failure: IncrError | null;
}

/** @throws IncrError `command_failed` if the agent is not installed, `invalid_input`, what `takeWorkspace` throws; once there is a session, its end is a result */
export async function runAgent(app: App, request: AgentRequest): Promise<AgentResult> {
  if (request.prompt.trim() === "") throw new IncrError("invalid_input", "the prompt is empty");
  const harness = await requireHarness(app, request);
  const repo = await ensureRepo(app);
  const place = request.place ?? (await choosePlace(app, repo, request.inPlace === true));
  return await untilStopped(app, request, async (signals) => {
    const begun = await beginAgent(app, { ...request, repo, harness, place, interactive: false, conversation: null });
    await request.onStart?.(begun.session);
    const start = startOf(app, begun.session, false);
    return await carryOut(app, begun, { harness, start, request, signals });
  });
}

/** Runs `work` with what tells it to stop. */
export async function untilStopped<T>(
  app: App,
  { signals }: Pick<AgentRequest, "signals">,
  work: (signals: CaughtSignals) => Promise<T>,
): Promise<T> {
  return await (signals === undefined ? app.runner.catchSignals(work) : work(signals));
}

export interface BeginRequest extends Pick<AgentRequest, "model" | "agent" | "fullAccess" | "extra" | "assignment"> {
  repo: string;
  harness: Harness;
  place: Place;
  interactive: boolean;
  /** Made for it already. */
  conversation: string | null;
}

export interface Begun {
  session: ActiveAgentSession;
  leased: { workspace: AcquiredWorkspace; lease: Lease } | null;
}

/** Records the session; takes a workspace if it is to have one of its own. */
export async function beginAgent(app: App, request: BeginRequest): Promise<Begun> {
  const { worktrees } = requireRepository(app);
  const { repo, harness, place, assignment } = request;
  const id = app.hashId(`${harness.name} ${app.now().toISOString()} ${app.randomText(8)}`);
  const key = recordKey(repo, id);
  const asked = {
    ...(request.model === undefined ? {} : { model: request.model }),
    ...(request.agent === undefined ? {} : { agent: request.agent }),
    ...(request.fullAccess === true ? { full_access: true } : {}),
    ...(request.extra === undefined || request.extra.length === 0 ? {} : { extra: [...request.extra] }),
  };
  const chosen = request.conversation === null ? harness.chooseId(randomHex(app)) : null;
  const make = (where: AgentPlace, base: string | null) =>
    startAgentSession(
      {
        id,
        repo,
        harness: harness.name,
        agent_session_id: request.conversation,
        ...(chosen === null ? {} : { chosen_session_id: chosen }),
        asked,
        interactive: request.interactive,
        place: where,
        ...(assignment === undefined ? {} : { thread: assignment.thread }),
        ...(base === null ? {} : { base }),
        process: app.processes.currentIdentity(),
        log: `logs/agent-sessions/${repo}/${id}.jsonl`,
      },
      app.now().toISOString(),
    );
  if (place.kind !== "own") {
    const where = place.kind === "held" ? heldPlace(place) : { cwd: place.cwd };
    const { branch, commit } = await worktrees.readHead(where.cwd);
    const session = make({ ...where, branch }, commit);
    await app.store.transact(async (tx) => {
      await assignment?.admit(tx);
      await tx.put("opencode_sessions", key, session);
    });
    return { session, leased: place.kind === "held" ? place : null };
  }
  const commit = place.at?.base ?? (await requireBase(app, undefined));
  const branch = place.at?.branch ?? agentBranch(id);
  let session: ActiveAgentSession | null = null;
  const taken = await takeWorkspace(app, {
    repo,
    kind: "process",
    holder: holderOf({ id, ...assignment?.thread }),
    action: "acquire",
    purpose: purposeOf(harness, assignment),
    async reserve(tx, workspace, lease) {
      const { path, name } = workspace;
      await assignment?.admit(tx);
      session = make({ cwd: path, branch, workspace_name: name, lease_id: lease.lease_id, owns_lease: true }, commit);
      await tx.put("opencode_sessions", key, session);
    },
    branch: { branch, base: commit },
    destination: place.at?.destination ?? (async () => ({ commit, branch: { name: branch, create: true } })),
    confirm: async () => {},
    undo: async (tx) => await tx.remove("opencode_sessions", key),
  });
  return { session: session as unknown as ActiveAgentSession, leased: taken };
}

function purposeOf(harness: Harness, assignment: Assignment | undefined): string {
  return assignment === undefined
    ? `${harness.name} agent`
    : `thread ${assignment.thread.thread_id}: ${assignment.thread.title}`;
}

export interface Errand {
  harness: Harness;
  start: AgentStart;
  request: Pick<AgentRequest, "prompt" | "limits" | "onEvent">;
  signals: CaughtSignals;
}

/** Starts the agent of a recorded session, and ends the session with it. */
export async function carryOut(app: App, { session, leased }: Begun, errand: Errand): Promise<AgentResult> {
  const { harness, start, request, signals } = errand;
  const { agent } = await requireRepository(app).config();
  const watched = await superviseAgent(app, {
    session,
    harness,
    start,
    prompt: request.prompt,
    env: agentEnvironment(session, leased),
    limits: { timeLimitMs: agent.timeLimitMs, silenceLimitMs: agent.silenceLimitMs, ...request.limits },
    signals,
    onEvent: request.onEvent,
  });
  const { tally, end, exit_code, failure } = watched;
  const interrupted = signals.interruptedBy();
  const verdict =
    failure === null || end.stop !== null
      ? judgeRun(tally, end)
      : ({ status: "failed", reason: "start_failed", message: failure.message } as const);
  const ending = await endAgent(app, {
    session,
    end: {
      verdict,
      tally,
      ...(exit_code === undefined ? {} : { exit_code }),
      ...(end.signal === null ? {} : { signal: end.signal }),
    },
    onEvent: request.onEvent,
  });
  return { ...ending, text: tally.text, exit_code: exitCodeOf(ending.session.status, watched, interrupted), failure };
}

const STOP_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

/** A run that has not completed must not look like one that has, whatever the agent's own code is. */
function exitCodeOf(status: string, { exit_code, failure, end }: Watched, interrupted: string | null): number {
  if (failure !== null && interrupted === null) return failure.data["errno"] === "ENOENT" ? 127 : 126;
  if (status === "completed") return 0;
  if (interrupted !== null) return 128 + (STOP_NUMBERS[interrupted] ?? 15);
  if (exit_code !== undefined && exit_code !== 0) return exit_code;
  return end.stop === null ? 1 : 143;
}

/** What the agent is started with, by its record. */
export function startOf(app: App, session: ActiveAgentSession, resumed: boolean): AgentStart {
  const { model, agent, full_access, extra = [] } = session.asked ?? {};
  return {
    conversation: session.agent_session_id ?? session.chosen_session_id ?? null,
    resumed,
    ...(model === undefined ? {} : { model }),
    ...(agent === undefined ? {} : { agent }),
    fullAccess: full_access === true,
    reporting:
      session.stream_id === undefined
        ? null
        : { commands: REPORTS, folder: `${requireRepository(app).location.root}/work` },
    extra,
  };
}

/** They look at a thread, and write down how far it is; nothing else. */
const REPORTS = ["work read", "work list", "work status", "work update"];

/** @throws IncrError `command_failed` if it is not there, `invalid_input` for what it does not have; nothing is changed then */
export async function requireHarness(
  app: App,
  request: Pick<AgentRequest, "harness" | "agent" | "extra">,
): Promise<Harness> {
  const agents = await app.agents();
  const harness = agents.find(request.harness ?? (await requireRepository(app).config()).agent.harness);
  if (request.agent !== undefined && !harness.hasAgents) {
    throw new IncrError("invalid_input", `${harness.name} has no agents to choose from`, { hint: "leave --agent out" });
  }
  requireForeign(harness, request.extra ?? []);
  if (agents.isInstalled(harness)) return harness;
  throw new IncrError("command_failed", `${harness.program} is not installed, or not on the PATH`, {
    hint: "install it, or choose another agent with --harness",
    data: { harness: harness.name, program: harness.program },
  });
}

/** What is handed through must not undo what we set, or we would not understand what the agent says. @throws IncrError `usage` */
export function requireForeign({ name, program, ownFlags }: Harness, extra: readonly string[]): void {
  const [first] = extra;
  if (first !== undefined && !first.startsWith("-")) {
    throw new IncrError(
      "usage",
      `what stands after -- is for ${program} and begins with a flag of it, not with \`${first}\``,
      {
        hint: "give the prompt before --, in quotes",
      },
    );
  }
  for (const word of extra) {
    if (!word.startsWith("-")) continue;
    // Its own parser takes `--logLevel` for `--log-level`, and the value of a short flag right behind it.
    const flag = word.startsWith("--")
      ? word.replace(/=.*$/s, "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      : word.slice(0, 2);
    if (word !== "--" && !ownFlags.includes(flag)) continue;
    throw new IncrError("usage", `${flag} of ${program} cannot be handed through: incr sets it`, {
      hint: "incr agent run --help lists what can be set",
      data: { harness: name, flag },
    });
  }
}

/** The branch of a session that works for itself. */
export function agentBranch(id: string): string {
  return `incr/agent-${id}`;
}

/** 32 random hexadecimal digits. */
export function randomHex(app: App): string {
  return Array.from(app.randomText(32), (letter) =>
    ("abcdefghijklmnopqrstuvwxyz234567".indexOf(letter) & 15).toString(16),
  ).join("");
}
