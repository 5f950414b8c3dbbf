/** Whether active jobs have what they need to go on. */
import { recordKey, type ActiveJob, type AcquiredWorkspace, type Job } from "../../domain/records.ts";
import type { App } from "../app.ts";
import { endJob } from "../job/end.ts";
import { findWorkspace, livenessOf } from "../job/list.ts";
import { findRepoSlug } from "../repository.ts";
import { problem, type Check, type Problem } from "./finding.ts";

/** Each active job is carried out by somebody, or paused with its workspace kept. */
export const checkJobs: Check = {
  area: "jobs",
  needs: { state: true, repository: true },
  async examine({ app }) {
    const repo = await findRepoSlug(app);
    if (repo === null) return [];
    const jobs = await app.store.read(async (tx) => (await tx.list("jobs", { repo })).map(({ record }) => record));
    const active = jobs.filter((job): job is ActiveJob => job.status === "active");
    const problems: Problem[] = [];
    for (const job of active) problems.push(...judge(app, job, await findWorkspace(app, job)));
    return problems;
  },
};

function judge(app: App, job: ActiveJob, workspace: AcquiredWorkspace | null): Problem[] {
  const about = `job ${job.id} (todo ${job.todo_id})`;
  const data = { id: job.id, todo_id: job.todo_id, workspace: job.workspace_name ?? null };
  if (job.process === undefined) {
    return [
      problem(job.id, {
        code: "job_foreign",
        severity: "note",
        message: `${about} was begun by another program, and nothing says whether it runs`,
        meaning: "Its todo stays taken until that program ends it.",
        hint: `incr todo reopen ${job.todo_id} --force, to work on the todo all the same`,
        data,
      }),
    ];
  }
  if (job.here === undefined && workspace === null) {
    return [
      problem(job.id, {
        code: "job_without_lease",
        severity: "error",
        message: `${about} is active, but does not hold its workspace ${job.workspace_name} any more`,
        meaning: "Nobody can go on with it or end it in the usual way, and its todo stays taken.",
        repair: "ends it as failed (interrupted) and opens the todo again; its branch stays",
        fix: () => endWithoutLease(app, job),
        data,
      }),
    ];
  }
  if (livenessOf(app, job, workspace) !== "orphaned") return [];
  return [
    problem(job.id, {
      code: "job_orphaned",
      severity: "warning",
      message: `the process of ${about} is gone, and something that it had started runs on`,
      meaning: "It is settled when that has ended by itself.",
      hint: `incr job resume ${job.id}, which ends that and goes on; or incr job abandon ${job.id}`,
      data,
    }),
  ];
}

async function endWithoutLease(app: App, job: ActiveJob): Promise<string> {
  const current: Job | undefined = await app.store.read(
    async (tx) => await tx.find("jobs", recordKey(job.repo, job.id)),
  );
  if (current?.status !== "active" || (await findWorkspace(app, current)) !== null) return "it was put right meanwhile";
  const message = "it did not hold its workspace any more";
  await endJob(app, { job: current, outcome: { status: "failed", reason: "interrupted", message } });
  return `ended job ${job.id} as failed; \`incr job resume ${job.id}\` goes on with what is on its branch`;
}
