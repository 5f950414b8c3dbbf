/** Who carries out the batches of a stream: one at a time, noted in the stream's log, so that others find it, watch it and can end it. */
import { IncrError } from "../../domain/error.ts";
import type { ConductBegan, ConductEnded, ConductEvent } from "../../domain/stream/conduct.ts";
import type { ConductLog } from "../../ports/conduct.ts";
import { ensureRepo } from "../repository.ts";
import { settle } from "../settle.ts";
import { conduct, timed, type ConductRequest, type Conductor } from "./conduct.ts";
import { runHere, runInPane, type ConductApp, type ThreadWish } from "./launch.ts";
import type { LoggedEvent } from "../../domain/agent/event.ts";
import type { OpenStream } from "./streams.ts";
import { mergeRuns } from "./thread-runs.ts";

export interface ConductOrder extends Omit<ConductRequest, "batch"> {
  /** Of this command's work. */
  id: string;
  batches: readonly string[];
  where: ConductBegan["where"];
  wish: ThreadWish;
  /** For `tmux`: the words that make this program run a thread. */
  supervise(thread: string): readonly string[];
  /** Hears everything, after it was logged. */
  onNews(event: ConductEvent): void;
  /** What the agents of this process say and do. */
  onEvent?(thread: string, event: LoggedEvent): void;
}

/** @throws IncrError `held` if somebody carries out batches of this stream already; what `conduct` throws, once that is logged as the end */
export async function runConduct(app: ConductApp, stream: OpenStream, order: ConductOrder): Promise<ConductEnded> {
  const repo = await ensureRepo(app);
  const log = app.conduct.log(repo, stream.entry.id);
  const terminals = order.where === "tmux" ? app.conduct.terminals(repo, stream.entry.id) : null;
  const { wish, onNews, onEvent, batches, maxParallel } = order;
  const tell: Conductor["tell"] = (news) => {
    const event = timed(news, app.now());
    log.append(event);
    onNews(event);
  };
  await stream.files.exclusively(() => {
    requireNoConductor(app, log);
    tell({
      type: "began",
      id: order.id,
      process: app.processes.currentIdentity(),
      batches: [...batches],
      max_parallel: maxParallel,
      where: order.where,
      attach: terminals?.attach ?? null,
    });
  });
  await app.step("conduct:began");
  return await app.runner.catchSignals(async (signals) => {
    const launch: Conductor["launch"] =
      terminals === null
        ? async (thread) =>
            await runHere(
              app,
              stream,
              thread,
              { ...wish, signals },
              {
                tell,
                ...(onEvent === undefined ? {} : { onEvent: (event) => onEvent(thread.id, event) }),
              },
            )
        : async (thread) =>
            await runInPane(app, stream, thread, {
              terminals,
              log,
              signals,
              words: order.supervise(thread.id),
              onNews,
            });
    const end = await conduct(app, stream, batches, order, { signals, launch, tell }).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const next = error instanceof IncrError ? (error.hint ?? null) : null;
      tell({
        type: "ended",
        status: "failed",
        message,
        next,
        exit_code: error instanceof IncrError ? error.exitCode : 70,
      });
      throw error;
    });
    tell(end);
    return { at: app.now().toISOString(), ...end };
  });
}

/** The conductor that is at work on the stream now. Reads only. */
export function findConductor(app: ConductApp, log: ConductLog): ConductBegan | null {
  const { events } = log.read();
  const last = events.findLastIndex((event) => event.type === "began");
  const began = events[last];
  if (began?.type !== "began") return null;
  if (events.slice(last).some((event) => event.type === "ended")) return null;
  // Unknown is not dead.
  return app.processes.stateOf(began.process) === "dead" ? null : began;
}

/** @throws IncrError `held` */
export function requireNoConductor(app: ConductApp, log: ConductLog): void {
  const conductor = findConductor(app, log);
  if (conductor === null || conductor.process.pid === app.processes.currentIdentity().pid) return;
  const { process, attach, batches } = conductor;
  throw new IncrError("held", `process ${process.pid} carries out ${batches.join(", ")} already`, {
    hint: `${attach ?? "work status"}, or end it with \`work multi --stop\``,
    data: { pid: process.pid, batches, attach },
  });
}

const LOOK_EVERY_MS = 100;
/** Agents are given some seconds to end, one after the other at worst. */
const STOP_LIMIT_MS = 60_000;

/** Ends whoever carries out batches of the stream, with all its agents. @returns whether there was somebody @throws IncrError `held` if it cannot be ended from here */
export async function stopConductor(app: ConductApp, stream: OpenStream): Promise<boolean> {
  const repo = await ensureRepo(app);
  const log = app.conduct.log(repo, stream.entry.id);
  const conductor = findConductor(app, log);
  if (conductor === null) return false;
  const { pid, host } = conductor.process;
  if (app.processes.stateOf(conductor.process) === "unknown") {
    throw new IncrError(
      "held",
      `process ${pid} cannot be ended from here: it is one of ${host}, or of another container`,
      {
        hint: `work multi --stop where it runs; if that is gone for good: mv '${log.path}' '${log.path}.old'`,
        data: { pid, host, log: log.path },
      },
    );
  }
  app.processes.tell(conductor.process, "SIGTERM");
  for (let waited = 0; app.processes.stateOf(conductor.process) !== "dead"; waited += LOOK_EVERY_MS) {
    if (waited >= STOP_LIMIT_MS) {
      throw new IncrError("held", `process ${conductor.process.pid} does not end`, {
        hint: `kill -9 ${conductor.process.pid}; the next command settles what it leaves`,
        data: { pid: conductor.process.pid },
      });
    }
    await app.pause(LOOK_EVERY_MS);
  }
  await settle(app);
  await mergeRuns(app, stream);
  return true;
}

/** Waits until another process has begun, and can be found. @returns false if it ended before it could */
export async function waitForBegin(
  app: ConductApp,
  log: ConductLog,
  { id, pid, from }: { id: string; pid: number; from: number },
): Promise<boolean> {
  const conductor = app.processes.identify(pid);
  for (;;) {
    const gone = conductor === undefined || app.processes.stateOf(conductor) === "dead";
    if (log.read(from).events.some((event) => event.type === "began" && event.id === id)) return true;
    if (gone) return false;
    await app.pause(LOOK_EVERY_MS);
  }
}

/**
 * Follows what another process does, from a place in the log on, until it has ended or we are told to stop.
 * @param pid of that process, which may not have begun yet
 * @returns its end; null if we were told to stop; `gone` if it was killed
 */
export async function followConduct(
  app: ConductApp,
  log: ConductLog,
  { id, pid, from, onNews }: { id: string; pid: number; from: number; onNews(event: ConductEvent): void },
): Promise<ConductEnded | null | "gone"> {
  const conductor = app.processes.identify(pid);
  return await app.runner.catchSignals(async (signals) => {
    let next = from;
    let isOurs = false;
    while (signals.interruptedBy() === null) {
      const gone = conductor === undefined || app.processes.stateOf(conductor) === "dead";
      const read = log.read(next);
      ({ next } = read);
      for (const event of read.events) {
        isOurs ||= event.type === "began" && event.id === id;
        if (!isOurs) continue;
        onNews(event);
        if (event.type === "ended") return event;
      }
      if (gone) return "gone";
      await app.pause(LOOK_EVERY_MS);
    }
    return null;
  });
}
