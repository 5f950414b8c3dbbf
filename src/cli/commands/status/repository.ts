/** `incr status` for a person: one screen, and nothing where there is nothing. */
import { formatDuration } from "../../../domain/duration.ts";
import type { StreamState } from "../../../domain/stream/next-step.ts";
import { formatBytes } from "../../../domain/size.ts";
import { describeHolder } from "../../../domain/workspace.ts";
import { formatAge } from "../../age.ts";
import type { Context } from "../../context.ts";
import { plainLine } from "../../plain.ts";
import { renderTable, type Column } from "../../table.ts";
import type { RepositoryAnswer } from "./answer.ts";

/** Rows of a section; the command at its end shows the others. */
const ROWS = 8;

export function renderRepository(status: RepositoryAnswer, ctx: Context): string {
  const sections = [
    section("in progress", workTable(status, ctx), ctx),
    section("workstreams", streamTable(status, ctx), ctx),
    section("workspaces", workspaceLines(status, ctx), ctx),
    section(`not merged into ${status.branches.base ?? ""}`, branchTable(status, ctx), ctx),
    section("rescues", rescueTable(status, ctx), ctx),
    section("workflows", workflowTable(status, ctx), ctx),
    section("journal", journalLine(status, ctx), ctx),
    section("needs attention", attentionLines(status, ctx), ctx),
  ].filter((text) => text !== "");
  const busy = workRows(status).length > 0;
  const next = busy ? null : nextStep(status, ctx);
  return [ctx.style.bold(plainLine(status.root)), ...sections, ...(next === null ? [] : [next])].join("\n\n");
}

function section(title: string, lines: string[], { style }: Context): string {
  if (lines.length === 0) return "";
  return [style.bold(title), ...lines.map((line) => `  ${line}`)].join("\n");
}

/** A table of at most `ROWS` rows, as lines. @param rest the command that shows all of them */
function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], ctx: Context, rest: string): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, ROWS);
  const width = ctx.stdout.width - 2;
  const [, ...lines] = renderTable(shown, columns, { width, style: ctx.style }).split("\n");
  return rows.length > ROWS ? [...lines, ctx.style.dim(`… and ${rows.length - ROWS} more: ${rest}`)] : lines;
}

interface WorkRow {
  todo: string;
  title: string;
  who: string;
  where: string;
  how: string;
  since: string;
}

/** Todos in progress with whoever works on them, then whatever else is active. */
function workRows({ todos, sessions, jobs, agent_sessions }: RepositoryAnswer): WorkRow[] {
  const rows = sessions.map((one) => ({
    todo: one.todo_id,
    title: one.title ?? one.topic ?? "",
    who: `session ${one.id}`,
    where: one.workspace,
    how: one.liveness,
    since: one.started_at,
  }));
  const others = todos.in_progress.filter(({ holder }) => holder === null);
  return [
    ...rows,
    ...jobs.map((job) => ({
      todo: job.todo_id,
      title: todos.in_progress.find(({ id }) => id === job.todo_id)?.title ?? "",
      who: `job ${job.id}`,
      where: job.workspace ?? "",
      how: job.paused_until === null ? (job.liveness === "running" ? job.stage : job.liveness) : "paused",
      since: job.started_at,
    })),
    ...agent_sessions.map((one) => ({
      todo: "",
      title: one.title ?? "",
      who: `agent session ${one.id}`,
      where: one.workspace ?? "",
      how: "active",
      since: one.started_at,
    })),
    ...others.map(({ id, title, started_at }) => ({ todo: id, title, who: "", where: "", how: "", since: started_at })),
  ];
}

function workTable(status: RepositoryAnswer, ctx: Context): string[] {
  const columns: Column<WorkRow>[] = [
    { header: "", value: (row) => row.todo, paint: (text, _row, style) => style.cyan(text) },
    { header: "", value: (row) => row.title, flexible: true },
    { header: "", value: (row) => row.who || "nobody known" },
    { header: "", value: (row) => row.where },
    { header: "", value: (row) => row.how, paint: (text, row, style) => (isFine(row.how) ? text : style.yellow(text)) },
    { header: "", value: (row) => formatAge(row.since, ctx.now()), align: "right" },
  ];
  return table(workRows(status), columns, ctx, "incr session list");
}

function isFine(liveness: string): boolean {
  return !["gone", "unknown", "lost", "orphaned", "paused"].includes(liveness);
}

function streamTable({ streams }: RepositoryAnswer, ctx: Context): string[] {
  type Row = (typeof streams)[number];
  const columns: Column<Row>[] = [
    { header: "", value: (one) => one.id, paint: (text, _one, style) => style.cyan(text) },
    { header: "", value: ({ tasks }) => `${tasks.completed}/${tasks.total} tasks`, align: "right" },
    {
      header: "",
      value: streamState,
      flexible: true,
      paint: (text, { state }, style) => (state === "broken" || state === "conflict" ? style.yellow(text) : text),
    },
    { header: "", value: (one) => one.command, paint: (text, _one, style) => style.dim(text) },
  ];
  return table(streams, columns, ctx, "work list --streams");
}

const WAITING: Partial<Record<StreamState, string>> = {
  planning: "the plan is not approved",
  tasks: "the tasks are not approved",
  ready: "ready to be run",
  blocked: "blocked",
  review: "a stage is done",
  unmerged: "done, and not merged",
};

function streamState({ state, running, broken, conflicts }: RepositoryAnswer["streams"][number]): string {
  const parts = [
    ...conflicts.map(({ batch }) => `conflict in batch ${batch}`),
    ...(running.length === 0 ? [] : [`runs ${running.map(({ thread }) => thread).join(", ")}`]),
    ...broken.map(({ thread, status }) => `${thread} ${status}`),
  ];
  return parts.length === 0 ? (WAITING[state] ?? "") : parts.join("; ");
}

