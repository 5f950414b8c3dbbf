/** Taking over the records of another state file, such as one of another implementation of the format. */
import type { App } from "../app.ts";
import { planImport, type ImportPlan } from "./plan.ts";

export interface ImportRequest {
  /** Absolute path. */
  file: string;
  /** Only say what would be done. */
  dryRun: boolean;
}

/** Doing it twice is doing it once. @throws IncrError `not_found`, `corrupt`, `newer_state`: nothing is changed then */
export async function importState(app: App, { file, dryRun }: ImportRequest): Promise<ImportPlan> {
  const house = await app.house();
  const theirs = house.readStateFile(file);
  if (dryRun) return await app.store.read(async (tx) => await planImport(tx, theirs, house));
  return await app.store.transact(async (tx) => {
    const plan = await planImport(tx, theirs, house);
    for (const { collection, key, record } of plan.changes) await tx.put(collection, key, record);
    return plan;
  });
}
