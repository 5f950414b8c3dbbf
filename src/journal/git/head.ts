/** What HEAD says, read from files: starting git would cost more than everything else that a hook does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Head {
  /** Short name; null on a detached HEAD. */
  branch: string | null;
  /** Null on a branch without commits. */
  commit: string | null;
}

/**
 * @param gitDir of the worktree; the main worktree's is `commonDir`
 * @returns undefined where the files do not tell (another ref format, a repository that is being changed)
 */
export function readHead(gitDir: string, commonDir: string): Head | undefined {
  const head = readText(join(gitDir, "HEAD"))?.trim();
  if (head === undefined) return undefined;
  if (isOid(head)) return { branch: null, commit: head };
  const ref = /^ref: (refs\/.+)$/.exec(head)?.[1];
  // In a repository with reftables, HEAD is a dummy
  if (ref === undefined || ref === "refs/heads/.invalid") return undefined;
  const loose = readText(join(commonDir, ref))?.trim();
  const commit = loose ?? findPacked(readText(join(commonDir, "packed-refs")) ?? "", ref);
  if (commit !== null && !isOid(commit)) return undefined;
  return { branch: ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : null, commit };
}

/** Each line of the file is `<oid> <ref>` (git-pack-refs documentation). */
function findPacked(text: string, ref: string): string | null {
  const end = text.indexOf(` ${ref}\n`);
  return end === -1 ? null : text.slice(text.lastIndexOf("\n", end) + 1, end);
}

function isOid(text: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
