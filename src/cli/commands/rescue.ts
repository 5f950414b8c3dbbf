/** `incr rescue …`: work that would otherwise have been discarded. */
import { command, declareCommand } from "../command.ts";

const NAME = {
  description: "Name of the rescue, or its last four characters",
  complete: "rescue",
  required: true,
} as const;

export const list = declareCommand({
  path: ["rescue", "list"],
  summary: "List kept work, the newest first",
  flags: { all: { type: "boolean", description: "Also what was brought back already" } },
  examples: [{ run: "incr rescue list" }],
  json: "rescue_list",
});

export const show = declareCommand({
  path: ["rescue", "show"],
  summary: "Show what a rescue holds, against the commit it was made on",
  args: { name: NAME },
  flags: { patch: { type: "boolean", short: "p", description: "The changes themselves, not only the files" } },
  examples: [{ run: "incr rescue show k3xq --patch" }],
  json: "rescue_show",
});

export const restore = declareCommand({
  path: ["rescue", "restore"],
  summary: "Bring a rescue's files back, on a branch of their own",
  help: "Restores files and index into the clean worktree that you stand in, on a new branch at the commit that the rescue was made on. To bring a whole attempt back use `incr session resume`.",
  args: { name: NAME },
  flags: {
    into: {
      type: "string",
      value: "WORKSPACE",
      description: "Into this workspace instead of here",
      complete: "workspace",
    },
  },
  examples: [{ run: "incr rescue restore k3xq" }, { run: "incr rescue restore k3xq --into ws-001" }],
  json: "rescue_restore",
});

export const drop = declareCommand({
  path: ["rescue", "drop"],
  summary: "Forget rescues",
  help: "The commits stay in git's object store until it collects garbage; the answer names them, so that a slip can be undone.",
  args: { name: { ...NAME, variadic: true } },
  examples: [{ run: "incr rescue drop k3xq" }],
  json: "rescue_drop",
});

export const help =
  "Before a workspace is emptied, whatever is in it that no branch reaches is committed to a rescue: a ref under refs/incr/rescue/ that nothing but `drop` removes.";

export const commands = [
  command(list, () => import("./rescue/list.ts")),
  command(show, () => import("./rescue/show.ts")),
  command(restore, () => import("./rescue/restore.ts")),
  command(drop, () => import("./rescue/drop.ts")),
];
