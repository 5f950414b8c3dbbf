/** `incr workspace …`: the pool of worktrees, without todos and sessions. */
import { command, declareCommand } from "../command.ts";

const NAME = { description: "Name of the workspace, such as ws-001 or just 1", complete: "workspace" } as const;

export const acquire = declareCommand({
  path: ["workspace", "acquire"],
  summary: "Take a workspace for yourself, without a todo",
  help: "Prints its path as the only line on stdout. It stands on a detached HEAD and is yours until you release it.",
  flags: {
    purpose: { type: "string", value: "TEXT", required: true, description: "What it is for, in words" },
    rev: { type: "string", value: "REV", description: "Stand at this revision instead of the configured base" },
  },
  examples: [
    { run: 'cd "$(incr workspace acquire --purpose "try the new parser")"' },
    { run: "incr workspace acquire --purpose review --rev origin/main --json" },
  ],
  json: "workspace_acquire",
});

export const release = declareCommand({
  path: ["workspace", "release"],
  summary: "Give a workspace back; what is in it is kept as a rescue",
  args: { name: { ...NAME, description: "Name of the workspace; without it the one that you stand in" } },
  examples: [{ run: "incr workspace release ws-002" }],
  json: "workspace_release",
});

export const list = declareCommand({
  path: ["workspace", "list"],
  summary: "List the workspaces of this repository and who holds them",
  examples: [{ run: "incr workspace list" }],
  json: "workspace_list",
});

export const show = declareCommand({
  path: ["workspace", "show"],
  summary: "Show one workspace: holder, branch, changes",
  args: { name: { ...NAME, description: "Name of the workspace; without it the one that you stand in" } },
  examples: [{ run: "incr workspace show ws-001" }],
  json: "workspace_show",
});

export const destroy = declareCommand({
  path: ["workspace", "destroy"],
  summary: "Remove free workspaces from the disk; what is in them is kept as rescues",
  help: "Held workspaces stay. Ignored files (dependencies, build output) are deleted with the folder. With --all it exits with 5 if a free workspace could not be removed, with 4 if all are held.",
  args: { name: { ...NAME, variadic: true } },
  flags: { all: { type: "boolean", description: "All that nobody holds" } },
  examples: [{ run: "incr workspace destroy ws-003" }, { run: "incr workspace destroy --all" }],
  json: "workspace_destroy",
});

export const help =
  "Workspaces are pooled git worktrees outside of the repository, ws-001 and so on. Sessions take one by themselves; these commands are for everything else.";

export const commands = [
  command(acquire, () => import("./workspace/acquire.ts")),
  command(release, () => import("./workspace/release.ts")),
  command(list, () => import("./workspace/list.ts")),
  command(show, () => import("./workspace/show.ts")),
  command(destroy, () => import("./workspace/destroy.ts")),
];
