/** Which repository is where: slugs for paths, and paths for workspaces. */
import { realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { freeSlug, sanitizeRepoName } from "../domain/slug.ts";
import type { ReadTx, Tx } from "../ports/store.ts";

/** The absolute path with symbolic links resolved; a path that does not exist (any more) as it is written. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** The slug of the repository at `source`, an absolute path without symbolic links. */
export async function findSlug(tx: ReadTx, source: string): Promise<string | undefined> {
  const repos = await tx.list("repos");
  const exact = repos.find(({ record }) => record.source_path === source);
  // Other implementations may have stored the path as it was typed
  return (exact ?? repos.find(({ record }) => realPath(record.source_path) === source))?.key;
}

/** Gives the repository at `source` a slug of its own, unless somebody has done so by now. */
export async function claimSlug(tx: Tx, source: string): Promise<string> {
  const known = await findSlug(tx, source);
  if (known !== undefined) return known;
  const taken = new Set((await tx.list("repos")).map(({ key }) => key));
  const slug = freeSlug(sanitizeRepoName(source), (candidate) => taken.has(candidate));
  await tx.put("repos", slug, { source_path: source });
  return slug;
}

/** The source path of the repository whose workspace is at `path` or around it. */
export async function findSourceOfWorkspace(tx: ReadTx, path: string): Promise<string | undefined> {
  const workspaces = new Map((await tx.list("workspaces")).map(({ record }) => [realPath(record.path), record.repo]));
  for (let folder = realPath(path); ; folder = dirname(folder)) {
    const repo = workspaces.get(folder);
    if (repo !== undefined) return (await tx.find("repos", repo))?.source_path;
    if (folder === dirname(folder)) return undefined;
  }
}
