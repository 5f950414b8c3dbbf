import { statSync } from "node:fs";
import { join } from "node:path";
import type * as v from "valibot";
import type { Notice } from "../../../domain/notice.ts";
import { describeConflict } from "../../../domain/stream/merge.ts";
import { streamStatus, type StreamStatus } from "../../../usecases/stream/status.ts";
import { openNamedStream, type StreamApp } from "../../../usecases/stream/streams.ts";
import { formatAgo } from "../../age.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { renderFields } from "../../fields.ts";
import { stateFolder } from "../../folders.ts";
import { renderTable } from "../../table.ts";
import type { status } from "../work.ts";
import type { statusAnswer } from "./answers.ts";
import { answerConflict } from "./merge-lines.ts";
import { paintStatus } from "./paint.ts";
import { streamApp } from "./world.ts";

export { statusAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof statusAnswer>;

export async function run(ctx: Context, { flags }: Input<typeof status>): Promise<Answer> {
  const app = streamApp(ctx);
  const warnings: Notice[] = [];
  const seen = streamStatus({ ...app, warn: (notice) => warnings.push(notice) }, flags.stream, flags.sessions);
  // What says that it runs may have died, and what has happened since may not be written down yet; else the rest of the world is not needed.
  const isOpen =
    seen.threads.some(({ running }) => running) ||
    seen.conflicts.some(({ conflict }) => conflict.resolving !== undefined);
  if (isOpen || isBehind(ctx, app, flags.stream)) {
    const conductor = await settleAndFind(ctx, flags.stream);
    return await answerOf(ctx, streamStatus(app, flags.stream, flags.sessions), conductor);
  }
  for (const warning of warnings) app.warn(warning);
  return await answerOf(ctx, seen, null);
}

async function answerOf(ctx: Context, status: StreamStatus, conductor: Answer["conductor"]): Promise<Answer> {
  const conflicts = status.conflicts.map(({ batch, conflict }) => answerConflict(batch, conflict));
  return { ...status, conflicts, conductor, next: status.next ?? (await findLastStep(ctx, status)) };
}

/** When all is done it still has to be taken over, for which git is asked. */
async function findLastStep(ctx: Context, { branch, merged, threads }: StreamStatus): Promise<string | null> {
  if (branch === null || merged.length === 0 || threads.some(({ running }) => running)) return null;
  const { findTakeover } = await import("./takeover.ts");
  return await findTakeover(ctx, branch);
}

/** Whether the state was changed after the stream's tasks. */
function isBehind(ctx: Context, app: StreamApp, name: string | undefined): boolean {
  const { files } = openNamedStream(app, name);
  const [state, tasks] = [join(stateFolder(ctx.env), "state.json"), join(files.path, "tasks.json")].map(changedAt);
  return state !== undefined && tasks !== undefined && state > tasks;
}

/** In ms; undefined if there is no such file. */
function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** Settles what died. @returns what carries out batches now */
async function settleAndFind(ctx: Context, stream: string | undefined): Promise<Answer["conductor"]> {
  const { findCarrier } = await import("./carrier.ts");
  return await findCarrier(ctx, stream);
}

export function render(answer: Answer, ctx: Context): string {
  const { stream, name, gates, tasks, threads, branch, merged, conflicts, next } = answer;
  const accepted = gates.stages.filter((gate) => gate.status === "approved").map((gate) => gate.stage);
  const counts = Object.entries(tasks).filter(([, number]) => number > 0);
  const running = threads.filter((thread) => thread.running).map(({ id }) => id);
  const resumable = threads.filter((thread) => thread.resumable).map(({ id }) => id);
  const fields = renderFields(
    [
      ["stream", `${stream}  ${name}`],
      ["plan", gateText(gates.plan, "it was", ctx)],
      [
        "tasks",
        `${gateText(gates.tasks, "they were", ctx)}${counts.length === 0 ? "" : `: ${counts.map(([what, number]) => `${number} ${what}`).join(", ")}`}`,
      ],
      ["stages", accepted.length === 0 ? undefined : `${accepted.join(", ")} accepted of ${gates.stages.length}`],
      ["running", running.length === 0 ? undefined : running.join(", ")],
      ["conductor", conductorText(answer.conductor)],
      ["merged", merged.length === 0 ? undefined : `${merged.join(", ")} into ${branch}`],
      ...conflicts.map((one) => ["conflict", conflictText(one)] as const),
      ["resumable", resumable.length === 0 ? undefined : resumable.join(", ")],
      ["next", next ?? undefined, ctx.style.cyan],
    ],
    ctx.style,
  );
  return [fields, ...(threads.length === 0 ? [] : [threadTable(threads, ctx)]), ...historyTable(threads, ctx)].join(
    "\n\n",
  );
}

function gateText({ status: state, by, at, reason }: Answer["gates"]["plan"], since: string, ctx: Context): string {
  const why = reason === null ? "" : `: ${reason}`;
  if (state === "none") return `not approved${why}`;
  if (state === "revoked") return `revoked${why}`;
  const who = `${by === null ? "" : ` by ${by}`}${at === null ? "" : ` ${formatAgo(at, ctx.now())}`}`;
  return state === "approved" ? `approved${who}` : `${reason} since ${since} approved${who}`;
}

function conductorText(conductor: Answer["conductor"]): string | undefined {
  if (conductor === null) return undefined;
  const { pid, batches, attach } = conductor;
  return `process ${pid} carries out ${batches.join(", ")}${attach === null ? "" : `; ${attach}`}`;
}

function conflictText({ batch, workspace, ...conflict }: Answer["conflicts"][number]): string {
  const where = workspace === null ? "" : `; being resolved in ${workspace}`;
  return `batch ${batch}: ${describeConflict(conflict)}${where}`;
}

type Thread = Answer["threads"][number];

function threadTable(threads: readonly Thread[], ctx: Context): string {
  return renderTable(
    threads,
    [
      { header: "THREAD", value: (one) => one.id, paint: (text, _one, style) => style.cyan(text) },
      {
        header: "STATUS",
        value: (one) => one.status,
        paint: (text, one, style) => paintStatus(text, one.status, style),
      },
      { header: "TASKS", value: (one) => `${one.tasks.completed}/${one.tasks.total}`, align: "right" },
      { header: "NAME", value: (one) => one.name, flexible: true },
      { header: "SESSIONS", value: (one) => String(one.sessions), align: "right" },
      {
        header: "LAST SESSION",
        value: (one) => one.last_session && `${one.last_session.status} ${formatAgo(one.last_session.at, ctx.now())}`,
        paint: (text, one, style) => paintStatus(text, one.last_session?.status ?? "", style),
      },
      { header: "AGENT", value: (one) => one.agent },
      { header: "RESUMABLE", value: (one) => (one.resumable ? "yes" : null) },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
}

function historyTable(threads: readonly Thread[], ctx: Context): string[] {
  const runs = threads.flatMap(({ id, history = [] }) => history.map((run) => ({ id, run })));
  if (runs.length === 0) return [];
  const table = renderTable(
    runs,
    [
      { header: "THREAD", value: ({ id }) => id, paint: (text, _one, style) => style.cyan(text) },
      { header: "STARTED", value: ({ run }) => run.startedAt },
      { header: "ENDED", value: ({ run }) => run.completedAt },
      {
        header: "STATUS",
        value: ({ run }) => run.status,
        paint: (text, { run }, style) => paintStatus(text, run.status, style),
      },
      { header: "EXIT", value: ({ run }) => run.exitCode?.toString(), align: "right" },
      { header: "AGENT", value: ({ run }) => run.agentName },
      { header: "MODEL", value: ({ run }) => run.model },
      { header: "SESSION", value: ({ run }) => run.sessionId ?? "not captured" },
    ],
    { width: ctx.stdout.width, style: ctx.style },
  );
  return [table];
}
