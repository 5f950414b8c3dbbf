/** The port `Jobs` on this machine. */
import { join } from "node:path";
import { openEventLog } from "../agents/log.ts";
import { jobEventSchema } from "../domain/job/event.ts";
import type { Jobs } from "../ports/jobs.ts";
import { readAnswer, removeAnswer, writeAnswer } from "./answers.ts";
import { startTest } from "./tests.ts";

export interface JobsOptions {
  /** Environment of test commands, before what a launch adds. */
  env: NodeJS.ProcessEnv;
  stateDir: string;
}

export function createJobs({ env, stateDir }: JobsOptions): Jobs {
  return {
    log: (file) => openEventLog(join(stateDir, file), jobEventSchema),
    readAnswer,
    writeAnswer,
    removeAnswer,
    startTest: (launch) => startTest(launch, env),
  };
}
