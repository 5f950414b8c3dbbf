/** The files that are tested and reviewed: whether they are still those of the commit, and what is said if they are not. */
import { IncrError } from "../../domain/error.ts";
import { refuseFiles } from "../../domain/job/job.ts";
import { requireRepository } from "../app.ts";
import { advance, tell, type Attempt } from "./attempt.ts";

export interface Comparison {
  /** Why what is there can be in no commit: an unfinished merge, another repository in it; null if it can. */
  problem: string | null;
  /** Files that are not as they are in the commit. */
  changed: string[];
  /** Tree of the files. */
  tree: string;
  /** HEAD is on the job's branch where that should be, and the index holds what the commit does. */
  inPlace: boolean;
}

/** Compares what is in the checkout with a commit. */
export async function compareFiles({ app, directory, job, copied }: Attempt, commit: string): Promise<Comparison> {
  const { jobCommits } = requireRepository(app);
  const wanted = await jobCommits.treeOf(commit);
  const expected = { branch: job.branch ?? "", commit: job.tip ?? "", tree: wanted };
  try {
    const { tree, inPlace } = await jobCommits.look(directory, expected, copied);
    const changed = tree === wanted ? [] : await jobCommits.listDifferences(wanted, tree);
    return { problem: null, changed, tree, inPlace };
  } catch (error) {
    if (!(error instanceof IncrError) || error.code !== "unsafe") throw error;
    return { problem: error.message, changed: [], tree: wanted, inPlace: false };
  }
}

/** Why no verdict counts any more; null if it does. @param who has worked since, as the beginning of a sentence */
export function findRefusal(who: string, { problem, changed }: Comparison): Refusal | null {
  if (problem !== null) return { notice: problem, feedback: `${MEND}\n\n${problem}` };
  if (changed.length === 0) return null;
  const names = changed.slice(0, NAMED).join("\n");
  const more = changed.length > NAMED ? `\n(and ${changed.length - NAMED} more)` : "";
  return {
    notice: `${who} has changed files, so the outcome does not count: ${changed.slice(0, 5).join(", ")}`,
    feedback: `${who} has changed files that are to be committed, so what was found out is not about what is there now:\n\n${names}${more}\n\nLook at them. Keep what belongs to the change; undo what does not; let git ignore what is made anew each time.`,
  };
}

export interface Refusal {
  /** For who watches. */
  notice: string;
  /** For the implementing agent. */
  feedback: string;
}

/** Files that are named in a prompt; more of them say no more. */
const NAMED = 50;
const MEND = "What is in the directory cannot be committed as it is. Finish or undo what is in the way:";

/** Back to the implementing agent. */
export async function sendBack(attempt: Attempt, { notice, feedback }: Refusal): Promise<null> {
  tell(attempt, { type: "notice", message: notice });
  await advance(attempt, (job, now) => refuseFiles(job, feedback, now));
  return null;
}
