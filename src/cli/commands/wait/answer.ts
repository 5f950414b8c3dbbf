/** The answer of `incr wait` and its kin, and the exit code that it comes with. */
import * as v from "valibot";
import type { WaitedFor } from "../../../usecases/wait.ts";
import type { Context } from "../../context.ts";
import { renderTable } from "../../table.ts";

export const waitAnswer = v.object({
  sessions: v.array(
    v.object({
      id: v.string(),
      kind: v.picklist(["session", "agent_session", "job", "stream", "thread"]),
      /** Of its record; what a stream waits for. */
      status: v.string(),
      /** `attention`: it will not end by itself. `running`: it had not ended when the time was over. */
      outcome: v.picklist(["completed", "failed", "attention", "running"]),
      why: v.nullable(v.string()),
    }),
  ),
});
export type WaitAnswer = v.InferOutput<typeof waitAnswer>;

/** A failure is told before what needs attention, and that before the end of the time. */
export function exitCodeOf(sessions: readonly WaitedFor[]): number {
  const is = (outcome: WaitedFor["outcome"]) => sessions.some((one) => one.outcome === outcome);
  if (is("failed")) return 1;
  if (is("attention")) return 7;
  return is("running") ? 124 : 0;
}

/** A line for each. */
export function renderWaited({ sessions }: WaitAnswer, { stdout, style }: Context): string {
  return renderTable(
    sessions,
    [
      { header: "ID", value: (one) => one.id, paint: (text) => style.cyan(text) },
      { header: "KIND", value: (one) => one.kind.replace("_", " ") },
      { header: "STATUS", value: statusOf },
      { header: "WHY", value: (one) => one.why, flexible: true },
    ],
    { width: stdout.width, style },
  );
}

/** What a stream waits for when it has ended well is no status of what was asked for. */
function statusOf({ outcome, status }: WaitAnswer["sessions"][number]): string {
  return outcome === "attention" ? "needs attention" : outcome === "completed" ? outcome : status;
}
