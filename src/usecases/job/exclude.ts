/** Keeps what agents leave for a job out of sight of git, in every worktree of the repository and in no commit. */
import { addExclusions, removeExclusions } from "../../domain/exclude.ts";
import { MARKER_FILES } from "../../domain/own-files.ts";
import { requireRepository, type App } from "../app.ts";

/** Called before an agent is asked for such a file. Says so the one time that it writes. */
export async function excludeMarkers(app: App): Promise<void> {
  const { location, worktrees } = requireRepository(app);
  if (addExclusions(location.readExclude()) === null) return;
  const written = await worktrees.lock(async () => {
    const text = addExclusions(location.readExclude());
    if (text !== null) location.writeExclude(text);
    return await Promise.resolve(text !== null);
  });
  if (!written) return;
  app.notify({
    code: "markers_excluded",
    message: `${MARKER_FILES.join(" and ")} stand in info/exclude of this repository now, so that git does not show them`,
    data: { files: [...MARKER_FILES] },
  });
}

/** Takes the lines out again, and the file if nothing else is in it. Returns whether there were any. @param dryRun only looks */
export async function includeMarkers(app: App, { dryRun }: { dryRun: boolean }): Promise<boolean> {
  const { location, worktrees } = requireRepository(app);
  const remove = () => {
    const before = location.readExclude();
    const text = before === null ? null : removeExclusions(before);
    if (text !== null && !dryRun) location.writeExclude(text === "" ? null : text);
    return text !== null;
  };
  return dryRun ? remove() : await worktrees.lock(async () => await Promise.resolve(remove()));
}
