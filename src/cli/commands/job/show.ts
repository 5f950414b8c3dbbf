import * as v from "valibot";
import { formatDuration } from "../../../domain/duration.ts";
import { countChanges } from "../../../domain/job/changes.ts";
import { workedSeconds } from "../../../domain/job/job.ts";
import { jobSchema, type JobChange, type JobCommit, type JobReview } from "../../../domain/job/record.ts";
import type { Job } from "../../../domain/records.ts";
import { showJob } from "../../../usecases/job/list.ts";
import { formatAgo } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderFields } from "../../fields.ts";
import { plainLine } from "../../plain.ts";
import { settledApp } from "../../settled-app.ts";
import type { Style } from "../../style.ts";
import type { show } from "../job.ts";
import { jobWords, resumeCommand } from "./answers.ts";
import { stageOf } from "./list.ts";

export const answer = v.object({
  /** With all of its changes, however many there were. */
  job: jobSchema,
  /** Of the todo; null if it is gone. */
  title: v.nullable(v.string()),
  /** Of an active one. `orphaned`: what carried it out is gone, and something of it still runs. */
  liveness: v.nullable(v.picklist(["running", "paused", "orphaned", "gone", "unknown"])),
  /** Absolute path of the folder that it works in, while it does. */
  directory: v.nullable(v.string()),
  /** Absolute path of its event log. */
  log: v.nullable(v.string()),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args }: Input<typeof show>): Promise<Answer> {
  return await showJob(await settledApp(ctx), args.id);
}

export function render({ job, title, liveness, directory, log }: Answer, ctx: Context): string {
  const { style } = ctx;
  const ended = job.status === "active" ? undefined : job;
  const times = (text: string) => `${formatAgo(text, ctx.now())}, ${text}`;
  const { changes, iterations } = countChanges(job);
  const worked = job.status === "active" ? workedSeconds(job, ctx.now().toISOString()) : job.duration_seconds;
  const fields = renderFields(
    [
      ["job", job.id],
      ["todo", title === null ? job.todo_id : `${job.todo_id}  ${title}`],
      ["status", `${jobWords(job)}${liveness === null || liveness === "running" ? "" : `, ${liveness}`}`],
      ["stage", stageOf(job) ?? undefined],
      ["changes", `${changes}, iterations ${iterations}`],
      ["agent", job.harness],
      ["models", modelsOf(job)],
      ["workspace", job.workspace_name],
      ["folder", directory ?? job.here],
      ["branch", job.branch],
      ["base", job.base],
      ["started", times(job.started_at ?? job.created_at)],
      ["ended", ended?.completed_at === undefined ? undefined : times(ended.completed_at)],
      ["worked", worked === undefined ? undefined : formatDuration(worked * 1000)],
      ["cost", job.cost_usd === undefined ? undefined : `$${job.cost_usd}`],
      ["rescue", ended?.rescue],
      ["log", log ?? undefined],
      ["resume", job.status === "failed" || liveness === "paused" ? resumeCommand(job) : undefined],
      ["merge", job.status === "completed" && job.here === undefined ? `git merge ${job.branch}` : undefined],
    ],
    style,
  );
  const shown = (job.changes ?? []).map((change, index) => renderChange(change, index + 1, style));
  const final =
    job.project_review === undefined || job.project_review === null ? [] : [renderFinal(job.project_review, style)];
  return [fields, ...shown, ...final].join("\n\n");
}

function renderChange(change: JobChange, number: number, style: Style): string {
  const commits = change.commits ?? [];
  const head = style.bold(`change ${number}  ${change.change_id}${change.withdrawn === true ? "  (taken back)" : ""}`);
  return [head, ...commits.flatMap((commit, index) => renderCommit(commit, index + 1, style))].join("\n");
}

function renderCommit(commit: JobCommit, number: number, style: Style): string[] {
  const subject = (commit.draft_message ?? "").split("\n", 1)[0] ?? "";
  const tests = commit.tests_passed === true ? "tests passed" : commit.tests_passed === false ? "tests failed" : "";
  const verdict = commit.review?.outcome ?? "";
  const marks = [
    commit.tests_passed === false ? style.red(tests) : style.green(tests),
    verdict === "ACCEPT" ? style.green(verdict) : style.red(verdict),
  ].filter((text) => text !== "");
  const line = `  ${number}. ${style.cyan(commit.commit_id.slice(0, 12))} ${plainLine(subject)}`;
  return [marks.length === 0 ? line : `${line}  ${marks.join(", ")}`, ...renderComments(commit.review, style)];
}

function renderFinal(review: JobReview, style: Style): string {
  return [style.bold(`review of the whole  ${review.outcome}`), ...renderComments(review, style)].join("\n");
}

function renderComments(review: JobReview | null | undefined, style: Style): string[] {
  const lines = (review?.comments ?? "").split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => style.dim(`     ${plainLine(line)}`));
}

function modelsOf({ models = {} }: Job): string | undefined {
  const named = Object.entries(models).map(([purpose, model]) => `${purpose}: ${model}`);
  return named.length === 0 ? undefined : named.join(", ");
}
