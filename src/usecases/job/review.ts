/** The stage `reviewing`: another agent looks at the change that waits for a verdict, or, when nothing is left to do, at the whole. */
import { findOpenChange, requireCurrentCommit } from "../../domain/job/changes.ts";
import { dropCall, isFinalReview, recordReview, type JobOutcome } from "../../domain/job/job.ts";
import { parseReview } from "../../domain/job/markers.ts";
import { renderPrompt } from "../../domain/job/templates.ts";
import { diffBlock } from "../../domain/job/values.ts";
import type { JobReview } from "../../domain/job/record.ts";
import type { ActiveJob } from "../../domain/records.ts";
import { requireRepository } from "../app.ts";
import { askAgent } from "./ask.ts";
import { advance, failure, REVIEW_FILE, tell, variablesOf, type Attempt, type Stop } from "./attempt.ts";
import { compareFiles, findRefusal, sendBack } from "./files.ts";
import { putInPlace } from "./place.ts";

/** Null: the next stage is up. */
export async function review(attempt: Attempt): Promise<Stop | null> {
  const { app, directory } = attempt;
  const final = isFinalReview(attempt.job);
  const concluded = conclude(attempt.job);
  if (concluded !== null) return concluded;
  const commit = final ? (attempt.job.tip ?? "") : requireCurrentCommit(attempt.job).commit.commit_id;
  if (attempt.job.call === undefined) {
    const early = findRefusal("Since they were tested, something", await compareFiles(attempt, commit));
    if (early !== null) return await sendBack(attempt, early);
  }
  const answer = await ask(attempt, final, commit);
  if ("kind" in answer) return answer;

  const { verdict, session_id } = answer;
  const files = await compareFiles(attempt, commit);
  const refusal = findRefusal("The reviewer", files);
  if (refusal !== null && verdict.outcome !== "ABANDON") return await sendBack(attempt, refusal);
  if (refusal === null && !files.inPlace) await putInPlace(attempt, files.tree);
  const found: JobReview = { ...verdict, opencode_session_id: session_id, reviewed_at: app.now().toISOString() };
  await advance(attempt, (job, now) => recordReview(job, found, now));
  tell(attempt, { type: "reviewed", final, review: found });
  await app.step("job:review-recorded");
  attempt.jobs.removeAnswer(directory, REVIEW_FILE);
  return conclude(attempt.job);
}

/** What a verdict that was written down already means for the whole job; null: it goes on. */
function conclude(job: ActiveJob): Stop | null {
  if (job.stage !== "reviewing" || job.call !== undefined) return null;
  const verdict = isFinalReview(job) ? job.project_review : findOpenChange(job)?.commits?.at(-1)?.review;
  const ended = (outcome: JobOutcome): Stop => ({ kind: "ended", outcome });
  if (verdict?.outcome === "ABANDON") {
    return ended({
      status: "abandoned",
      message: `the reviewer says that it should not be done: ${verdict.comments ?? ""}`,
    });
  }
  return isFinalReview(job) && verdict?.outcome === "ACCEPT" ? ended({ status: "completed" }) : null;
}

interface Verdict {
  verdict: Pick<JobReview, "outcome" | "comments">;
  session_id: string;
}

/** An answer that nobody can understand is asked for once more. */
async function ask(attempt: Attempt, final: boolean, commit: string): Promise<Verdict | Stop> {
  if (attempt.job.call?.ask !== "review-again") {
    const prompt = await (final ? finalPrompt(attempt, commit) : reviewPrompt(attempt, commit));
    const answer = await askAgent(attempt, { ask: "review", session: null, prompt, file: REVIEW_FILE });
    if ("kind" in answer) return answer;
    const verdict = readVerdict(attempt);
    if (!("problem" in verdict)) return { verdict, session_id: answer.session.id };
  }
  const before = readVerdict(attempt);
  const problem = "problem" in before ? before.problem : "";
  tell(attempt, { type: "notice", message: `the reviewer is asked once more: ${problem}` });
  const prompt = renderPrompt(attempt.templates["review-again"], { ...variablesOf(attempt), problem });
  const session = attempt.job.call?.session_id ?? null;
  const answer = await askAgent(attempt, { ask: "review-again", session, prompt, file: REVIEW_FILE });
  if ("kind" in answer) return answer;
  const verdict = readVerdict(attempt);
  if (!("problem" in verdict)) return { verdict, session_id: answer.session.id };
  await advance(attempt, dropCall);
  return failure("no_verdict", `the reviewer was asked twice and gave no verdict: ${verdict.problem}`);
}

function readVerdict({ jobs, directory }: Attempt): ReturnType<typeof parseReview> {
  return parseReview(jobs.readAnswer(directory, REVIEW_FILE));
}

async function reviewPrompt(attempt: Attempt, commit: string): Promise<string> {
  const message = requireCurrentCommit(attempt.job).commit.draft_message ?? "";
  const base = attempt.job.tip ?? "";
  return renderPrompt(attempt.templates.review, {
    ...variablesOf(attempt),
    base,
    commit,
    diff: diffBlock(await requireRepository(attempt.app).jobCommits.showDifference(base, commit)),
    message: message.trimEnd(),
  });
}

async function finalPrompt(attempt: Attempt, commit: string): Promise<string> {
  const base = attempt.job.base ?? "";
  const { jobCommits } = requireRepository(attempt.app);
  const commits = await jobCommits.listCommits(base, commit);
  return renderPrompt(attempt.templates["final-review"], {
    ...variablesOf(attempt),
    base,
    commit,
    diff: diffBlock(await jobCommits.showDifference(base, commit)),
    commits: commits.join("\n"),
  });
}
