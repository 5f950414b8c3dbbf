/** `incr job abandon`: gives a job up, whoever carries it out. */
import { abandonFailedJob } from "../../domain/job/job.ts";
import { IncrError } from "../../domain/error.ts";
import { recordKey, type ActiveJob, type FinishedJob, type Job } from "../../domain/records.ts";
import type { App } from "../app.ts";
import { clearAway, requireOurs } from "./clear-away.ts";
import { endJob } from "./end.ts";
import { requireJob } from "./find.ts";
import { findWorkspace, livenessOf } from "./list.ts";

/** How long whoever carries it out may take to end it. */
const CONDUCTOR_MS = 20_000;
const POLL_MS = 100;
const MESSAGE = "it was ended by `incr job abandon`";

/** What is not committed goes to a rescue, the todo is open again. @throws IncrError `rule` if it has ended for good; `held` if it cannot be ended from here */
export async function abandonJob(app: App, wanted: string): Promise<FinishedJob> {
  const job = await requireJob(app, wanted);
  const key = recordKey(job.repo, job.id);
  if (job.status !== "active") return await giveUp(app, key, job);
  requireOurs(job);
  // Written down first: whoever carries it out looks there, and whoever settles it does too.
  await app.store.transact(async (tx) => {
    const current = await tx.find("jobs", key);
    if (current?.status !== "active") return;
    await tx.put("jobs", key, { ...current, stop_requested_at: app.now().toISOString() });
  });
  const liveness = livenessOf(app, job, await findWorkspace(app, job));
  if (liveness === "paused")
    return (await endJob(app, { job, outcome: { status: "abandoned", message: MESSAGE } })).job;
  if (liveness === "running") {
    const ended = await untilEnded(app, key);
    if (ended !== null) return ended;
  }
  const settled = await clearAway(app, job);
  return settled.status === "active" ? await giveUp(app, key, settled) : settled;
}

async function giveUp(app: App, key: string, job: Job): Promise<FinishedJob> {
  return await app.store.transact(async (tx) => {
    const abandoned = abandonFailedJob((await tx.find("jobs", key)) ?? job, MESSAGE, app.now().toISOString());
    await tx.put("jobs", key, abandoned);
    return abandoned;
  });
}

async function untilEnded(app: App, key: string): Promise<FinishedJob | null> {
  for (let waited = 0; waited < CONDUCTOR_MS; waited += POLL_MS) {
    const current = await app.store.read(async (tx) => await tx.find("jobs", key));
    if (current === undefined) break;
    if (current.status !== "active") return current;
    if (isGone(app, current)) return null;
    await app.pause(POLL_MS);
  }
  throw new IncrError("held", `job ${key.slice(key.indexOf("/") + 1)} does not end`, {
    hint: "end its process, then try again",
  });
}

function isGone(app: App, { process }: ActiveJob): boolean {
  return process === undefined || app.processes.stateOf(process) === "dead";
}
