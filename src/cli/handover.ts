/**
 * Command lines that other processes have handed over to this one, to be carried out together with its own. `scripts/handover.cjs`, with which every start
 * of an update begins, says who hands over what to whom.
 */
import { IncrError } from "../domain/error.ts";
import { fault } from "../process/fault.ts";
import { bringWith } from "../store/joining.ts";
import { openRequests, type HandedOver, type Lead } from "./handed-over.ts";
import { processHost, type Host, type Terminal } from "./host.ts";
import type { Registry } from "./registry.ts";
import { runCommandLine } from "./run.ts";

/** What the launcher leaves for the program; the pid is that of a process that has taken our own command line, lives and does not answer. */
type Handover = Lead | { stuck: number } | undefined;

export interface Leading {
  /** Resolves when all that was handed over is done; from then on nothing more is. Never rejects. */
  end(): Promise<void>;
}

/** Others come while we are at work; whoever typed our own command waits for its end, too. */
const MOST_ROUNDS = 4;
/** In ms. Whoever has another lock to wait for does so itself, and says it: nobody is kept waiting here for the lock of others. */
const LOCK_TIMEOUT = 100;

/**
 * Carries out what others hand over while our own command line holds the lock that they would wait for, and when it is done.
 * @throws IncrError `busy` if our own command line is with somebody who does not answer
 */
export function leadOthers(registry: Registry, programOf: (path: string) => Host["program"]): Leading | undefined {
  const given = (globalThis as { [name: symbol]: unknown })[Symbol.for("incr.handover")] as Handover;
  if (given === undefined) return undefined;
  if ("stuck" in given) throw unanswered(given.stuck);
  const requests = openRequests(given);
  const running = new Set<Promise<void>>();
  const serve = () => {
    const taken = requests.take();
    if (taken.length > 0) fault("handover:taken");
    for (const one of taken) {
      const run = carryOut(registry, one, programOf(one.program)).finally(() => running.delete(run));
      running.add(run);
    }
    return taken.length;
  };
  bringWith(async () => {
    if (serve() > 0) await new Promise((resolve) => setImmediate(resolve));
  });
  return {
    async end() {
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        await Promise.all(running);
        if (serve() === 0) break;
      }
      requests.end();
      serve();
      await Promise.all(running);
    },
  };
}

function unanswered(pid: number): IncrError {
  return new IncrError("busy", `process ${pid} has begun to do this for us, and does not answer; it may still do it`, {
    hint: `ps -fp ${pid}`,
    data: { pid },
  });
}

/** Never rejects, as `runCommandLine` does not. */
async function carryOut(registry: Registry, handedOver: HandedOver, program: Host["program"]) {
  const { argv, cwd, env, terminals, answer } = handedOver;
  if (!isUpdate(argv, program)) return answer({ done: false });
  const stdout = textSink(terminals[0]);
  const stderr = textSink(terminals[1]);
  const host: Host = {
    ...processHost(program, env),
    stdout: stdout.terminal,
    stderr: stderr.terminal,
    stdin: { isTTY: false, read: () => Promise.reject(notHere("what is on stdin")) },
    lockTimeoutMs: LOCK_TIMEOUT,
    enter(directory) {
      if (directory !== undefined) throw notHere("another directory");
      return cwd;
    },
  };
  const exitCode = await runCommandLine(registry, argv, host);
  fault("handover:done");
  answer(exitCode === 0 ? { done: true, stdout: stdout.text(), stderr: stderr.text() } : { done: false });
}

/** Nothing else may be carried out twice. */
function isUpdate(argv: readonly string[], program: Host["program"]): boolean {
  const [noun, verb] = program === "work" ? ["work", ...argv] : argv;
  return noun === "work" && verb === "update";
}

/** Never shown: what fails here is done again by whoever handed it over. */
function notHere(what: string): IncrError {
  return new IncrError("usage", `${what} is for the process itself`);
}

/** @param isTTY what is said for a terminal has colours; an update says nothing that would have to be cut to its width */
function textSink(isTTY: boolean): { terminal: Terminal; text(): string } {
  const parts: string[] = [];
  return {
    terminal: {
      isTTY,
      width: Number.POSITIVE_INFINITY,
      write: (chunk) => void parts.push(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8")),
      flush: () => Promise.resolve(),
    },
    text: () => parts.join(""),
  };
}
