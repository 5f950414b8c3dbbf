/**
 * Committing the journal's own files by plumbing, and nothing else: the commit is HEAD with those files, made in an index of its own; no hooks run. The
 * user's index then gets the same files, so that what was staged stays staged, and what was changed stays changed.
 *
 * `work-shell.md` is the user's, with entries of ours. To HEAD's version, and to the staged one, only entries are added; other edits stay uncommitted.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { IncrError } from "../../domain/error.ts";
import { HISTORY_FILE, JOURNAL_FOLDER } from "../../domain/journal/paths.ts";
import type { Report } from "../../domain/journal/report.ts";
import type { UtcOffset } from "../../domain/journal/time.ts";
import type { Git } from "../../git/git.ts";
import { withCopyOfIndex } from "../../git/worktree/entries.ts";
import { findUnfinished } from "../../git/worktree/operation.ts";
import type { JournalCommit } from "../../ports/journal.ts";
import { fault } from "../../process/fault.ts";
import { withEntries } from "../history-file.ts";

export interface CommitOptions {
  /** The main checkout, and its git directory. */
  root: string;
  gitDir: string;
  message: string;
  utcOffset: UtcOffset;
  /** Ids of all finished sessions, oldest first. */
  reportIds: readonly string[];
  readReport: (id: string) => Report | undefined;
}

const OWN_PATHS = [`${JOURNAL_FOLDER}/logs`, `${JOURNAL_FOLDER}/sessions`, `${JOURNAL_FOLDER}/.gitignore`];
/** How often the branch may move under us. */
const ATTEMPTS = 3;

/** @param git bound to the main checkout; the caller holds the repository's lock */
export async function commitJournal(git: Git, options: CommitOptions): Promise<JournalCommit> {
  for (let attempt = 1; ; attempt += 1) {
    const branch = await git.text(["symbolic-ref", "--quiet", "HEAD"], { okCodes: [0, 1] });
    if (branch === "") return { kind: "skipped", why: "HEAD is detached" };
    const head = await git.text(["rev-parse", "--verify", "--quiet", "HEAD"], { okCodes: [0, 1] });
    if (head === "") return { kind: "skipped", why: "there is no commit yet" };
    const operation = findUnfinished(options.gitDir);
    if (operation !== null) return { kind: "skipped", why: `a ${operation} is unfinished` };

    const tree = await writeTree(git, head, options);
    if (tree === (await git.text(["rev-parse", `${head}^{tree}`]))) return { kind: "nothing" };
    const commit = await git.commit(["commit-tree", tree, "-p", head], { input: options.message });
    // The index comes first: with the commit alone, the user's next one would take our files away again
    const locked = await refused(() => updateIndex(git, head, tree, options));
    if (locked !== undefined) return { kind: "skipped", why: locked.message };
    fault("journal:after-index");
    const moved = await refused(() => git.run(["update-ref", "-m", "incr: commit the journal", branch, commit, head]));
    fault("journal:after-commit");
    if (moved === undefined) return { kind: "committed", commit, parent: head };
    if (attempt === ATTEMPTS) return { kind: "skipped", why: moved.message };
  }
}

/** HEAD's tree with the journal's files. */
async function writeTree(git: Git, head: string, options: CommitOptions): Promise<string> {
  return await withCopyOfIndex(options.gitDir, async (env) => {
    await git.run(["read-tree", "--reset", head], { env });
    const listed = await git.text(
      ["ls-files", "-z", "--modified", "--others", "--exclude-standard", "--", ...OWN_PATHS],
      { env },
    );
    const files = [...new Set(listed.split("\0"))].filter((file) => file !== "" && isFile(join(options.root, file)));
    if (files.length > 0)
      await git.run(["update-index", "--add", "-z", "--stdin"], { env, input: `${files.join("\0")}\0` });
    const history = await historyBlob(git, head, options);
    if (history !== undefined)
      await git.run(["update-index", "-z", "--index-info"], { env, input: entryLine(history) });
    return await git.text(["write-tree"], { env });
  });
}

