/** Finding the job that somebody means. */
import { requireByPrefix } from "../../domain/id.ts";
import type { Job } from "../../domain/records.ts";
import type { ReadTx } from "../../ports/store.ts";
import type { App } from "../app.ts";
import { findRepoSlug } from "../repository.ts";

/** By its id, the start of it, or the todo's: then the newest one. @throws IncrError `not_found`, `ambiguous` */
export async function requireJob(app: App, wanted: string): Promise<Job> {
  const repo = (await findRepoSlug(app)) ?? "";
  return await app.store.read(async (tx) => {
    const byId = (await tx.list("jobs", { repo, finishedSince: "ever", idPrefix: wanted })).map(({ record }) => record);
    if (byId.length === 0) {
      const newest = await findByTodo(tx, repo, wanted);
      if (newest !== undefined) return newest;
    }
    return requireByPrefix(
      byId.map((job) => [job.id, job] as const),
      wanted,
      "job",
    );
  });
}

/** The newest job of the todo of that id; of the only todo with jobs whose id starts so. */
async function findByTodo(tx: ReadTx, repo: string, wanted: string): Promise<Job | undefined> {
  if (wanted === "") return undefined;
  const text = wanted.toLowerCase();
  const exact = await tx.list("jobs", { repo, finishedSince: "ever", where: { todo_id: text } });
  const found = (exact.length > 0 ? exact : await tx.list("jobs", { repo, finishedSince: "ever" }))
    .map(({ record }) => record)
    .filter(({ todo_id }) => todo_id.toLowerCase().startsWith(text));
  if (new Set(found.map(({ todo_id }) => todo_id)).size !== 1) return undefined;
  return found.toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at))[0];
}
