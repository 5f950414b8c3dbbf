/** What new work starts from when nobody says otherwise, as far as it is there: for those who only look. */
import { requireRepository, type App } from "../app.ts";

/** `workspace.base` of the configuration, else the main checkout's HEAD; null if there is no such commit (yet). */
export async function findBase(app: App): Promise<{ name: string; commit: string } | null> {
  const { worktrees, config } = requireRepository(app);
  const configured = (await config()).workspace.base;
  const commit = configured === undefined ? await worktrees.headCommit() : await worktrees.resolveCommit(configured);
  return commit === null ? null : { name: configured ?? "HEAD", commit };
}
