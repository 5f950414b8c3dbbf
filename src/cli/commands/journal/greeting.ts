/** What `incr hello` shows. */
import type * as v from "valibot";
import { describeCounts, describeWorkingTree, isClean, plural } from "../../../domain/journal/counts.ts";
import { lengthOf, localTime } from "../../../domain/journal/time.ts";
import { formatAge } from "../../age.ts";
import type { Context } from "../../context.ts";
import { paintId } from "../../id-prefix.ts";
import { utcOffset } from "../../who.ts";
import { plainLine } from "../../plain.ts";
import { cutText } from "../../width.ts";
import { describeClosed, type helloAnswer } from "./answers.ts";

type Greeting = v.InferOutput<typeof helloAnswer>;

const NOTES = 5;

/** The greeting as text; each section says what to type for it where that helps. */
export function renderGreeting(greeting: Greeting, ctx: Context): string {
  const { style } = ctx;
  const parts = [
    describeLast(greeting, ctx),
    [...describeSession(greeting, ctx), describeTree(greeting, ctx)].join("\n"),
    section(
      "Pending todos",
      greeting.pending_todos.map((todo, index) => `${index + 1}. ${plainLine(todo)}`),
      ctx,
    ),
    section(
      "Ready todos",
      greeting.ready_todos.map(({ id, short_id: short, title, priority }) => {
        return `${paintId(id, short.length, style)}  ${plainLine(title)}  ${style.dim(`priority ${priority}`)}`;
      }),
      ctx,
    ),
    section(
      "Active work sessions",
      greeting.work_sessions.map(
        (one) =>
          `${style.cyan(one.id)}  todo ${one.todo_id} in ${one.workspace_name}, ${age(one.started_at, ctx)}${one.topic === undefined ? "" : `: ${plainLine(one.topic)}`}`,
      ),
      ctx,
    ),
    section(
      "Interrupted workflows",
      greeting.workflows.map(
        ({ workflow, step, updated_at }) =>
          `${style.cyan(plainLine(workflow))}  at ${plainLine(step)}, ${age(updated_at, ctx)}`,
      ),
      ctx,
    ),
    section("Take up", takeUps(greeting, ctx), ctx),
  ];
  return parts.filter((part) => part !== undefined).join("\n\n");
}

function describeLast({ closed, last_session: last, is_new: isNew }: Greeting, ctx: Context): string | undefined {
  const { style } = ctx;
  const lines = describeClosed(closed, ctx);
  if (lines.length > 0) return lines.join("\n");
  if (last === null) {
    if (!isNew) return undefined;
    return `Welcome. This journal keeps what is done here: \`incr log "…"\` notes something, \`incr bye\` ends the session with a report.`;
  }
  const where = last.branch === null ? "" : ` on ${plainLine(last.branch)}`;
  return `Last session ${style.cyan(last.id)}, ended ${age(last.ended, ctx)}${where}, ${describeCounts(last)}\n  ${plainLine(last.summary)}`;
}

function describeSession({ session, is_new: isNew, branch }: Greeting, ctx: Context): string[] {
  const { style } = ctx;
  const where = branch === null ? "" : ` on ${plainLine(branch)}`;
  if (isNew) return [`Session ${style.cyan(session.id)} began${where}`];
  const notes = session.quick_notes;
  const length = lengthOf(ctx.now().getTime() - Date.parse(session.started));
  return [
    `Session ${style.cyan(session.id)} is running${where}, for ${length}, ${plural(notes.length, "note")}`,
    ...notes.slice(-NOTES).map(({ time, note, by }) => {
      const head = `${localTime(time, utcOffset).clock} ${by === undefined ? "" : `${plainLine(by)}: `}`;
      return `  ${style.dim(head)}${cutText(plainLine(note), ctx.stdout.width - head.length - 2)}`;
    }),
  ];
}

function describeTree({ uncommitted }: Greeting, { style }: Context): string {
  if (uncommitted === null) return style.dim("Uncommitted changes: not known");
  if (isClean(uncommitted)) return style.dim("Nothing is uncommitted");
  return style.yellow(`Pending changes, not committed: ${describeWorkingTree(uncommitted)}`);
}

function takeUps({ take_up: all }: Greeting, { style }: Context): string[] {
  return all.map(
    ({ what, command }) => `${plainLine(what)}${command === null ? "" : `  ${style.cyan(plainLine(command))}`}`,
  );
}

function section(title: string, lines: readonly string[], { style }: Context): string | undefined {
  if (lines.length === 0) return undefined;
  return [style.bold(title), ...lines.map((line) => `  ${line}`)].join("\n");
}

function age(time: string, ctx: Context): string {
  const text = formatAge(time, ctx.now());
  return text === "now" ? "just now" : `${text} ago`;
}
