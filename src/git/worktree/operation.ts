/**
 * Merges, rebases and the like that are not finished, and settings of one worktree: files in its private git directory, and unmerged entries of the index.
 * They are kept as a commit of their own, so that an attempt comes back in the middle of what it was doing.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Git } from "../git.ts";
import { withIndexCopy } from "./entries.ts";
import { gitDirOf } from "./git-dir.ts";

/** By which file of the private git directory one knows what is under way; the first that is there decides. */
const MARKS: readonly [file: string, operation: string][] = [
  ["rebase-merge", "rebase"],
  ["rebase-apply/applying", "am"],
  ["rebase-apply", "rebase"],
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["sequencer", "cherry-pick"],
  ["BISECT_LOG", "bisect"],
];

/** Everything that git keeps of them: files, and folders with all that is in them. */
const FILES = [
  "MERGE_HEAD",
  "MERGE_MSG",
  "MERGE_MODE",
  "SQUASH_MSG",
  "CHERRY_PICK_HEAD",
  "REVERT_HEAD",
  "REBASE_HEAD",
  "rebase-merge",
  "rebase-apply",
  "sequencer",
  "BISECT_LOG",
  "BISECT_START",
  "BISECT_NAMES",
  "BISECT_TERMS",
  "BISECT_EXPECTED_REV",
  "BISECT_ANCESTORS_OK",
  "BISECT_FIRST_PARENT",
  "refs/bisect",
];

/** What `git sparse-checkout` and `git config --worktree` write. */
const SETTINGS = ["config.worktree", "info/sparse-checkout"];

/** Files with ids of commits that nothing else may reach. */
const HEADS = [
  "MERGE_HEAD",
  "CHERRY_PICK_HEAD",
  "REVERT_HEAD",
  "rebase-merge/orig-head",
  "rebase-apply/orig-head",
  "rebase-merge/stopped-sha",
  "rebase-merge/autostash",
];

/** Lists of what is still to be done. */
const STEPS = ["sequencer/todo", "rebase-merge/git-rebase-todo"];

/** The unfinished operation by the name of its command, or null. */
export function findUnfinished(gitDir: string): string | null {
  return MARKS.find(([file]) => existsSync(join(gitDir, file)))?.[1] ?? null;
}

/** Commits that an unfinished operation refers to, without those that others of them or HEAD reach. */
export async function listOtherHeads(git: Git, gitDir: string, head: string | null): Promise<string[]> {
  const heads = HEADS.flatMap((file) => readLines(join(gitDir, file))).filter((line) => /^[0-9a-f]{40,64}$/.test(line));
  // <command> <abbreviated id> <subject>
  const steps = STEPS.flatMap((file) => readLines(join(gitDir, file)))
    .map((line) => /^\w+ (?:-[cC] )?([0-9a-f]{4,64})\b/.exec(line)?.[1])
    .filter((oid) => oid !== undefined);
  const named = [...new Set([...heads, ...steps])];
  if (named.length === 0) return [];
  const known = await git.text(["rev-list", "--no-walk", "--ignore-missing", ...named]);
  const commits = known.split("\n").filter((oid) => oid !== "" && oid !== head);
  if (commits.length === 0) return [];
  const all = head === null ? commits : [head, ...commits];
  const independent = await git.text(["merge-base", "--independent", ...all]);
  return independent.split("\n").filter((oid) => oid !== head);
}

/** Commits that an unfinished merge is merging. */
export function listMergeHeads(gitDir: string): string[] {
  return readLines(join(gitDir, "MERGE_HEAD"));
}

