/** What is in a worktree, read from one `git status`; nothing is changed. */
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OwnFileTest } from "../../domain/own-files.ts";
import { MARKER_FILES } from "../../domain/own-files.ts";
import type { Inspection, WorktreeFacts } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";
import { findRepository } from "../repository.ts";
import { findUnpushedSubmodules } from "./submodules.ts";

export interface InspectOptions {
  commonDir: string;
  mainRoot: string;
  isOwnFile: OwnFileTest;
  copied: readonly string[];
}

export async function inspectWorktree(git: Git, path: string, options: InspectOptions): Promise<Inspection> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return { kind: "missing" };
  if (!there.isDirectory()) return { kind: "foreign", why: "it is not a folder" };
  const location = findRepository(path);
  if (!existsSync(join(path, ".git"))) return { kind: "foreign", why: "it has no .git file" };
  if (location?.commonDir !== options.commonDir)
    return { kind: "foreign", why: "it does not belong to this repository" };

  const status = await git.run(
    [
      "-c",
      "status.renames=false",
      "-c",
      "submodule.recurse=false",
      "status",
      "--porcelain=v2",
      "-z",
      "--branch",
      "--untracked-files=all",
      "--ignore-submodules=none",
    ],
    { cwd: path },
  );
  const facts = parseStatus(status.stdout.toString("utf8"), (file) => {
    if (options.isOwnFile(file)) return true;
    return options.copied.includes(file) && sameContent(join(path, file), join(options.mainRoot, file));
  });
  facts.submodules.push(...(await findUnpushedSubmodules(git, path)));
  return { kind: "worktree", ...facts, operation: unfinishedOperation(gitDirOf(path)) };
}

/** The private git directory of a worktree. */
export function gitDirOf(worktree: string): string {
  const dotGit = join(worktree, ".git");
  if (lstatSync(dotGit).isDirectory()) return dotGit;
  const target = /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(dotGit, "utf8"))?.[1] ?? "";
  return target.startsWith("/") ? target : join(worktree, target);
}

/** The marker files are excluded from `git status` by the repository's exclude file, so a clean has to name them. */
export function markerPaths(worktree: string): string[] {
  return MARKER_FILES.map((name) => join(worktree, name));
}

/**
 * Reads `git status --porcelain=v2 -z --branch --untracked-files=all` (format: git-status documentation).
 * An untracked entry that ends in `/` is a repository of its own: with `all`, git lists files everywhere else.
 */
export function parseStatus(output: string, ignore: (path: string) => boolean): Omit<WorktreeFacts, "operation"> {
  const facts: Omit<WorktreeFacts, "operation"> = {
    head: null,
    branch: null,
    changed: [],
    unmerged: [],
    nested: [],
    submodules: [],
  };
  for (const line of output.split("\0")) {
    const kind = line[0];
    if (line.startsWith("# branch.oid ")) facts.head = line.endsWith("(initial)") ? null : line.slice(13);
    else if (line.startsWith("# branch.head ")) {
      const name = line.slice(14);
      facts.branch = name === "(detached)" ? null : name;
    } else if (kind === "1" || kind === "u") {
      // 1 XY sub mH mI mW hH hI path | u XY sub m1 m2 m3 mW h1 h2 h3 path
      const fields = line.split(" ");
      const path = fields.slice(kind === "1" ? 8 : 10).join(" ");
      if (ignore(path)) continue;
      facts.changed.push(path);
      if (kind === "u") facts.unmerged.push(path);
      const submodule = fields[2] ?? "N...";
      // Modified or untracked content inside a submodule exists only there, and no commit of ours can hold it.
      if (submodule[2] === "M" || submodule[3] === "U") facts.submodules.push(`${path} has uncommitted changes`);
    } else if (kind === "?") {
      const path = line.slice(2);
      if (ignore(path)) continue;
      facts.changed.push(path);
      if (path.endsWith("/")) facts.nested.push(path.slice(0, -1));
    }
  }
  return facts;
}

function unfinishedOperation(gitDir: string): string | null {
  const marks: [string, string][] = [
    ["rebase-merge", "rebase"],
    ["rebase-apply/applying", "am"],
    ["rebase-apply", "rebase"],
    ["MERGE_HEAD", "merge"],
    ["CHERRY_PICK_HEAD", "cherry-pick"],
    ["REVERT_HEAD", "revert"],
    ["BISECT_LOG", "bisect"],
  ];
  return marks.find(([file]) => existsSync(join(gitDir, file)))?.[1] ?? null;
}

function sameContent(a: string, b: string): boolean {
  try {
    return readFileSync(a).equals(readFileSync(b));
  } catch {
    return false;
  }
}
