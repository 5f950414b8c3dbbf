/** What was committed during a session: the commits that HEAD reaches at its end and did not reach at its start. */
import { LISTED, NO_COMMITS, UNKNOWN_COMMITS, type CommitCounts } from "../../domain/journal/counts.ts";
import { isJournalFile } from "../../domain/journal/paths.ts";
import type { Git } from "../../git/git.ts";

export interface Range {
  /** Commits that HEAD stood at in the end. */
  tips: readonly string[];
  /** Commits that it stood at in the beginning; or the time of the beginning, where they are not known. */
  since: readonly string[] | { time: string };
}

/** For so many commits, listing the files of each takes seconds; nobody made them by hand. */
const COUNTABLE = 5000;

/** Unknown if git fails: a commit may have vanished meanwhile. */
export async function countRange(git: Git, { tips, since }: Range): Promise<CommitCounts> {
  if (tips.length === 0 || (Array.isArray(since) && tips.every((tip) => since.includes(tip)))) return NO_COMMITS;
  const range = ["time" in since ? [`--since=${since.time}`, ...tips] : [...tips, "--not", ...since], "--"].flat();
  try {
    const commits = Number(await git.text(["rev-list", "--count", ...range]));
    if (commits === 0) return NO_COMMITS;
    const commit_list = await listCommits(git, range);
    const files = commits > COUNTABLE ? null : await listFiles(git, range);
    return { commits, files_changed: files?.length ?? null, commit_list, files: files?.slice(0, LISTED) ?? [] };
  } catch {
    return UNKNOWN_COMMITS;
  }
}

async function listCommits(git: Git, range: readonly string[]): Promise<CommitCounts["commit_list"]> {
  const format = ["--no-show-signature", "--no-color", "--format=tformat:%H %s"];
  const text = await git.text(["log", ...format, `--max-count=${LISTED}`, ...range]);
  return text.split("\n").map((line) => {
    const [id = ""] = line.split(" ", 1);
    return { id, subject: line.slice(id.length + 1) };
  });
}

/**
 * The journal's own files are no work. A renamed file is one file; of a merge only what it changed itself, since the commits that it brings are counted too.
 */
async function listFiles(git: Git, range: readonly string[]): Promise<string[]> {
  const commits = await git.text(["rev-list", ...range]);
  const options = ["--stdin", "--root", "--no-commit-id", "--name-only", "-r", "-c", "-M", "-z"];
  const output = await git.text(["diff-tree", ...options], { input: `${commits}\n` });
  const names = output.split("\0").filter((name) => name !== "" && !isJournalFile(name));
  return [...new Set(names)].toSorted();
}
