/** The files that are tested and reviewed: whether they are still those of the commit, and what is said if they are not. */
import { requireRepository } from "../app.ts";
import { tell, type Attempt } from "./attempt.ts";

export interface Comparison {
  /** Files that are not as they are in the commit. */
  changed: string[];
  /** Tree of the files. */
  tree: string;
  /** HEAD is on the job's branch where that should be, and the index holds what the commit does. */
  inPlace: boolean;
}

/** Compares what is in the checkout with a commit. @throws IncrError `unsafe` for what no commit can hold */
export async function compareFiles({ app, directory, job, copied }: Attempt, commit: string): Promise<Comparison> {
  const { jobCommits } = requireRepository(app);
  const wanted = await jobCommits.treeOf(commit);
  const expected = { branch: job.branch ?? "", commit: job.tip ?? "", tree: wanted };
  const { tree, inPlace } = await jobCommits.look(directory, expected, copied);
  return { changed: tree === wanted ? [] : await jobCommits.listDifferences(wanted, tree), tree, inPlace };
}

/** Files that are named in a prompt; more of them say no more. */
const NAMED = 50;

/** Says that no verdict counts, since the files are others now. @returns what the implementing agent is told */
export function tellRefusal(attempt: Attempt, who: string, changed: readonly string[]): string {
  const names = changed.slice(0, NAMED).join("\n");
  const more = changed.length > NAMED ? `\n(and ${changed.length - NAMED} more)` : "";
  tell(attempt, {
    type: "notice",
    message: `${who} has changed files, so the outcome does not count: ${changed.slice(0, 5).join(", ")}`,
  });
  return `${who} has changed files that are to be committed, so what was found out is not about what is there now:\n\n${names}${more}\n\nLook at them. Keep what belongs to the change; undo what does not; let git ignore what is made anew each time.`;
}
