/** Answers of the session commands under `--json`, and how a started or ended session is told to a person. */
import * as v from "valibot";
import { count } from "../../../domain/count.ts";
import { sessionSchema } from "../../../domain/records.ts";
import type { Ending } from "../../../usecases/session/end.ts";
import type { Taken } from "../../../usecases/workspace/take.ts";
import type { Session } from "../../../domain/records.ts";
import { LEASE_VARIABLES, leaseEnvironment } from "../../../usecases/lease.ts";
import type { Context } from "../../context.ts";
import type { Style } from "../../style.ts";

export const startAnswer = v.object({
  session: sessionSchema,
  /** Absolute path of the workspace. */
  path: v.string(),
  workspace: v.string(),
  branch: v.nullable(v.string()),
  /** What the shell and the children of this session carry. */
  env: v.record(v.string(), v.string()),
  /** Rescue that was brought back by `resume`. */
  rescue: v.nullable(v.string()),
});
export type StartAnswer = v.InferOutput<typeof startAnswer>;

/** Changes the calling shell, and gives the answer of `start` and `resume`. */
export function enterSession(ctx: Context, taken: Taken, session: Session, rescue: string | null): StartAnswer {
  const env = leaseEnvironment({
    lease_id: taken.lease.lease_id,
    path: taken.workspace.path,
    session_id: session.id,
    todo_id: session.todo_id,
    ...(taken.lease.port === undefined ? {} : { port: taken.lease.port }),
  });
  ctx.shell.unsetEnv(LEASE_VARIABLES);
  ctx.shell.setEnv(env);
  ctx.shell.cd(taken.workspace.path);
  return {
    session,
    path: taken.workspace.path,
    workspace: taken.workspace.name,
    branch: session.branch ?? null,
    env,
    rescue,
  };
}

/** A process that is left of a session. */
export const survivorSchema = v.object({ pid: v.number(), command: v.string() });

export const endAnswer = v.object({
  session: sessionSchema,
  workspace: v.string(),
  /** Branch that holds the work; null if it held nothing and was removed. */
  branch: v.nullable(v.string()),
  /** Commits on it that are not in its base. */
  commits: v.number(),
  /** Another branch that the workspace was on in the end, with the commits on it that are not in the base. */
  other: v.nullable(v.object({ branch: v.string(), commits: v.number() })),
  merge: v.nullable(v.string()),
  /** Commit that was made of uncommitted work. */
  committed: v.nullable(v.string()),
  rescue: v.nullable(v.string()),
  /** Root of the main checkout. */
  root: v.string(),
  /** What could not be done because it was gone, or decided otherwise meanwhile. */
  skipped: v.array(v.string()),
  survivors: v.array(survivorSchema),
  /** Why the workspace is set aside. */
  attention: v.nullable(v.string()),
});
export type EndAnswer = v.InferOutput<typeof endAnswer>;

/** The end of a session as `--json` shows it. */
export function toEndAnswer(ending: Ending): EndAnswer {
  return { ...ending, rescue: ending.rescue?.name ?? null };
}

/** The shell goes back to the repository's root, without the lease; one that holds another lease goes on with that. */
export function leaveSession(ctx: Context, ending: Ending): EndAnswer {
  const carried = ctx.env["INCR_LEASE_ID"] || undefined;
  if (carried !== undefined && carried !== ending.session.lease_id) return toEndAnswer(ending);
  ctx.shell.unsetEnv(LEASE_VARIABLES);
  ctx.shell.cd(ending.root);
  return toEndAnswer(ending);
}

/** Where the work is, and the command that merges it. */
export function renderEnding(answer: EndAnswer, style: Style): string {
  const { session } = answer;
  const good = session.status === "completed";
  const word = good ? style.green("completed") : style.red("failed");
  const lines = [`${word} ${session.id}: todo ${session.todo_id} is ${good ? "done" : "open again"}`];
  const row = (name: string, text: string) => lines.push(`  ${style.dim(name.padEnd(8))} ${text}`);
  if (answer.branch !== null) {
    row(
      "work",
      `${style.cyan(answer.branch)} (${count(answer.commits, "commit")}${answer.committed === null ? "" : ", the last one made of uncommitted changes"})`,
    );
    if (answer.commits > 0) row("merge", `git -C ${quoted(answer.root)} merge ${answer.branch}`);
  }
  if (answer.other !== null) {
    row(
      answer.branch === null ? "work" : "also",
      `${style.cyan(answer.other.branch)} (${count(answer.other.commits, "commit")})`,
    );
    if (answer.merge !== null && answer.commits === 0)
      row("merge", `git -C ${quoted(answer.root)} merge ${answer.other.branch}`);
  } else if (answer.branch === null && answer.rescue === null && answer.attention === null) {
    row("work", "nothing was changed");
  }
  if (answer.rescue !== null) {
    row("rescue", style.cyan(answer.rescue));
    if (!good) row("resume", `incr session resume ${session.id}`);
  }
  for (const skipped of answer.skipped) row("skipped", skipped);
  if (answer.attention !== null) row("note", `${answer.workspace} is set aside: ${answer.attention}`);
  if (answer.survivors.length > 0) {
    const who = answer.survivors.map(({ pid, command }) => `${pid} ${command}`).join(", ");
    row("note", `still running, ${answer.workspace} is freed when they end: ${who}`);
  }
  return lines.join("\n");
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
