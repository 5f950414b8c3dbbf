/** The port `Conduct` on this machine. */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { openEventLog } from "../agents/log.ts";
import { IncrError } from "../domain/error.ts";
import { conductEventSchema } from "../domain/stream/conduct.ts";
import type { Conduct } from "../ports/conduct.ts";
import { ChildStartError, startChild } from "../process/child.ts";
import { openTmux } from "../process/tmux.ts";
import { idFor } from "../store/ids.ts";

export interface ConductOptions {
  stateDir: string;
  /** How this program is started: its file, and what comes before the words. */
  self: readonly [string, ...string[]];
  cwd: string;
  /** Of everything that is started: without the marks of a lease or an agent around us. */
  env: NodeJS.ProcessEnv;
}

export function createConduct({ stateDir, self, cwd, env }: ConductOptions): Conduct {
  return {
    log: (repo, stream) => openEventLog(join(stateDir, "logs", "streams", repo, `${stream}.jsonl`), conductEventSchema),
    async startDetached(words, { path }) {
      const [file, ...before] = self;
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const output = openSync(path.replace(/\.jsonl$/, ".out"), "w", 0o600);
      try {
        const stdio = ["ignore", output, output] as const;
        const child = await startChild(file, [...before, ...words], { cwd, env, stdio: [...stdio], detached: true });
        child.unref();
        return child.pid ?? 0;
      } catch (error) {
        if (!(error instanceof ChildStartError)) throw error;
        throw new IncrError("command_failed", `${file} could not be started: ${error.errno}`, { cause: error });
      } finally {
        closeSync(output);
      }
    },
    terminals: (repo, stream) =>
      openTmux({
        socket: `incr-${idFor(`${stateDir} ${repo} ${stream}`)}`,
        session: `${repo}/${stream}`,
        self,
        cwd,
        env,
      }),
  };
}
