/** What every `incr install …` and `incr uninstall …` does with its target. */
import { homedir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import * as v from "valibot";
import { IncrError } from "../../domain/error.ts";
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
import { confirm } from "../prompt.ts";
import type { Style } from "../style.ts";
import { VERSION } from "../version.ts";

const action = v.picklist(["create", "update", "remove", "unchanged", "foreign"]);

export const installationAnswer = v.object({
  target: v.string(),
  /** Absolute path of the folder that the paths are relative to; those outside of it are absolute. */
  root: v.string(),
  /** `foreign` files are not ours, or were changed since, and are left alone. */
  files: v.array(
    v.object({
      path: v.string(),
      action,
      /** Of a file that is somebody else's too: what happens to the entries of ours in it, by the list that they stand in. */
      entries: v.optional(v.array(v.object({ list: v.string(), action }))),
    }),
  ),
  /** Whether anything was changed, or would be without --dry-run. */
  changes: v.boolean(),
});

/** A folder, and what is installed into it. */
export interface Place<T = InstallTarget> {
  root: string;
  target: T;
}

type Removable = Pick<InstallTarget, "name" | "title" | "manifest">;

/** The checkout that one stands in, since what is installed is part of its branch; outside of a repository the folder itself. */
export function checkoutFolder({ cwd }: Pick<Context, "cwd">): string {
  return findRepository(cwd)?.worktree ?? cwd;
}

/**
 * Shows the plan, asks if there is a question, then carries it out.
 * @throws IncrError `unsafe` without `force` if files of others are in the way; `needs_answer` and `cancelled` as the prompt; `conflict` if things changed
 *   while it asked
 */
export async function runInstall(
  ctx: Context,
  places: readonly [Place, ...Place[]],
  { force, dryRun, question }: { force: boolean; dryRun: boolean; question: string | undefined },
): Promise<InstallPlan> {
  const plan = () =>
    places.map(({ root, target }) => {
      const folder = openInstallFolder(root);
      return { folder, target, plan: planInstallation(folder, target, { force }) };
    });
  const planned = plan();
  const whole = joinPlans(planned);
  showPlan(ctx, whole, `${places[0].target.title} is in place already`);
  if (dryRun || !whole.changes) return whole;
  if (question !== undefined) {
    if (!(await confirm(ctx, { message: question, flag: "--yes" })))
      throw new IncrError("cancelled", "not installed, nothing was changed");
    if (JSON.stringify(joinPlans(plan())) !== JSON.stringify(whole))
      throw new IncrError("conflict", "files have changed in the meantime, so nothing was done", {
        hint: "run it again",
      });
  }
  for (const { folder, target, plan } of planned) install(folder, target, plan, { version: VERSION, force });
  return whole;
}

/** The same for taking it out, without a question. What the user has changed stays, and is named. */
export function runUninstall(
  ctx: Context,
  places: readonly [Place<Removable>, ...Place<Removable>[]],
  { dryRun }: { dryRun: boolean },
): InstallPlan {
  const planned = places.map(({ root, target }) => {
    const folder = openInstallFolder(root);
    return { folder, target, plan: planUninstallation(folder, target) };
  });
  const whole = joinPlans(planned);
  showPlan(ctx, whole, `${places[0].target.title} is not installed`);
  if (!dryRun) for (const { folder, target, plan } of planned) uninstall(folder, target, plan);
  return whole;
}

/** As one plan, relative to the first place. */
function joinPlans(planned: readonly { plan: InstallPlan }[]): InstallPlan {
  const [first] = planned;
  if (first === undefined) throw new Error("a plan needs a place");
  const { target, root } = first.plan;
  const files = planned.flatMap(({ plan }) =>
    plan.files.map((file) => ({ ...file, path: pathFrom(root, join(plan.root, file.path)) })),
  );
  return { target, root, files, changes: planned.some(({ plan }) => plan.changes) };
}

function pathFrom(root: string, path: string): string {
  const way = relative(root, path);
  return way.startsWith("../") || isAbsolute(way) ? path : way;
}

/** For people: files of the checkout as they are called there, those of the user by where they are. */
function pathShown(ctx: Context, root: string, path: string): string {
  if (isAbsolute(path) || root === checkoutFolder(ctx)) return path;
  const whole = join(root, path);
  const way = relative(ctx.env["HOME"] || homedir(), whole);
  return way.startsWith("../") || isAbsolute(way) ? whole : `~/${way}`;
}

function showPlan(ctx: Context, { root, changes, ...plan }: InstallPlan, nothing: string): void {
  if (ctx.json) return;
  const files = plan.files.map((file) => ({ ...file, path: pathShown(ctx, root, file.path) }));
  const lines = files.flatMap(({ path, action, entries = [] }) => {
    const lists = entries.filter((entry) => entry.action !== "unchanged").map(({ list }) => list);
    if (action === "unchanged" && lists.length === 0) return [];
    return [
      `${paint(action.padEnd(7), action, ctx.style)}  ${path}${lists.length === 0 ? "" : `: ${lists.join(", ")}`}`,
    ];
  });
  if (!changes) lines.push(nothing);
  if (lines.length > 0) ctx.out.text(lines.join("\n"));
  const kept = files.flatMap(({ path, action, entries = [] }) => [
    ...(action === "foreign" && entries.length === 0 ? [path] : []),
    ...entries.filter((entry) => entry.action === "foreign").map(({ list }) => `${list} in ${path}`),
  ]);
  if (kept.length > 0) {
    const message =
      kept.length === 1
        ? `${kept[0]} was changed since it was installed, so it stays`
        : `${kept.join(", ")} were changed since they were installed, so they stay`;
    ctx.notify({ code: "files_left", message, data: { files: kept } });
  }
}

function paint(text: string, action: string, style: Style): string {
  if (action === "create" || action === "update") return style.green(text);
  return action === "remove" ? style.red(text) : style.yellow(text);
}