interface Entry {
  mode: string;
  oid: string;
  path: string;
}

/** `work-shell.md` as it is to be committed; undefined if it stays as it is. */
async function historyBlob(git: Git, head: string, options: CommitOptions): Promise<Entry | undefined> {
  const [entry] = parseEntries(await git.text(["ls-tree", "-z", head, "--", HISTORY_FILE]));
  if (entry === undefined && !(await isCommittable(git, options.root))) return undefined;
  return await withMissingEntries(git, entry, options);
}

async function isCommittable(git: Git, root: string): Promise<boolean> {
  if (!isFile(join(root, HISTORY_FILE))) return false;
  const { code } = await git.run(["check-ignore", "--quiet", "--", HISTORY_FILE], { okCodes: [0, 1] });
  return code === 1;
}

async function withMissingEntries(
  git: Git,
  entry: Entry | undefined,
  options: CommitOptions,
): Promise<Entry | undefined> {
  // A link or a folder of that name is the user's own affair
  if (entry !== undefined && !entry.mode.startsWith("100")) return undefined;
  const before = entry === undefined ? Buffer.alloc(0) : (await git.run(["cat-file", "blob", entry.oid])).stdout;
  const there = before.toString("latin1");
  const reports = options.reportIds
    .filter((id) => !there.includes(`### ${id}\n`))
    .map((id) => options.readReport(id))
    .filter((report) => report !== undefined);
  const after = withEntries(before, reports, options.utcOffset);
  if (after.equals(before)) return entry;
  const oid = await git.text(["hash-object", "-w", "--stdin"], { input: after });
  return { mode: entry?.mode ?? "100644", oid, path: HISTORY_FILE };
}

/** Brings what the commit changes into the user's index. */
async function updateIndex(git: Git, head: string, tree: string, options: CommitOptions): Promise<void> {
  const names = await git.text(["diff-tree", "-r", "-z", "--no-renames", "--name-only", head, tree]);
  const paths = names.split("\0").filter((name) => name !== "");
  const committed = parseEntries(await git.text(["ls-tree", "-r", "-z", tree, "--", ...paths]));
  const lines = committed.filter(({ path }) => path !== HISTORY_FILE).map(entryLine);
  const history = committed.find(({ path }) => path === HISTORY_FILE);
  const staged = history === undefined ? undefined : await stagedHistory(git, head, history, options);
  await git.run(["update-index", "-z", "--index-info"], {
    input: [...lines, staged === undefined ? "" : entryLine(staged)].join(""),
  });
  await git.run(["update-index", "-q", "--refresh"], { okCodes: [0, 1] });
}

/** What the index is to have for `work-shell.md`: the committed one, unless the user staged something else. */
async function stagedHistory(
  git: Git,
  head: string,
  committed: Entry,
  options: CommitOptions,
): Promise<Entry | undefined> {
  const [before] = parseEntries(await git.text(["ls-tree", "-z", head, "--", HISTORY_FILE]));
  const [staged] = parseEntries(await git.text(["ls-files", "--stage", "-z", "--", HISTORY_FILE]));
  if (staged?.oid === before?.oid) return committed;
  return staged === undefined ? undefined : await withMissingEntries(git, staged, options);
}

/** Reads `<mode> blob <oid>\t<path>` of ls-tree, and `<mode> <oid> <stage>\t<path>` of ls-files. */
function parseEntries(output: string): Entry[] {
  return output.split("\0").flatMap((line) => {
    const tab = line.indexOf("\t");
    const words = line.slice(0, tab).split(" ");
    const oid = words.find((word) => /^[0-9a-f]{40,64}$/.test(word));
    return tab === -1 || oid === undefined ? [] : [{ mode: words[0] ?? "", oid, path: line.slice(tab + 1) }];
  });
}

function entryLine({ mode, oid, path }: Entry): string {
  return `${mode} ${oid} 0\t${path}\0`;
}

/** What git says if it refuses. */
async function refused(work: () => Promise<unknown>): Promise<IncrError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof IncrError && error.code === "git") return error;
    throw error;
  }
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
