/** One run of an agent from its start to its end: what it says is logged as it comes, its limits are watched, and whatever stops it ends all that it started. */
import type { AgentEvent, LoggedEvent } from "../../domain/agent/event.ts";
import { noteAgentFacts, noteAgentProcess } from "../../domain/agent/session.ts";
import { countEvent, EMPTY_TALLY, type Tally } from "../../domain/agent/tally.ts";
import type { AgentStop, RunEnd } from "../../domain/agent/verdict.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveAgentSession } from "../../domain/records.ts";
import type { AgentLog, AgentStart, Agents, Harness, RunningAgent } from "../../ports/agents.ts";
import type { KillRequest, LiveProcess } from "../../ports/processes.ts";
import type { CaughtSignals } from "../../ports/runner.ts";
import type { App } from "../app.ts";
import { agentMark } from "./place.ts";

export interface Limits {
  /** Milliseconds from the start. */
  timeLimitMs: number;
  /** Milliseconds without any sign of life. */
  silenceLimitMs: number;
}

export interface Watch {
  session: ActiveAgentSession;
  harness: Harness;
  start: AgentStart;
  prompt: string;
  /** What the agent carries in its environment. */
  env: Record<string, string>;
  limits: Limits;
  signals: CaughtSignals;
  onEvent?: ((event: LoggedEvent) => void) | undefined;
}

export interface Watched {
  tally: Tally;
  end: RunEnd;
  /** As a shell would show it; absent if it could not be started. */
  exit_code?: number;
  /** Why it could not be started. */
  failure: IncrError | null;
}

/** What is asked to end has so long to do so; then it is killed. */
const GRACE_MS = 5_000;
/** What an agent left behind at its end. */
const LEFTOVER_GRACE_MS = 1_000;
/** From the end of an agent's loop to the end of its process. */
const CLOSING_LIMIT_MS = 15_000;
const TICK_MS = 1_000;

/** Never rejects because of what the agent does. */
export async function superviseAgent(app: App, watch: Watch): Promise<Watched> {
  const { session, harness, start, limits, signals } = watch;
  const agents = await app.agents();
  const log = agents.log(session.log ?? "");
  const record = recorder(app, session);
  const clock = { total: 0, silent: 0, closing: null as number | null };
  let tally = EMPTY_TALLY;
  let stop: RunEnd["stop"] = null;
  let stopped: Promise<unknown> | null = null;
  /** What it had started before it first asked for a tool: servers that live as long as it does. */
  let servants: Set<string> | null = null;

  const tell = (event: AgentEvent) => {
    tally = countEvent(tally, event);
    writeEvent(app, log, event, watch.onEvent);
    record.note(tally);
  };
  const read = harness.reader({
    now: app.now,
    zone: agents.zone,
    conversation: start.resumed ? start.conversation : null,
  });
  const onLine = (stream: "stdout" | "stderr", line: string) => {
    clock.silent = 0;
    for (const event of read(stream, line)) {
      if (event.type === "closing") clock.closing = 0;
      else if (event.type === "text" || event.type === "tool_ended") clock.closing = null;
      tell(event);
    }
    // Whichever it tells first, the model that it is about to ask or what that answers: no tool has begun by then.
    const isAsking = stream === "stdout" || tally.model !== null;
    if (isAsking && !harness.announcesTools) servants ??= named(app.processes.descendants(running?.pid ?? 0));
  };

  tell({ type: "started", harness: harness.name, resumed: start.resumed });
  let running: RunningAgent | undefined;
  try {
    running = await begin(app, agents, watch, onLine);
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    const early = signals.interruptedBy() === null ? null : (await record.isUnwanted()) ? "kill" : "interrupt";
    const end: RunEnd = { code: null, signal: null, stop: early, expected: null, interactive: false };
    return { tally, end, failure: error };
  }
  const { pid } = running;
  const child = app.processes.identify(pid);
  if (child !== undefined) record.noteProcess(child);
  const everything = { processes: child === undefined ? [] : [child], mark: agentMark(session.id) };

  const end = (reason: AgentStop | "hung"): void => {
    if (stop !== null) return;
    stop = reason;
    tell({ type: "stopping", reason });
    stopped = stopAgent(app, running, { ...everything, signal: harness.stopSignal });
  };
  signals.onInterrupt(() => void record.isUnwanted().then((unwanted) => end(unwanted ? "kill" : "interrupt")));
  const tick = Math.max(10, Math.min(TICK_MS, limits.silenceLimitMs / 4, limits.timeLimitMs / 4));
  const timer = setInterval(() => {
    clock.total += tick;
    clock.silent += tick;
    if (clock.closing !== null) clock.closing += tick;
    if (clock.total >= limits.timeLimitMs) return end("time_limit");
    if (clock.closing !== null && clock.closing >= Math.min(CLOSING_LIMIT_MS, limits.silenceLimitMs))
      return end("hung");
    if (clock.silent < limits.silenceLimitMs || isAtWork()) return;
    end(tally.finished === null ? "silence_limit" : "hung");
  }, tick);

  /** A tool may be silent for hours. */
  function isAtWork(): boolean {
    if (tally.running.length > 0) return true;
    if (harness.announcesTools || servants === null) return false;
    return [...named(app.processes.descendants(pid))].some((name) => servants?.has(name) === false);
  }

  const { code, signal, signalNumber } = await running.ended;
  clearInterval(timer);
  // Whoever ends one of several agents that we watch over cannot tell us so by a signal.
  if (stop === null && code !== 0 && (await record.isUnwanted())) stop = "kill";
  await (stopped ?? app.processes.killTree({ ...everything, graceMs: LEFTOVER_GRACE_MS }));
  if (tally.model === null && tally.agent_session_id !== null) {
    const model = agents.findModel(harness, tally.agent_session_id);
    if (model !== null) tell({ type: "model", model });
  }
  await record.settled();
  return {
    tally,
    end: { code, signal, stop, expected: start.resumed ? start.conversation : null, interactive: false },
    exit_code: code ?? 128 + (signalNumber ?? 0),
    failure: null,
  };
}