/** Only those that somebody has, or that are not as they should be; the free ones are a number. */
function workspaceLines({ workspaces }: RepositoryAnswer, ctx: Context): string[] {
  if (workspaces.length === 0) return [];
  const free = workspaces.filter(({ state, holder }) => state === "free" || (state === "missing" && holder === null));
  const others = workspaces.filter((one) => !free.includes(one));
  type Row = (typeof workspaces)[number];
  const columns: Column<Row>[] = [
    { header: "", value: (one) => one.name, paint: (text, _one, style) => style.cyan(text) },
    {
      header: "",
      value: (one) => one.state.replace("_", " "),
      paint: (text, { state }, style) => (state === "missing" || state === "set_aside" ? style.yellow(text) : text),
    },
    { header: "", value: (one) => (one.holder === null ? "" : describeHolder(one.holder)) },
    { header: "", value: (one) => (one.since === null ? "" : formatAge(one.since, ctx.now())), align: "right" },
    { header: "", value: (one) => sizeText(one.bytes), align: "right" },
    { header: "", value: (one) => one.attention ?? one.purpose, flexible: true },
  ];
  const lines = table(others, columns, ctx, "incr workspace list");
  if (free.length === 0) return lines;
  const known = free.map(({ bytes }) => bytes).filter((bytes) => bytes !== null);
  const total = known.length < free.length ? "…" : formatBytes(known.reduce((sum, bytes) => sum + bytes, 0));
  return [...lines, ctx.style.dim(`${free.length} free, ${total} on disk`)];
}

function sizeText(bytes: number | null): string {
  return bytes === null ? "…" : formatBytes(bytes);
}

function branchTable({ branches }: RepositoryAnswer, ctx: Context): string[] {
  type Row = (typeof branches.unmerged)[number];
  const columns: Column<Row>[] = [
    { header: "", value: (one) => one.name, flexible: true, paint: (text, _one, style) => style.cyan(text) },
    { header: "", value: ({ commits }) => `${commits} commit${commits === 1 ? "" : "s"}`, align: "right" },
    { header: "", value: (one) => formatAge(one.committed_at, ctx.now()), align: "right" },
    { header: "", value: (one) => one.command, paint: (text, _one, style) => style.dim(text) },
  ];
  const all = "git branch --list 'incr/*' --no-merged";
  const lines = table(branches.unmerged, columns, ctx, all);
  const isCut = branches.unmerged.length > ROWS;
  return branches.more === 0 || isCut ? lines : [...lines, ctx.style.dim(`… and up to ${branches.more} more: ${all}`)];
}

function rescueTable({ rescues }: RepositoryAnswer, ctx: Context): string[] {
  type Row = (typeof rescues)[number];
  const columns: Column<Row>[] = [
    { header: "", value: (one) => one.name, paint: (text, _one, style) => style.cyan(text) },
    { header: "", value: (one) => one.reason, flexible: true },
    { header: "", value: (one) => formatAge(one.created_at, ctx.now()), align: "right" },
    {
      header: "",
      value: (one) => `incr rescue show ${one.name.split("-").at(-1)}`,
      paint: (text, _one, style) => style.dim(text),
    },
  ];
  return table(rescues, columns, ctx, "incr rescue list");
}

function workflowTable({ workflows }: RepositoryAnswer, ctx: Context): string[] {
  type Row = (typeof workflows)[number];
  const columns: Column<Row>[] = [
    { header: "", value: (one) => one.workflow, paint: (text, _one, style) => style.cyan(text) },
    { header: "", value: (one) => one.step, flexible: true },
    { header: "", value: (one) => one.branch },
    { header: "", value: (one) => formatAge(one.updated_at, ctx.now()), align: "right" },
    { header: "", value: (one) => `incr workflow get ${one.workflow}`, paint: (text, _one, style) => style.dim(text) },
  ];
  return table(workflows, columns, ctx, "incr workflow get");
}

function journalLine({ journal }: RepositoryAnswer, { style }: Context): string[] {
  if (journal === null) return [];
  const { id, notes, participants, age_seconds, idle_seconds } = journal;
  const facts = [
    `for ${formatDuration(age_seconds * 1000)}`,
    `${notes} note${notes === 1 ? "" : "s"}`,
    ...(participants.length === 0 ? [] : [`with ${participants.join(", ")}`]),
    ...(idle_seconds < 60 ? [] : [`quiet for ${formatDuration(idle_seconds * 1000)}`]),
  ];
  return [`${style.cyan(id)}  ${plainLine(facts.join(", "))}  ${style.dim("incr bye")}`];
}

function attentionLines({ attention }: RepositoryAnswer, { style }: Context): string[] {
  const lines = attention
    .slice(0, ROWS)
    .flatMap(({ message, command }) => [`${style.yellow("!")} ${plainLine(message)}`, `    ${style.cyan(command)}`]);
  const rest = attention.length - ROWS;
  return rest > 0 ? [...lines, style.dim(`… and ${rest} more: incr doctor`)] : lines;
}

function nextStep({ todos, streams }: RepositoryAnswer, { style }: Context): string | null {
  const [first] = todos.ready;
  if (first !== undefined) {
    const count = todos.ready.length === 1 ? "1 todo is ready" : `${todos.ready.length} todos are ready`;
    return `nobody is at work; ${count}: ${style.cyan(`incr session start ${first}`)}`;
  }
  if (todos.total > 0)
    return `nobody is at work, and none of ${todos.total} todos can be begun: ${style.cyan("incr todo list")}`;
  // Those say themselves what comes next.
  if (streams.length > 0) return null;
  return `nobody is at work, and nothing is to be done: ${style.cyan("incr todo create 'What is wanted'")}`;
}
