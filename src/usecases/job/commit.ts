/** The stage `committing`: the commit that was tested and accepted goes onto the branch. */
import { findStandingChange } from "../../domain/job/changes.ts";
import { confirmCommit } from "../../domain/job/job.ts";
import { requireRepository } from "../app.ts";
import { advance, tell, type Attempt } from "./attempt.ts";
import { firstLine } from "./implement.ts";

/** Doing it again, after a crash in between, changes nothing. @throws IncrError `conflict` if somebody else has changed the branch */
export async function commit(attempt: Attempt): Promise<null> {
  const { app, directory, job } = attempt;
  const { commit_id = "", draft_message = "" } = findStandingChange(job)?.commits?.at(-1) ?? {};
  const tip = job.tip ?? "";
  await requireRepository(app).jobCommits.standOn(directory, {
    branch: job.branch ?? "",
    commit: commit_id,
    from: tip,
  });
  await app.step("job:committed");
  await advance(attempt, confirmCommit);
  tell(attempt, { type: "committed", commit_id, subject: firstLine(draft_message) });
  await app.step("job:commit-recorded");
  return null;
}
