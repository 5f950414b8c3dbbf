/** One run of an agent from its start to its end: what it says is logged as it comes, its limits are watched, and whatever stops it ends all that it started. */
import type { AgentEvent, LoggedEvent } from "../../domain/agent/event.ts";
import { isOfConversation, MOST_STARTS, pauseAfter } from "../../domain/agent/restart.ts";
import { countEvent, EMPTY_TALLY, type Tally } from "../../domain/agent/tally.ts";
import type { AgentStop, RunEnd } from "../../domain/agent/verdict.ts";
import { IncrError } from "../../domain/error.ts";
import type { ActiveAgentSession } from "../../domain/records.ts";
import type { AgentLog, AgentStart, Agents, Harness, RunningAgent } from "../../ports/agents.ts";
import type { KillRequest, LiveProcess } from "../../ports/processes.ts";
import type { CaughtSignals } from "../../ports/runner.ts";
import type { App } from "../app.ts";
import { agentMark } from "./place.ts";
import { createRecorder, type AgentRecorder } from "./recorder.ts";

export interface Limits {
  /** Milliseconds from the first start. */
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

/** An agent that prints more than this before its conversation was not kept from beginning. */
const PRINTED_LINES = 200;
/** How long it may take until we hear, between two starts, that no other is wanted. */
const POLL_MS = 100;

/** What all starts of a run have in common. */
interface Run {
  agents: Agents;
  log: AgentLog;
  record: AgentRecorder;
  /** Milliseconds since the first start. */
  spent: { ms: number };
}

/** Starts it again if another of it kept it from beginning. Never rejects because of what the agent does. */
export async function superviseAgent(app: App, watch: Watch): Promise<Watched> {
  const { session, harness } = watch;
  const agents = await app.agents();
  const log = agents.log(session.log ?? "");
  const run: Run = { agents, log, record: createRecorder(app, session), spent: { ms: 0 } };
  const tell = (event: AgentEvent, before: Tally): Tally => {
    writeEvent(app, log, event, watch.onEvent);
    return countEvent(before, event);
  };

  for (let starts = 1; ; starts += 1) {
    const { collision, ...watched } = await superviseStart(app, watch, run);
    if (collision === null) return watched;
    if (starts === MOST_STARTS) {
      const message = `${collision}: it could not begin in ${starts} starts`;
      return { ...watched, tally: tell({ type: "error", message }, watched.tally) };
    }
    const tally = tell({ type: "restarting", message: collision }, watched.tally);
    const message = `${harness.name} is started again for agent session ${session.id}: ${collision}`;
    app.notify({ code: "restarting", message, data: { id: session.id, starts } });
    await app.step("agent:restarting");
    const stop = await untilNextStart(app, watch, run, pauseAfter(starts, chance(app)));
    if (stop === null) continue;
    return { ...watched, tally: tell({ type: "stopping", reason: stop }, tally), end: { ...watched.end, stop } };
  }
}

/** @returns why there is not to be one */
async function untilNextStart(
  app: App,
  { signals, limits }: Watch,
  { record, spent }: Run,
  ms: number,
): Promise<AgentStop | null> {
  for (let waited = 0; ; waited += POLL_MS) {
    // The wish to end it is written down before the signal is sent.
    const isInterrupted = signals.interruptedBy() !== null;
    if (await record.isUnwanted()) return "kill";
    if (isInterrupted) return "interrupt";
    if (spent.ms >= limits.timeLimitMs) return "time_limit";
    if (waited >= ms) return null;
    await app.pause(POLL_MS);
    spent.ms += POLL_MS;
  }
}

/** From 0 to 1. */
function chance(app: App): number {
  return "abcdefghijklmnopqrstuvwxyz234567".indexOf(app.randomText(1)) / 31;
}

/** One start of it, to its end. `collision`: another of it kept it from beginning, and nothing else did. */
async function superviseStart(
  app: App,
  watch: Watch,
  { agents, log, record, spent }: Run,
): Promise<Watched & { collision: string | null }> {
  const { session, harness, start, limits, signals } = watch;
  const clock = { silent: 0, closing: null as number | null };
  let tally = EMPTY_TALLY;
  let stop: RunEnd["stop"] = null;
  let stopped: Promise<unknown> | null = null;
  /** What it had started before it first asked for a tool: servers that live as long as it does. */
  let servants: Set<string> | null = null;
  const printed: string[] = [];
  let hasBegun = false;
  let isOver = false;

  const tell = (event: AgentEvent) => {
    tally = countEvent(tally, event);
    hasBegun ||= isOfConversation(event);
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
    if (!hasBegun && printed.push(line) > PRINTED_LINES) hasBegun = true;
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
    return { tally, end, failure: error, collision: null };
  }
  const { pid } = running;
  const child = app.processes.identify(pid);
  if (child !== undefined) record.noteProcess(child);
  const everything = { processes: child === undefined ? [] : [child], mark: agentMark(session.id) };

  const end = (reason: AgentStop | "hung"): void => {
    if (stop !== null || isOver) return;
    stop = reason;
    tell({ type: "stopping", reason });
    stopped = stopAgent(app, running, { ...everything, signal: harness.stopSignal });
  };
  const endIfUnwanted = async (otherwise?: AgentStop) => {
    const reason = (await record.isUnwanted()) ? "kill" : otherwise;
    if (reason !== undefined) end(reason);
  };
  signals.onInterrupt(() => void endIfUnwanted("interrupt"));
  // Who wanted its end before it was there could not tell it so.
  void endIfUnwanted();
  const tick = Math.max(10, Math.min(TICK_MS, limits.silenceLimitMs / 4, limits.timeLimitMs / 4));
  const timer = setInterval(() => {
    spent.ms += tick;
    clock.silent += tick;
    if (clock.closing !== null) clock.closing += tick;
    if (spent.ms >= limits.timeLimitMs) return end("time_limit");
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
  isOver = true;
  const endedInFailure = stop === null && code !== null && code !== 0;
  return {
    tally,
    end: { code, signal, stop, expected: start.resumed ? start.conversation : null, interactive: false },
    exit_code: code ?? 128 + (signalNumber ?? 0),
    failure: null,
    collision: endedInFailure && !hasBegun ? harness.findCollision(printed) : null,
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

function named(processes: readonly LiveProcess[]): Set<string> {
  return new Set(processes.map(({ pid, started_at }) => `${pid} ${started_at}`));
}
