/** What has to be so before agents may begin: plan and tasks approved, the batches in front done, and the result of the stage before accepted. */
import { IncrError } from "../../domain/error.ts";
import { findUndoneBefore, unblockCommand, type BatchOutline } from "../../domain/stream/batches.ts";
import { recordForce, stageGate } from "../../domain/stream/approval.ts";
import { formatPartId, isWithin } from "../../domain/stream/id.ts";
import { listConflicts } from "../../domain/stream/merge.ts";
import { readBatches } from "./batches.ts";
import type { ThreadApp } from "./stream-branch.ts";
import { approvalEvent, changeEntry, readGates, type OpenStream } from "./streams.ts";

export interface Beginning {
  /** Number of the stage that work is to begin in. */
  stage: number;
  /** `01.02`, if its turn has to have come. */
  batch?: string | undefined;
  /** What is overruled beside. */
  overruled?: string | undefined;
}

/**
 * @param force go on all the same; what was overruled is recorded
 * @throws IncrError `rule` with the command that brings about what is missing
 */
export async function requireMayBegin(
  app: ThreadApp,
  stream: OpenStream,
  { stage, batch, overruled }: Beginning,
  force: boolean,
): Promise<void> {
  const missing = await listMissing(app, stream, stage, batch);
  const [first] = missing;
  if (first === undefined && overruled === undefined) return;
  const reason = [...missing.map(({ why }) => why), ...(overruled === undefined ? [] : [overruled])].join("; ");
  if (!force && first !== undefined) {
    throw new IncrError("rule", `nothing is run yet: ${reason}`, {
      hint: first.hint,
      data: { stream: stream.entry.id, missing: missing.map(({ gate }) => gate) },
    });
  }
  await changeEntry(app, stream.entry.id, (latest) =>
    recordForce(latest, { ...approvalEvent(app), command: app.command, reason }),
  );
  app.notify({ code: "forced", message: `forced: ${reason}`, data: { reason } });
}

/** The command that approves what is missing before work may begin in a stage; null if nothing is. */
export async function findMissingApproval(app: ThreadApp, stream: OpenStream, stage: number): Promise<string | null> {
  return (await listMissing(app, stream, stage))[0]?.hint ?? null;
}

/** Id of the first batch in front of this one that is not done, and that nobody has accepted as it is; null if there is none. */
export async function findBatchBefore(app: ThreadApp, stream: OpenStream, batch: string): Promise<string | null> {
  const isAccepted = (stage: number) => stageGate(stream.entry, stage).status === "approved";
  return findUndoneBefore(await readBatches(app, stream), batch, isAccepted)?.id ?? null;
}

interface Missing {
  /** `plan`, `tasks`, `batch 01.01`, `stage 01` */
  gate: string;
  why: string;
  hint: string;
}

async function listMissing(app: ThreadApp, stream: OpenStream, stage: number, batch?: string): Promise<Missing[]> {
  // Somebody may have taken an approval back, or given it, since the stream was opened.
  const entry = app.streams.readIndex().streams.find(({ id }) => id === stream.entry.id) ?? stream.entry;
  const gates = readGates(app, { ...stream, entry });
  const missing: Missing[] = [];
  for (const gate of ["plan", "tasks"] as const) {
    const { status, reason } = gates[gate];
    if (status === "approved") continue;
    // A plan that does not hold is the reason why the tasks do not
    if (gate === "tasks" && missing.length > 0) continue;
    const what = gate === "plan" ? "the plan is" : "the tasks are";
    const since = gate === "plan" ? "it was" : "the tasks were";
    const why = status === "changed" ? `${reason} since ${since} approved` : `${what} not approved`;
    missing.push({ gate, why, hint: `work approve ${gate}` });
  }
  const isAccepted = (number: number) => stageGate(entry, number).status === "approved";
  const before = batch === undefined ? null : findUndoneBefore(await readBatches(app, stream), batch, isAccepted);
  if (before !== null) {
    const why = `batch ${before.id} comes first, and is not done`;
    missing.push({ gate: `batch ${before.id}`, why, hint: `${finishCommand(before)}, or --force` });
  }
  if (stage > 1 && !isAccepted(stage - 1)) {
    const id = formatPartId([stage - 1]);
    const conflict = listConflicts(entry).find(({ batch }) => isWithin(batch, id));
    const why = `the result of stage ${id} is not approved`;
    // Approving the stage would be refused.
    if (conflict === undefined) missing.push({ gate: `stage ${id}`, why, hint: `work approve stage ${stage - 1}` });
    else {
      const both = `${why}, and the merge of batch ${conflict.batch} not resolved`;
      missing.push({ gate: `stage ${id}`, why: both, hint: "work fix --merge" });
    }
  }
  return missing;
}

/** What brings a batch to its end. */
function finishCommand({ id, threads }: BatchOutline): string {
  if (threads.some(({ state }) => state.running !== null)) return "work status";
  return unblockCommand(threads) ?? `work multi --batch ${id}`;
}
