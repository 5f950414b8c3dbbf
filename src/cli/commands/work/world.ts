import { realpathSync } from "node:fs";
import { findRepository } from "../../../git/repository.ts";
import { openMemory } from "../../../streams/memory.ts";
import { findStreamsRoot } from "../../../streams/root.ts";
import { openStreams } from "../../../streams/streams.ts";
import type { StreamApp } from "../../../usecases/stream/streams.ts";
import type { Context } from "../../context.ts";
import { cacheFolder } from "../../folders.ts";
import { BUILD } from "../../version.ts";
import { personName } from "../../who.ts";

/** The part of the world that workstreams need: an agent that says how far it is must not wait until all the rest is composed. */
export function streamApp({
  cwd: given,
  env,
  now,
  notify,
  warn,
  lockTimeoutMs: timeoutMs,
}: Pick<Context, "cwd" | "env" | "now" | "notify" | "warn" | "lockTimeoutMs">): StreamApp {
  const cwd = realpathSync.native(given);
  const command = ["work", ...process.argv.slice(process.argv[2] === "work" ? 3 : 2)].join(" ");
  const root = findStreamsRoot(cwd, findRepository(cwd)?.root ?? null);
  return {
    now,
    notify,
    warn,
    streams: openStreams({
      root,
      lock: { holder: command, notify, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
      systemTime: Date.now,
      memory: openMemory(cacheFolder(env), BUILD, Date.now),
    }),
    // The system's list of users is only asked by those who need a name.
    get person() {
      return personName(env);
    },
    command,
    cwd,
    stream: env["INCR_STREAM"] || null,
  };
}
