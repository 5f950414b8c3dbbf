/** Who may look into our folders. */
import { chmodSync, lstatSync, readdirSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { ModeProblem } from "../../ports/house.ts";
import { isSystemError, orIoError } from "../io-error.ts";

/** Everything in the state folder, and the folders that hold workspaces; what is in a workspace is git's affair. */
export function listModeProblems(stateDir: string, workspacesDir: string): ModeProblem[] {
  const problems: ModeProblem[] = [];
  look(stateDir, statSync(stateDir, { throwIfNoEntry: false }), Number.POSITIVE_INFINITY, problems);
  look(workspacesDir, statSync(workspacesDir, { throwIfNoEntry: false }), 1, problems);
  return problems;
}

/** Leaves alone what was changed since it was looked at. */
export function mendMode({ path, mode, wanted }: ModeProblem): void {
  orIoError(`change the permissions of ${path}`, path, () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && (stat.mode & 0o777) === mode) chmodSync(path, wanted);
  });
}

/** @param depth how many folders further down are looked at; files only if there is no limit */
function look(path: string, stat: Stats | undefined, depth: number, problems: ModeProblem[]): void {
  if (stat === undefined || (!stat.isDirectory() && !stat.isFile())) return;
  const wanted = stat.isDirectory() ? 0o700 : 0o600;
  const mode = stat.mode & 0o777;
  const uid = process.getuid?.() ?? 0;
  const owned = uid === 0 || stat.uid === uid;
  if (!owned || (mode & 0o077) !== 0 || (mode & wanted) !== wanted) problems.push({ path, mode, wanted, owned });
  if (!stat.isDirectory() || depth === 0) return;
  for (const entry of list(path)) {
    const below = join(path, entry);
    const found = statOf(below);
    if (found?.isDirectory() === true || depth === Number.POSITIVE_INFINITY) look(below, found, depth - 1, problems);
  }
}

/** Undefined for what is gone, or may not be looked at: then the folder around it is the problem. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
