/** Files that git does not carry into a worktree (`.env` and the like), copied from the main checkout. */
import { copyFileSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { Git } from "../git.ts";

export interface CopyOutcome {
  /** Paths relative to the worktree. */
  copied: string[];
  skipped: { name: string; why: string }[];
}

/** Copies files and folders; what the worktree tracks is left alone, what the main checkout lacks is skipped. */
export async function copyIntoWorktree(
  git: Git,
  mainRoot: string,
  worktree: string,
  names: readonly string[],
): Promise<CopyOutcome> {
  const outcome: CopyOutcome = { copied: [], skipped: [] };
  const files = names.flatMap((name) => {
    const found = listFiles(mainRoot, name);
    if (found === null) outcome.skipped.push({ name, why: "the main checkout has no such file" });
    return found ?? [];
  });
  if (files.length === 0) return outcome;
  const tracked = await git.text(["ls-files", "-z", "--", ...files.map((file) => `:(literal)${file}`)], {
    cwd: worktree,
  });
  const trackedFiles = new Set(tracked.split("\0"));
  for (const file of files) {
    if (trackedFiles.has(file)) {
      outcome.skipped.push({ name: file, why: "it is tracked" });
      continue;
    }
    const target = join(worktree, file);
    mkdirSync(dirname(target), { recursive: true });
    // Never through a link that somebody put there.
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(target);
    copyFileSync(join(mainRoot, file), target);
    outcome.copied.push(file);
  }
  return outcome;
}

function listFiles(root: string, name: string): string[] | null {
  const path = join(root, name);
  if (!isInside(root, path)) throw outside(name);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    return null;
  }
  if (!isInside(realpathSync(root), real)) throw outside(name);
  if (!statSync(real).isDirectory()) return [relative(root, path)];
  return readdirSync(path).flatMap((entry) => listFiles(root, join(name, entry)) ?? []);
}

function isInside(root: string, path: string): boolean {
  const rest = relative(root, path);
  return rest !== "" && rest !== ".." && !rest.startsWith(`..${sep}`) && !rest.startsWith(sep);
}

function outside(name: string): IncrError {
  return new IncrError("config", `workspace.copy names ${name}, which leads out of the repository`, {
    hint: "name files inside the main checkout, relative to its root",
  });
}
