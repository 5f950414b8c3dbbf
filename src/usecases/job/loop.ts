/** The loop of a job: stage after stage, until it is completed or something stops it. */
import { isFinalReview } from "../../domain/job/job.ts";
import type { JobStage } from "../../domain/job/record.ts";
import type { ActiveJob } from "../../domain/records.ts";
import { findExhaustion, findInterruption, tell, type Attempt, type Stop } from "./attempt.ts";
import { commit } from "./commit.ts";
import { implement } from "./implement.ts";
import { review } from "./review.ts";
import { test } from "./test.ts";

const STAGES: Record<JobStage, (attempt: Attempt) => Promise<Stop | null>> = {
  implementing: implement,
  testing: test,
  reviewing: review,
  committing: commit,
};

/** Begins where the record stands. @throws what git, the store and the agents refuse */
export async function loop(attempt: Attempt): Promise<Stop> {
  for (;;) {
    const stop = findInterruption(attempt) ?? findExhaustion(attempt) ?? (await enter(attempt));
    if (stop !== null) return stop;
  }
}

async function enter(attempt: Attempt): Promise<Stop | null> {
  const { stage } = attempt.job;
  tell(attempt, { type: "stage", stage, round: roundOf(attempt.job), final: isFinalReview(attempt.job) });
  return await STAGES[stage](attempt);
}

/** Which round it is, from 1; the one that is about to begin counts. */
function roundOf({ rounds = 0, stage, call }: ActiveJob): number {
  return stage === "implementing" && call === undefined ? rounds + 1 : rounds;
}
