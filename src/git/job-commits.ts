/** The git side of jobs: the adapter behind the `JobCommits` port. */
import { IncrError } from "../domain/error.ts";
import { ownFileTest } from "../domain/own-files.ts";
import { DIFF_LIMIT, type JobCommits, type Standing, type StandRequest } from "../ports/job-commits.ts";
import type { WorktreeFacts } from "../ports/worktrees.ts";
import type { Git } from "./git.ts";
import { putBranchUnder } from "./worktree/commit.ts";
import { readIndexEntries } from "./worktree/entries.ts";
import { gitDirOf } from "./worktree/git-dir.ts";
import { copyTest, inspectWorktree, STATUS } from "./worktree/inspect.ts";
import { isAncestor } from "./worktree/merged.ts";
import { findUnfinished } from "./worktree/operation.ts";
import { DURABLE, requireKeepable, takeSnapshot } from "./worktree/snapshot.ts";

export interface JobCommitsOptions {
  git: Git;
  commonDir: string;
  /** Root of the main checkout. */
  mainRoot: string;
  /** Whether the main checkout has workstreams, whose folder is ours then. */
  workstreams: boolean;
}

type Expected = Parameters<JobCommits["look"]>[1];

/** What git does for jobs in one repository. */
export function createJobCommits({ git: anywhere, commonDir, mainRoot, workstreams }: JobCommitsOptions): JobCommits {
  const git = anywhere.in(commonDir);
  const isOwnFile = ownFileTest(workstreams);

  /** Objects never change. */
  const trees = new Map<string, string>();
  const optionsFor = (copied: readonly string[]) => ({ commonDir, mainRoot, isOwnFile, copied: [...copied] });

  async function look(path: string, expected: Expected, copied: readonly string[]): Promise<Standing> {
    const { tree } = expected;
    const found = await readStanding(git, path, tree);
    const isHead = found.branch === expected.branch && found.head === expected.commit;
    const isCopy = copyTest(path, optionsFor(copied));
    const isOurs = (file: string, tracked: boolean) => isOwnFile(file) || (!tracked && isCopy(file));
    if (found.isTold && found.changed.every(({ file, tracked }) => isOurs(file, tracked)))
      return { tree, inPlace: isHead };
    return { tree: await writeTree(path, expected.commit, copied), inPlace: false };
  }

  async function writeTree(path: string, answersOf: string, copied: readonly string[]): Promise<string> {
    const options = optionsFor(copied);
    const found = await inspectWorktree(git, path, options);
    if (found.kind !== "worktree") {
      const why = found.kind === "missing" ? "the folder is gone" : found.why;
      throw new IncrError("unsafe", `what is in ${path} cannot be committed: ${why}`, { data: { path } });
    }
    requireKeepable(path, found);
    requireFinished(path, found);
    const leaveOut = { own: isOwnFile, copied: copyTest(path, options), answersOf };
    return (await takeSnapshot(git, path, found, leaveOut, { exact: false })).files;
  }

  async function standOn(path: string, { branch, commit, from, staged }: StandRequest): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const tip = await git.text(["rev-parse", "--verify", "--quiet", ref], { okCodes: [0, 1] });
    if (tip !== from && tip !== commit && !(tip !== "" && (await isAncestor(git, from, tip)))) {
      const why =
        tip === "" ? "is gone" : `stands at ${tip.slice(0, 12)}, which does not continue ${from.slice(0, 12)}`;
      throw new IncrError("conflict", `the branch ${branch} ${why}`, {
        hint: `git log --oneline ${from.slice(0, 12)}..${commit.slice(0, 12)} has the work of the job`,
        data: { branch, tip, commit },
      });
    }
    if (tip !== commit)
      await git.run([...DURABLE, "update-ref", "-m", "incr: commit a change of a job", ref, commit, tip]);
    await putBranchUnder(git, path, ref, commit, staged);
  }

  return {
    look,
    async treeOf(commit) {
      const tree = trees.get(commit) ?? (await git.text(["rev-parse", "--verify", `${commit}^{tree}`]));
      trees.set(commit, tree);
      return tree;
    },
    async makeCommit(path, { tree, parent, message }) {
      const commit = await git.commit([...DURABLE, "commit-tree", tree, "-p", parent], { cwd: path, input: message });
      trees.set(commit, tree);
      return commit;
    },
    async listDifferences(from, to) {
      const listed = await git.text(["diff-tree", "-r", "-z", "--no-renames", "--name-only", from, to]);
      return listed.split("\0").filter((name) => name !== "");
    },
    standOn,
    async showDifference(from, to) {
      const plain = ["diff-tree", "-r", "-M", "--no-color", "--no-ext-diff", "--no-textconv"];
      const shape = ["--patch-with-stat", "--stat=120", "--stat-count=200"];
      const { text, whole } = await readShort(await git.start([...plain, ...shape, from, to]));
      // The files come first, and an empty line after them.
      const end = text.indexOf("\n\n");
      const summary = end === -1 ? text.trimEnd() : text.slice(0, end);
      return { summary, diff: whole ? text.slice(summary.length).trimStart() : null };
    },
    async listCommits(base, tip) {
      const listed = await git.text(["log", "--reverse", "--format=%h %s", tip, `^${base}`]);
      return listed.split("\n").filter((line) => line !== "");
    },
  };
}

