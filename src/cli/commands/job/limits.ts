import { IncrError } from "../../../domain/error.ts";
import type { JobLimits } from "../../../usecases/job/start.ts";

/** What the flags say of a job's limits. @throws IncrError `invalid_input` */
export function limitsIn(flags: {
  maxRounds: number | undefined;
  timeLimit: number | undefined;
  maxCost: string | undefined;
}): JobLimits {
  return {
    maxRounds: flags.maxRounds,
    timeLimitMs: flags.timeLimit,
    maxCostUsd: flags.maxCost === undefined ? undefined : readDollars(flags.maxCost),
  };
}

function readDollars(text: string): number {
  const amount = /^\$?(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  const dollars = Number(amount);
  if (amount !== undefined && dollars > 0) return dollars;
  throw new IncrError("invalid_input", `--max-cost is an amount of dollars such as 2.5, not "${text}"`, {
    hint: "--max-cost 2.5",
  });
}
