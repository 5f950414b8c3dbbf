/** What is in a worktree, read from `git status`; nothing is changed. */
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OwnFileTest } from "../../domain/own-files.ts";
import { MARKER_FILES } from "../../domain/own-files.ts";
import type { Inspection, WorktreeFacts } from "../../ports/worktrees.ts";
import type { Git } from "../git.ts";
import { findRepository } from "../repository.ts";
import { stampOf, type SeenFile } from "./aside.ts";
import { readIndexEntries, utf8, withPlainIndex, type IndexEntries } from "./entries.ts";
import { gitDirOf, isHalfMade } from "./git-dir.ts";
import { findUnfinished } from "./operation.ts";
import { examineLinks } from "./submodules.ts";

export interface InspectOptions {
  commonDir: string;
  mainRoot: string;
  isOwnFile: OwnFileTest;
  /** Files and folders that are copied from the main checkout, relative to its root. */
  copied: readonly string[];
}

/** What stands at `path`, and what is in it as far as it matters for keeping it. Reads only. */
export async function inspectWorktree(git: Git, path: string, options: InspectOptions): Promise<Inspection> {
  return (await lookInto(git, path, options)).found;
}

/** A file that is not as HEAD has it. */
export interface ListedFile extends SeenFile {
  tracked: boolean;
  /** Neither one of ours nor an unchanged copy. */
  counts: boolean;
}

/** What is in a worktree, with what emptying it needs to know. */
export interface Look {
  found: Inspection;
  /** Null if there is no worktree of this repository. */
  entries: IndexEntries | null;
  files: ListedFile[];
}

/** `inspectWorktree` for whoever empties it next. */
export async function lookInto(git: Git, path: string, options: InspectOptions): Promise<Look> {
  const place = examinePlace(path, options);
  if (place !== null) return { found: place, entries: null, files: [] };

  const entries = await readIndexEntries(git, path);
  const status = await withPlainIndex(git, path, entries, async (env) => await git.run(STATUS, { cwd: path, env }));
  const isCopy = copyTest(path, options);
  const files: ListedFile[] = [];
  const facts = parseStatus(status.stdout.toString("latin1"), (name, tracked) => {
    // Before it is compared with anything, and long before it is kept: what is written later shows.
    const stamp = stampOf(path, name.replace(/\/$/, ""));
    const ignored = options.isOwnFile(utf8(name)) || (!tracked && isCopy(utf8(name)));
    files.push({ name, tracked, counts: !ignored, stamp });
    return ignored;
  });
  const links = await examineLinks(git, path, entries.links);
  facts.nested.push(...links.nested);
  facts.submodules.push(...links.unpushed);
  const gitDir = gitDirOf(path);
  const [operation, locked] = [findUnfinished(gitDir), existsSync(join(gitDir, "index.lock"))];
  const seen = new Map(files.filter(({ counts }) => counts).map(({ name, stamp }) => [name, stamp]));
  return { found: { kind: "worktree", ...facts, operation, locked, seen }, entries, files };
}

/** Null if a worktree of this repository stands there. */
function examinePlace(path: string, options: InspectOptions): Exclude<Inspection, { kind: "worktree" }> | null {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return { kind: "missing" };
  if (!there.isDirectory()) return { kind: "foreign", why: "it is not a folder", broken: false };
  if (readdirSync(path).length === 0) return { kind: "missing" };
  if (!existsSync(join(path, ".git"))) return { kind: "foreign", why: "it has no .git file", broken: false };
  if (!existsSync(gitDirOf(path))) return { kind: "foreign", why: "its link to a repository is broken", broken: true };
  if (findRepository(path)?.commonDir !== options.commonDir)
    return { kind: "foreign", why: "it does not belong to this repository", broken: false };
  // Killed while it was being made: it was never anybody's.
  if (isHalfMade(gitDirOf(path))) return { kind: "missing" };
  return null;
}

/** How git is asked what is in a worktree; the answer is in the format that `parseStatus` reads. */
export const STATUS = [
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
];

/** The marker files are excluded from `git status` by the repository's exclude file, so a clean has to name them. */
export function markerPaths(worktree: string): string[] {
  return MARKER_FILES.map((name) => join(worktree, name));
}

/** Whether an untracked file of the worktree is one that was copied from the main checkout, and still is as it is there. */
export function copyTest(
  worktree: string,
  { copied, mainRoot }: Pick<InspectOptions, "copied" | "mainRoot">,
): (file: string) => boolean {
  if (copied.length === 0) return () => false;
  const names = copied.map((name) => name.replace(/^\.\//, "").replace(/\/+$/, ""));
  return (file) =>
    names.some((name) => file === name || file.startsWith(`${name}/`)) &&
    sameContent(join(worktree, file), join(mainRoot, file));
}

/**
 * Reads `git status --porcelain=v2 -z --branch --untracked-files=all` (format: git-status documentation).
 * An untracked entry that ends in `/` is a repository of its own: with `all`, git lists files everywhere else.
 * @param output bytes read as latin1
 * @param ignore told of each name, as bytes read as latin1, and whether git tracks it
 */
export function parseStatus(
  output: string,
  ignore: (name: string, tracked: boolean) => boolean,
): Omit<WorktreeFacts, "operation" | "locked" | "seen"> {
  const facts: ReturnType<typeof parseStatus> = {
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
      const name = utf8(line.slice(14));
      facts.branch = name === "(detached)" ? null : name;
    } else if (kind === "1" || kind === "u") {
      // 1 XY sub mH mI mW hH hI path | u XY sub m1 m2 m3 mW h1 h2 h3 path
      const fields = line.split(" ");
      const name = fields.slice(kind === "1" ? 8 : 10).join(" ");
      if (ignore(name, true)) continue;
      const path = utf8(name);
      facts.changed.push(path);
      if (kind === "u") facts.unmerged.push(path);
      const submodule = fields[2] ?? "N...";
      // Modified or untracked content inside a submodule exists only there, and no commit of ours can hold it.
      if (submodule[2] === "M" || submodule[3] === "U") facts.submodules.push(`${path} has uncommitted changes`);
    } else if (kind === "?") {
      const name = line.slice(2);
      if (ignore(name, false)) continue;
      const path = utf8(name);
      facts.changed.push(path);
      if (path.endsWith("/")) facts.nested.push(path.slice(0, -1));
    }
  }
  return facts;
}

function sameContent(a: string, b: string): boolean {
  try {
    return readFileSync(a).equals(readFileSync(b));
  } catch {
    return false;
  }
}
