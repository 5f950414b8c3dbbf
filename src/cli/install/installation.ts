/** What every `incr install …` and `incr uninstall …` does with its target. */
import * as v from "valibot";
import { findRepository } from "../../git/repository.ts";
import { openInstallFolder } from "../../install/folder.ts";
import {
  install,
  planInstallation,
  planUninstallation,
  uninstall,
  type InstallPlan,
  type InstallTarget,
} from "../../usecases/install/install.ts";
import type { Context } from "../context.ts";
import type { Style } from "../style.ts";
import { VERSION } from "../version.ts";

export const installationAnswer = v.object({
  target: v.string(),
  /** Absolute path of the folder that the paths are relative to. */
  root: v.string(),
  /** `foreign` files are not ours, or were changed since, and are left alone. */
  files: v.array(
    v.object({ path: v.string(), action: v.picklist(["create", "update", "remove", "unchanged", "foreign"]) }),
  ),
  /** Whether anything was changed, or would be without --dry-run. */
  changes: v.boolean(),
});

/** The checkout that one stands in, since what is installed is part of its branch; outside of a repository the folder itself. */
export function checkoutFolder({ cwd }: Pick<Context, "cwd">): string {
  return findRepository(cwd)?.worktree ?? cwd;
}

/** Shows the plan, then carries it out. @throws IncrError `unsafe` without `force` if files of others are in the way */
export function runInstall(
  ctx: Context,
  root: string,
  target: InstallTarget,
  { force, dryRun }: { force: boolean; dryRun: boolean },
): InstallPlan {
  const folder = openInstallFolder(root);
  const plan = planInstallation(folder, target, { force });
  showPlan(ctx, plan, `${target.title} is in place already`);
  if (!dryRun) install(folder, target, plan, VERSION);
  return plan;
}

/** The same for taking it out. What the user has changed stays, and is named. */
export function runUninstall(
  ctx: Context,
  root: string,
  target: Pick<InstallTarget, "name" | "title" | "manifest">,
  { dryRun }: { dryRun: boolean },
): InstallPlan {
  const folder = openInstallFolder(root);
  const plan = planUninstallation(folder, target);
  showPlan(ctx, plan, `${target.title} is not installed`);
  if (!dryRun) uninstall(folder, target, plan);
  return plan;
}

function showPlan(ctx: Context, { files, changes }: InstallPlan, nothing: string): void {
  if (ctx.json) return;
  const shown = files.filter(({ action }) => action !== "unchanged");
  const lines = shown.map(({ path, action }) => `${paint(action.padEnd(7), action, ctx.style)}  ${path}`);
  if (!changes) lines.push(nothing);
  if (lines.length > 0) ctx.out.text(lines.join("\n"));
  const kept = files.filter(({ action }) => action === "foreign").map(({ path }) => path);
  if (kept.length > 0) {
    const message =
      kept.length === 1
        ? `${kept[0]} was changed since it was installed, so it stays`
        : `${kept.length} files were changed since they were installed, so they stay`;
    ctx.notify({ code: "files_left", message, data: { files: kept } });
  }
}

function paint(text: string, action: string, style: Style): string {
  if (action === "create" || action === "update") return style.green(text);
  return action === "remove" ? style.red(text) : style.yellow(text);
}