/** What git prints, up to what can be shown; then git is not let go on. */
async function readShort(child: Awaited<ReturnType<Git["start"]>>): Promise<{ text: string; whole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  child.stderr?.resume();
  child.stdin?.end();
  for await (const chunk of child.stdout ?? []) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > DIFF_LIMIT) break;
  }
  const whole = size <= DIFF_LIMIT;
  if (!whole) child.kill();
  return { text: Buffer.concat(chunks).toString("utf8"), whole };
}

interface Quick {
  head: string | null;
  branch: string | null;
  /** Files that are not as they are in the index, or not in it at all. */
  changed: { file: string; tracked: boolean }[];
  /** The index holds the tree, nothing in it hides a change, and nothing is in the middle of something. */
  isTold: boolean;
}

/** What git says by itself of a worktree whose index should hold `tree`. */
async function readStanding(git: Git, path: string, tree: string): Promise<Quick> {
  const [entries, index, status] = await Promise.all([
    readIndexEntries(git, path),
    git.run(["diff-index", "--cached", "--quiet", "--no-ext-diff", tree], { cwd: path, okCodes: [0, 1] }),
    git.run(STATUS, { cwd: path }),
  ]);
  const quick: Quick = { head: null, branch: null, changed: [], isTold: false };
  let isPlain = true;
  for (const line of status.stdout.toString("utf8").split("\0")) {
    const kind = line[0];
    if (line.startsWith("# branch.oid ")) quick.head = line.slice(13);
    else if (line.startsWith("# branch.head ")) quick.branch = line.slice(14);
    else if (kind === "?") quick.changed.push({ file: line.slice(2), tracked: false });
    // 1 XY sub mH mI mW hH hI path: Y is the file against the index
    else if (kind === "1" && line[3] !== ".")
      quick.changed.push({ file: line.split(" ").slice(8).join(" "), tracked: true });
    else if (kind === "u") isPlain = false;
  }
  const hidden = entries.assumed.length + entries.skipped.length + entries.links.length;
  quick.isTold = isPlain && hidden === 0 && index.code === 0 && findUnfinished(gitDirOf(path)) === null;
  return quick;
}

/** What is in the middle of something means nothing yet. */
function requireFinished(path: string, { unmerged, operation }: WorktreeFacts): void {
  if (unmerged.length === 0 && operation === null) return;
  const what = operation === null ? `unresolved conflicts in ${unmerged.join(", ")}` : `an unfinished ${operation}`;
  throw new IncrError("unsafe", `what is in ${path} cannot be committed: there is ${what}`, {
    hint: `finish it in ${path}, or undo it`,
    data: { path, operation, unmerged },
  });
}
