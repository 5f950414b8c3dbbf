/** What has to be approved before agents may begin: the plan, the tasks, and the result of the stage before. */
import { IncrError } from "../../domain/error.ts";
import { recordForce, stageGate } from "../../domain/stream/approval.ts";
import { formatPartId, isWithin } from "../../domain/stream/id.ts";
import { listConflicts } from "../../domain/stream/merge.ts";
import { approvalEvent, changeEntry, readGates, type OpenStream, type StreamApp } from "./streams.ts";

/**
 * @param stage number of the stage that work is to begin in
 * @param force go on all the same; what was overruled is recorded
 * @throws IncrError `rule` with the command that approves what is missing
 */
export async function requireApproved(
  app: StreamApp,
  stream: OpenStream,
  stage: number,
  force: boolean,
): Promise<void> {
  const missing = listMissing(app, stream, stage);
  const [first] = missing;
  if (first === undefined) return;
  const reason = missing.map(({ why }) => why).join("; ");
  if (!force) {
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
export function findMissingApproval(app: StreamApp, stream: OpenStream, stage: number): string | null {
  return listMissing(app, stream, stage)[0]?.hint ?? null;
}

interface MissingApproval {
  gate: string;
  why: string;
  hint: string;
}

function listMissing(app: StreamApp, stream: OpenStream, stage: number): MissingApproval[] {
  // Somebody may have taken an approval back, or given it, since the stream was opened.
  const entry = app.streams.readIndex().streams.find(({ id }) => id === stream.entry.id) ?? stream.entry;
  const gates = readGates(app, { ...stream, entry });
  const missing: MissingApproval[] = [];
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
  if (stage > 1 && stageGate(entry, stage - 1).status !== "approved") {
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
