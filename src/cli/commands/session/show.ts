import * as v from "valibot";
import { count } from "../../../domain/count.ts";
import { sessionSchema } from "../../../domain/records.ts";
import { orphanWayOut } from "../../../usecases/session/life.ts";
import { showSession } from "../../../usecases/session/list.ts";
import { formatAgo } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import { renderFields } from "../../fields.ts";
import { formatDuration } from "../../../domain/duration.ts";
import type { show } from "../session.ts";
import { survivorSchema } from "./answers.ts";

export const answer = v.object({
  session: sessionSchema,
  /** Absolute path of the workspace while the session holds it. */
  path: v.nullable(v.string()),
  /** Commits on the branch that are not in its base; null if the branch is gone. */
  commits: v.nullable(v.number()),
  merge: v.nullable(v.string()),
  /** Of an active one. `held`: until somebody ends it. The others are about a run; `orphaned`: its process is gone, and something that it had started runs on. */
  liveness: v.nullable(v.picklist(["held", "running", "orphaned", "gone", "unknown"])),
  /** Of an orphaned one: what of it runs on, its command first. */
  survivors: v.array(survivorSchema),
});
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context, { args }: Input<typeof show>): Promise<Answer> {
  return await showSession(await settledApp(ctx), args.id);
}

export function render({ session, path, commits, merge, liveness, survivors }: Answer, ctx: Context): string {
  const failed = session.status === "failed" ? session : undefined;
  const finished = session.status === "active" ? undefined : session;
  const why = failed?.reason === undefined || failed.reason === "failed" ? "" : ` (${failed.reason.replace("_", " ")})`;
  return renderFields(
    [
      ["session", session.id],
      ["todo", session.todo_id],
      ["status", `${session.status}${why}${liveness === null || liveness === "held" ? "" : `, ${liveness}`}`],
      [
        "runs on",
        liveness === "orphaned" ? survivors.map(({ pid, command }) => `${pid} ${command}`).join(", ") : undefined,
      ],
      ["to end it", liveness === "orphaned" ? orphanWayOut({ session_id: session.id, survivors }) : undefined],
      ["topic", session.topic],
      ["workspace", path === null ? session.workspace_name : `${session.workspace_name}  ${path}`],
      [
        "branch",
        session.branch === undefined
          ? undefined
          : `${session.branch}${commits === null ? " (gone)" : ` (${count(commits, "commit")})`}`,
      ],
      ["started", `${formatAgo(session.started_at, ctx.now())}, ${session.started_at}`],
      [
        "ended",
        finished === undefined ? undefined : `${formatAgo(finished.completed_at, ctx.now())}, ${finished.completed_at}`,
      ],
      [
        "worked",
        finished?.duration_seconds === undefined ? undefined : formatDuration(finished.duration_seconds * 1000),
      ],
      ["exit", finished?.exit_code === undefined ? undefined : String(finished.exit_code)],
      ["signal", failed?.signal],
      ["rescue", finished?.rescue],
      ["merge", merge ?? undefined],
      ["resume", failed === undefined ? undefined : `incr session resume ${session.id}`],
    ],
    ctx.style,
  );
}
