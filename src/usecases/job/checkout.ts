/** The checkout of somebody else that a job with `--here` works in. */
import { IncrError } from "../../domain/error.ts";
import type { Job } from "../../domain/records.ts";
import type { ReadTx } from "../../ports/store.ts";
import { choosePlace } from "../agent/place.ts";
import { requireRepository, type App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";
import type { Attempt } from "./attempt.ts";

/** The checkout that the caller stands in, clean and on a branch. @throws IncrError `rule`, `stale_token`, `not_a_repository` */
export async function requireHere(app: App, repo: string, options: { clean: boolean } = { clean: true }) {
  const { location, worktrees, config } = requireRepository(app);
  const directory = location.worktree;
  if (directory === null) {
    throw new IncrError("rule", "a bare repository has no checkout to work in", { hint: "leave --here out" });
  }
  const chosen = await choosePlace({ ...app, caller: { ...app.caller, cwd: directory } }, repo, true);
  const place = (chosen.kind === "held" ? chosen : { kind: "here", cwd: directory }) satisfies Attempt["place"];
  const found = await worktrees.inspect(directory, (await config()).workspace.copy);
  if (found.kind !== "worktree") throw new IncrError("rule", `${directory} is not a checkout of this repository`);
  const { branch, head, changed } = found;
  if (branch === null || head === null) {
    throw new IncrError("rule", `no branch with a commit is checked out in ${directory}`, {
      hint: "git switch -c <branch>, or leave --here out",
    });
  }
  if (options.clean && changed.length > 0) {
    throw new IncrError("rule", `${directory} has uncommitted changes, which would become part of the job's`, {
      hint: "commit or stash them, or leave --here out",
      data: { path: directory, changed: changed.slice(0, 100) },
    });
  }
  return { directory, branch, commit: head, place };
}

/** That a job could begin in the checkout that the caller stands in: a look, before anything is made for it. @throws as `requireHere` and `requireAlone` */
export async function requireFreeCheckout(app: App): Promise<void> {
  const repo = (await findRepoSlug(app)) ?? "";
  const { directory } = await requireHere(app, repo);
  await app.store.read(async (tx) => await requireAlone(tx, repo, directory));
}

/** Two jobs in one checkout would commit each other's work. @throws IncrError `held` */
export async function requireAlone(tx: ReadTx, repo: string, directory: string): Promise<void> {
  const other = (await tx.list("jobs", { repo })).map(({ record }) => record).find(({ here }) => here === directory);
  if (other === undefined) return;
  throw new IncrError("held", `job ${other.id} works in ${directory} already`, { hint: `incr job show ${other.id}` });
}

/** The checkout that the job was left in, on the branch and at the commit where it was left. @throws IncrError `rule`, `conflict`, and as `requireHere` */
export async function requireSameCheckout(
  app: App,
  repo: string,
  job: Job,
): Promise<{ place: Attempt["place"]; here: string }> {
  const here = job.here ?? "";
  if (app.repository?.location.worktree !== here) {
    throw new IncrError("rule", `job ${job.id} works in ${here}`, { hint: `cd ${here} && incr job resume ${job.id}` });
  }
  const { branch, commit, place } = await requireHere(app, repo, { clean: false });
  const { head } = job;
  if (branch !== job.branch || (head !== undefined && commit !== head)) {
    const wanted = head === undefined ? "" : ` at ${head.slice(0, 12)}`;
    throw new IncrError(
      "conflict",
      `job ${job.id} was left on ${job.branch}${wanted}, and that is not checked out here`,
      {
        hint: branch === job.branch ? startAfresh(job, head ?? "") : `git switch ${job.branch}`,
        data: { id: job.id, branch: job.branch ?? null, checked_out: branch },
      },
    );
  }
  return { place, here };
}

/** What came after is somebody else's, and must not give way to the job. */
function startAfresh({ id, branch, todo_id }: Job, head: string): string {
  return `git log ${head.slice(0, 12)}..${branch} shows what came after it; to start afresh there: incr job abandon ${id}, then incr job do ${todo_id} --here`;
}
