/** Work sessions: one attempt at a todo in a workspace. Pure transitions; the rules are those of the documented session commands. */
import { IncrError } from "./error.ts";
import type { ActiveSession, FailureReason, FinishedSession, Session } from "./records.ts";
import { secondsInAll, secondsUntil } from "./worked.ts";

export interface NewSession {
  id: string;
  repo: string;
  todo_id: string;
  workspace_name: string;
  topic: string;
  lease_id: string;
  lease_kind: "held" | "process";
  /** Chosen before git makes it, so that whoever finds a start that was cut off knows what to look for. */
  branch: string;
  base: string;
}

/** The attempt from its reservation on. @param now ISO time */
export function startSession(input: NewSession, now: string): ActiveSession {
  return { ...input, status: "active", started_at: now, updated_at: now };
}

export interface SessionEnd {
  exit_code?: number;
  head?: string;
  rescue?: string;
  branch_removed?: boolean;
  stood_at?: { commit: string; branch: string | null };
}

/** @throws IncrError `rule` if it is not active */
export function completeSession(session: Session, end: SessionEnd, now: string): FinishedSession {
  const active = requireActive(session);
  return { ...active, ...end, status: "completed", ...ending(active, now) };
}

/** @throws IncrError `rule` if it is not active */
export function failSession(
  session: Session,
  end: SessionEnd & { reason: FailureReason; signal?: string },
  now: string,
): FinishedSession {
  const active = requireActive(session);
  return { ...active, ...end, status: "failed", ...ending(active, now) };
}

export interface Resumption {
  workspace_name: string;
  lease_id: string;
  lease_kind: "held" | "process";
}

/** Makes a failed attempt live again: same id, same branch, a new lease. @throws IncrError `rule` if it is not `failed` */
export function resumeSession(session: Session, input: Resumption, now: string): ActiveSession {
  const failed = requireResumable(session);
  const { completed_at, exit_code, duration_seconds, head, rescue, branch_removed, stood_at, reason, signal, ...kept } =
    failed;
  void [completed_at, exit_code, duration_seconds, head, rescue, branch_removed, stood_at, reason, signal];
  return {
    ...kept,
    ...input,
    status: "active",
    updated_at: now,
    resumed_at: now,
    earlier_seconds: secondsInAll(failed),
  };
}

/** @throws IncrError `rule`, with what to do instead */
export function requireResumable(session: Session): Extract<Session, { status: "failed" }> {
  switch (session.status) {
    case "failed":
      return session;
    case "active":
      throw new IncrError(
        "held",
        `session ${session.id} is active in ${session.workspace_name}; there is nothing to resume`,
        {
          hint: `incr session show ${session.id}`,
        },
      );
    case "completed":
      throw new IncrError("rule", `session ${session.id} is completed`, {
        hint: `incr todo reopen ${session.todo_id} && incr session start ${session.todo_id}`,
      });
  }
}

/** The exit code that a shell would show: a child's own, or 128 + the number of the signal that killed it. */
export function recordedExitCode(code: number | null, signalNumber: number | null): number {
  return code ?? 128 + (signalNumber ?? 0);
}

function requireActive(session: Session): ActiveSession {
  if (session.status === "active") return session;
  throw new IncrError("rule", `session ${session.id} is ${session.status} already`, {
    hint: `incr session show ${session.id}`,
    data: { session_id: session.id, status: session.status },
  });
}

function ending(session: ActiveSession, now: string) {
  return { updated_at: now, completed_at: now, duration_seconds: Math.round(secondsUntil(session, now)) };
}