/**
 * Asks the agent, which knows best how to end its tools, and then ends what is left. What it has started is looked up before: orphans whose environment was
 * emptied are tied to nothing.
 */
async function stopAgent(
  app: App,
  running: RunningAgent,
  { processes, mark, signal }: Pick<KillRequest, "processes" | "mark" | "signal">,
): Promise<void> {
  const everything = [...processes, ...app.processes.descendants(running.pid)];
  for (const one of processes) app.processes.tell(one, signal ?? "SIGTERM");
  await within(GRACE_MS, running.exited);
  await app.processes.killTree({
    processes: everything,
    ...(mark === undefined ? {} : { mark }),
    graceMs: LEFTOVER_GRACE_MS,
  });
}

/** Waits for what may never come. */
async function within(ms: number, coming: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([coming, patience]);
  clearTimeout(timer);
}

async function begin(
  app: App,
  agents: Agents,
  { harness, start, session, prompt, env, signals }: Watch,
  onLine: (stream: "stdout" | "stderr", line: string) => void,
): Promise<RunningAgent> {
  await app.step("agent:starting");
  const interrupted = signals.interruptedBy();
  if (interrupted !== null) throw new IncrError("command_failed", `${interrupted} came before the agent was started`);
  const command = harness.runCommand(start);
  const running = await agents.start({ harness, command, cwd: session.cwd ?? "", env, input: prompt, onLine });
  await app.step("agent:started");
  return running;
}

/** To the log first: who follows it must not know less than who watches. A log that cannot be written costs the log, not the work. */
export function writeEvent(
  app: App,
  log: AgentLog,
  event: AgentEvent,
  onEvent: ((event: LoggedEvent) => void) | undefined,
): void {
  const logged = { at: app.now().toISOString(), ...event };
  try {
    log.append(logged);
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    app.notify({ code: "not_logged", message: `the event log is not complete: ${error.message}` });
  }
  onEvent?.(logged);
}

/** Puts into the record what becomes known while the agent runs, one transaction after the other. */
function recorder(app: App, session: ActiveAgentSession) {
  const key = recordKey(session.repo, session.id);
  let last: Promise<void> = Promise.resolve();
  let noted: Pick<Tally, "agent_session_id" | "model"> = { agent_session_id: null, model: null };
  const change = (transition: (session: ActiveAgentSession, now: string) => ActiveAgentSession) => {
    last = last.then(async () => {
      try {
        await app.store.transact(async (tx) => {
          const current = await tx.find("opencode_sessions", key);
          if (current?.status !== "active") return;
          await tx.put("opencode_sessions", key, transition(current, app.now().toISOString()));
        });
      } catch (error) {
        if (!(error instanceof IncrError)) throw error;
        app.notify({ code: "not_recorded", message: `agent session ${session.id} was not updated: ${error.message}` });
      }
    });
  };
  return {
    note({ agent_session_id, model }: Tally): void {
      if (agent_session_id === noted.agent_session_id && model === noted.model) return;
      noted = { agent_session_id, model };
      const expected = session.agent_session_id ?? agent_session_id;
      // Another conversation than the one that was asked for is for the verdict.
      const facts = agent_session_id === expected ? noted : { model };
      change((current, now) => noteAgentFacts(current, facts, now));
    },
    noteProcess: (child: Pick<LiveProcess, "pid" | "started_at">) =>
      change((current, now) => noteAgentProcess(current, child, now)),
    /** Whether `incr agent kill` asked for the end. */
    async isUnwanted(): Promise<boolean> {
      const current = await app.store
        .read(async (tx) => await tx.find("opencode_sessions", key))
        .catch(() => undefined);
      return current?.status === "active" && current.stop_requested_at !== undefined;
    },
    settled: async () => await last,
  };
}

function named(processes: readonly LiveProcess[]): Set<string> {
  return new Set(processes.map(({ pid, started_at }) => `${pid} ${started_at}`));
}
