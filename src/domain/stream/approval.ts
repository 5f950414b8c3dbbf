/** Gates: what was approved, by whom, and whether that still holds for what the files say now. */
import type { Approval, Forced, Gate, StreamEntry } from "./index-record.ts";

export interface ApprovalEvent {
  by: string;
  /** ISO time. */
  at: string;
}

export interface GateState {
  /** `changed`: it was approved, and edited since. */
  status: "approved" | "changed" | "revoked" | "none";
  by: string | null;
  at: string | null;
  /** Why it does not hold: for `revoked` what was said then, for `changed` what happened, such as `PLAN.md was edited`. */
  reason: string | null;
}

/** Whether the plan is approved as it stands; `hash` is that of PLAN.md now, null if there is none. */
export function planGate({ approval }: StreamEntry, hash: string | null): GateState {
  return gateState(approval, changeOf("PLAN.md", hash, approval?.plan_hash));
}

/** The same for the tasks. They hang on the plan: where that is no longer approved, or another than the prompts were made of, neither are they. @param hasTasks whether there is a tasks.json */
export function tasksGate(
  stream: StreamEntry,
  planHash: string | null,
  tasksHash: string | null,
  hasTasks = true,
): GateState {
  const { tasks } = stream.approval ?? {};
  const plan = planGate(stream, planHash);
  const planChange = plan.status === "changed" ? plan.reason : isOfPlan(stream) ? null : "PLAN.md was edited";
  const loss = hasTasks ? null : "tasks.json was removed";
  const own = gateState(tasks, changeOf("TASKS.md", tasksHash, tasks?.tasks_hash) ?? planChange ?? loss);
  if (!isGiven(stream, { gate: "tasks" })) return own;
  if (plan.status === "revoked") return { ...own, status: "revoked", reason: "along with the plan" };
  return plan.status === "none" ? { ...own, status: "none", reason: "the plan is not approved" } : own;
}

/** Whether the tasks were approved for the plan that is approved now. Other programs do not say which one it was: then they were. */
function isOfPlan({ approval }: StreamEntry): boolean {
  const of = approval?.tasks?.plan_hash ?? null;
  return of === null || of === approval?.plan_hash;
}

/** Whether the result of a stage was accepted. */
export function stageGate({ approval }: StreamEntry, stage: number): GateState {
  return gateState(approval?.stages?.[stageKey(approval, stage)], null);
}

/** What happened to a file since its approval; null if it is the same. */
function changeOf(file: string, hash: string | null, approvedHash: string | null | undefined): string | null {
  if (hash === null) return `${file} was removed`;
  return hash === approvedHash ? null : `${file} was edited`;
}

function gateState(gate: Gate | null | undefined, change: string | null): GateState {
  const by = gate?.approved_by ?? null;
  const at = gate?.approved_at ?? null;
  if (gate?.status === "revoked") return { status: "revoked", by, at, reason: gate.reason ?? null };
  if (gate?.status !== "approved") return { status: "none", by: null, at: null, reason: null };
  return { status: change === null ? "approved" : "changed", by, at, reason: change };
}

/** Files of other programs say `01` or `1`. */
function stageKey(approval: Approval | null | undefined, stage: number): string {
  const padded = String(stage).padStart(2, "0");
  return approval?.stages?.[padded] === undefined ? String(stage) : padded;
}

/** The stream with its plan approved. */
export function approvePlan(stream: StreamEntry, { by, at }: ApprovalEvent, planHash: string): StreamEntry {
  return withApproval(stream, at, { ...approved(stream.approval, { by, at }), plan_hash: planHash });
}

/** The stream with its tasks approved. */
export function approveTasks(
  stream: StreamEntry,
  { by, at }: ApprovalEvent,
  hashes: { tasks: string; plan: string },
): StreamEntry {
  const gate = approved(stream.approval?.tasks, { by, at });
  const tasks = { ...gate, tasks_hash: hashes.tasks, plan_hash: hashes.plan };
  return withApproval(stream, at, { tasks });
}

/** The stream with the result of a stage accepted. */
export function approveStage(stream: StreamEntry, { by, at }: ApprovalEvent, stage: number): StreamEntry {
  const stages = stream.approval?.stages ?? {};
  const key = stageKey(stream.approval, stage);
  return withApproval(stream, at, { stages: { ...stages, [key]: approved(stages[key], { by, at }) } });
}

function approved<G extends Gate>(gate: G | null | undefined, { by, at }: ApprovalEvent) {
  const { revoked_at: _at, revoked_by: _by, reason: _reason, ...rest } = gate ?? {};
  return { ...rest, status: "approved", approved_at: at, approved_by: by };
}

export type GateName = { gate: "plan" } | { gate: "tasks" } | { gate: "stage"; stage: number };

/** Whether that approval was given and not taken back, whatever has become of the files since. */
export function isGiven({ approval }: StreamEntry, name: GateName): boolean {
  if (name.gate === "plan") return approval?.status === "approved";
  if (name.gate === "tasks") return approval?.tasks?.status === "approved";
  return approval?.stages?.[stageKey(approval, name.stage)]?.status === "approved";
}

/** The stream with that approval taken back. */
export function revokeGate(
  stream: StreamEntry,
  name: GateName,
  { by, at }: ApprovalEvent,
  reason: string,
): StreamEntry {
  const revoked = (gate: Gate | null | undefined) => ({
    ...gate,
    status: "revoked",
    revoked_at: at,
    revoked_by: by,
    reason,
  });
  const { approval } = stream;
  if (name.gate === "plan") return withApproval(stream, at, revoked(approval));
  if (name.gate === "tasks") return withApproval(stream, at, { tasks: revoked(approval?.tasks) });
  const key = stageKey(approval, name.stage);
  return withApproval(stream, at, { stages: { ...approval?.stages, [key]: revoked(approval?.stages?.[key]) } });
}

/** The stream with a note that a rule was overruled. */
export function recordForce(stream: StreamEntry, forced: Forced): StreamEntry {
  return withApproval(stream, forced.at, { forced: [...(stream.approval?.forced ?? []), forced] });
}

function withApproval(stream: StreamEntry, at: string, changes: Partial<Approval>): StreamEntry {
  return { ...stream, updated_at: at, approval: { ...stream.approval, ...changes } };
}
