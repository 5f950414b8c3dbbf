/** What `git status` does not tell about an index: entries whose changes it was told to hide, and other repositories in it. */
import { copyFileSync, lstatSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "../git.ts";
import { gitDirOf } from "./git-dir.ts";

/** Names are bytes read as latin1, so that one that is not UTF-8 goes back to git as it came. */
export interface IndexEntries {
  names: string[];
  /** Names of what has no conflict, with `<mode> <object> 0` before them and a tab between: how `update-index --index-info` takes them. */
  lines: Map<string, string>;
  /** Marked assume-unchanged. */
  assumed: string[];
  /** Marked skip-worktree although the file is there. */
  skipped: string[];
  /** Marked skip-worktree and not there, as in a sparse checkout. */
  absent: string[];
  /** Other repositories: submodules, and repositories that were added as such without being one. */
  links: string[];
}

/** The index of the worktree at `path`; `env` may name another index. */
export async function readIndexEntries(git: Git, path: string, env: NodeJS.ProcessEnv = {}): Promise<IndexEntries> {
  const listed = await git.run(["ls-files", "--stage", "-v", "-z"], { cwd: path, env });
  const entries: IndexEntries = { names: [], lines: new Map(), assumed: [], skipped: [], absent: [], links: [] };
  for (const line of listed.stdout.toString("latin1").split("\0")) {
    if (line === "") continue;
    // <tag> <mode> <object> <stage>\t<name>
    const name = line.slice(line.indexOf("\t") + 1);
    const tag = line[0] as string;
    entries.names.push(name);
    if (line[line.indexOf("\t") - 1] === "0") entries.lines.set(name, line.slice(2));
    if (line.startsWith("160000", 2)) entries.links.push(name);
    if (tag === "H") continue;
    if (tag >= "a" && tag <= "z") entries.assumed.push(name);
    if (tag.toUpperCase() !== "S") continue;
    if (isThere(join(path, utf8(name)))) entries.skipped.push(name);
    else entries.absent.push(name);
  }
  return entries;
}

/** Runs `work` with an environment in which git sees every change: the index itself, or a copy of it without the marks that hide something. */
export async function withPlainIndex<T>(
  git: Git,
  path: string,
  entries: IndexEntries,
  work: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  if (entries.assumed.length + entries.skipped.length === 0) return await work({});
  return await withIndexCopy(path, async (env) => {
    await showHidden(git, path, entries, env);
    return await work(env);
  });
}

/**
 * Runs `work` with an index of its own that begins as a copy, which spares hashing every unchanged file again. The copy is as old as what it was made of: git
 * compares the seconds of a file's times, and looks into a file that was changed in the second in which the index was written, or later.
 */
export async function withIndexCopy<T>(path: string, work: (env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  return await withCopyOfIndex(gitDirOf(path), work);
}

/** The same for the worktree of that git directory. */
export async function withCopyOfIndex<T>(gitDir: string, work: (env: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(gitDir, "incr-index-"));
  try {
    const [index, copy] = [join(gitDir, "index"), join(folder, "index")];
    // Whatever takes its place in between is newer, never older
    const written = lstatSync(index, { throwIfNoEntry: false })?.mtimeMs;
    if (written !== undefined) {
      copyFileSync(index, copy);
      const seconds = Math.floor(written) / 1000;
      utimesSync(copy, seconds, seconds);
    }
    return await work({ GIT_INDEX_FILE: copy });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Takes the marks away that hide changes, in the index that `env` names. */
export async function showHidden(
  git: Git,
  path: string,
  { assumed, skipped }: Pick<IndexEntries, "assumed" | "skipped">,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  for (const [flag, names] of [
    ["--no-assume-unchanged", assumed],
    ["--no-skip-worktree", skipped],
  ] as const) {
    if (names.length > 0) {
      await git.run(["update-index", flag, "-z", "--stdin"], { cwd: path, env, input: bytes(names.join("\0")) });
    }
  }
}

/** The bytes of a name that was read as latin1. */
export function bytes(name: string): Buffer {
  return Buffer.from(name, "latin1");
}

/** A name that was read as latin1, as text. */
export function utf8(name: string): string {
  return bytes(name).toString("utf8");
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
