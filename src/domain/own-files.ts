/**
 * Files of ours inside a repository. In a linked worktree they mean those of the main checkout, so they never enter a session's commit or rescue, and never
 * make a workspace count as changed.
 */

/** Left by agents for us at a workspace's root: the commit message and the review. */
export const MARKER_FILES = [".incr-commit-message", ".incr-review"] as const;

const ALWAYS = [...MARKER_FILES, ".work-shell/", "work-shell.md", "ia/state/", "incr.toml", ".incr/"];

/** Whether `path` (relative to the worktree's root, `/` between folders) is ours. */
export type OwnFileTest = (path: string) => boolean;

/**
 * @param workstreams whether the main checkout has workstreams (`work/index.json`). Without them a folder named `work` is the user's, and is kept like any other.
 */
export function ownFileTest(workstreams: boolean): OwnFileTest {
  const own = workstreams ? [...ALWAYS, "work/"] : ALWAYS;
  return (path) =>
    own.some((name) => (name.endsWith("/") ? path.startsWith(name) || `${path}/` === name : path === name));
}
