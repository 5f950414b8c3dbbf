import type { Limits } from "../../../usecases/agent/supervise.ts";

/** What the flags say of the configured limits. */
export function limitsIn(flags: { timeLimit: number | undefined; silenceLimit: number | undefined }): Partial<Limits> {
  return {
    ...(flags.timeLimit === undefined ? {} : { timeLimitMs: flags.timeLimit }),
    ...(flags.silenceLimit === undefined ? {} : { silenceLimitMs: flags.silenceLimit }),
  };
}