/** A tree of what is unfinished, or null: `git/…` the files, `unmerged` the index entries, `stages/…` the contents that only those name. */
export async function writeOperationTree(git: Git, path: string): Promise<string | null> {
  const gitDir = gitDirOf(path);
  const files = [...FILES, ...SETTINGS].flatMap((name) => listFiles(join(gitDir, name)));
  const unmerged = (await git.run(["ls-files", "--unmerged", "-z"], { cwd: path })).stdout;
  if (files.length === 0 && unmerged.length === 0) return null;

  const entries: string[] = [];
  if (files.length > 0) {
    const written = await git.text(["hash-object", "-w", "--no-filters", "--", ...files], { cwd: path });
    const oids = written.split("\n");
    entries.push(...files.map((file, index) => `100644 ${oids[index]} 0\tgit/${relative(gitDir, file)}`));
  }
  if (unmerged.length > 0) {
    const oid = await git.text(["hash-object", "-w", "--stdin"], { cwd: path, input: unmerged });
    entries.push(`100644 ${oid} 0\tunmerged`);
    for (const line of unmerged.toString("latin1").split("\0")) {
      const [mode, stage] = line.split(" ");
      if (stage !== undefined && mode !== "160000") entries.push(`100644 ${stage} 0\tstages/${stage}`);
    }
  }
  return await withIndexCopy(path, async (env) => {
    await git.run(["read-tree", "--empty"], { cwd: path, env });
    await git.run(["update-index", "-z", "--index-info"], { cwd: path, env, input: `${entries.join("\0")}\0` });
    return await git.text(["write-tree"], { cwd: path, env });
  });
}

/** Puts what `writeOperationTree` kept back, into a worktree whose files and index are in place. */
export async function restoreOperation(git: Git, path: string, tree: string): Promise<void> {
  const gitDir = gitDirOf(path);
  const listed = await git.text(["ls-tree", "-r", "-z", tree], { cwd: path });
  for (const line of listed.split("\0")) {
    const [, oid, name] = /^\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    if (oid === undefined || name === undefined || name.startsWith("stages/")) continue;
    const { stdout } = await git.run(["cat-file", "blob", oid], { cwd: path });
    if (name === "unmerged") {
      await git.run(["update-index", "-z", "--index-info"], { cwd: path, input: stdout });
    } else {
      const file = join(gitDir, name.slice("git/".length));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, stdout);
    }
  }
  // Files that were changed stay, wherever they are.
  if (existsSync(join(gitDir, "info/sparse-checkout"))) {
    await git.run(["sparse-checkout", "reapply"], { cwd: path, okCodes: [0, 1, 128] });
  }
}

/** The settings that a new worktree would have: those of the main checkout, as git copies them. True if there were others. */
export async function resetSettings(git: Git, path: string, commonDir: string): Promise<boolean> {
  const gitDir = gitDirOf(path);
  let changed = false;
  for (const name of SETTINGS) {
    const [file, main] = [join(gitDir, name), join(commonDir, name)];
    const wanted = existsSync(main) ? await withoutPlace(git, main, name) : null;
    const found = existsSync(file) ? readFileSync(file, "utf8") : null;
    if (found === wanted) continue;
    changed = true;
    if (wanted === null) rmSync(file);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, wanted);
    }
  }
  return changed;
}

/** What says where the main checkout is would be wrong in any other worktree. */
async function withoutPlace(git: Git, file: string, name: string): Promise<string> {
  const text = readFileSync(file, "utf8");
  if (name !== "config.worktree" || !/^\s*(bare|worktree)\s*=/im.test(text)) return text;
  const listed = await git.text(["config", "--file", file, "--list", "-z"]);
  const kept = listed.split("\0").filter((entry) => entry !== "" && !/^core\.(bare|worktree)\n/.test(entry));
  return kept.map((entry) => toConfigText(entry)).join("");
}

/** One `section.sub.key\nvalue` of `git config --list -z` as lines of a configuration file. */
function toConfigText(entry: string): string {
  const [path = "", ...value] = entry.split("\n");
  const [section = "", ...rest] = path.split(".");
  const key = rest.pop() ?? "";
  const sub = rest.length > 0 ? ` ${JSON.stringify(rest.join("."))}` : "";
  return `[${section}${sub}]\n\t${key} = ${JSON.stringify(value.join("\n"))}\n`;
}

/** Ends the book-keeping without touching files. */
export async function quitOperation(git: Git, path: string): Promise<void> {
  const gitDir = gitDirOf(path);
  // Keeps what a rebase has stashed away: it becomes an ordinary stash.
  if (existsSync(join(gitDir, "rebase-merge")) || existsSync(join(gitDir, "rebase-apply"))) {
    await git.run(["rebase", "--quit"], { cwd: path, okCodes: [0, 1, 128] });
  }
  for (const name of FILES) rmSync(join(gitDir, name), { recursive: true, force: true });
}

function readLines(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}

function listFiles(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isDirectory() ? readdirSync(path).flatMap((name) => listFiles(join(path, name))) : [path];
}
