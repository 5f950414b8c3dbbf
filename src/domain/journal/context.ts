/** What an agent that begins should know of the journal, in few characters. */
import { describeCounts, plural } from "./counts.ts";
import type { CurrentSession, LastSession } from "./records.ts";
import type { JournalState } from "./state.ts";
import { lastActivity } from "./records.ts";
import { oneLine, shortened } from "./summary.ts";
import { localTime, type UtcOffset } from "./time.ts";

export interface ContextFacts {
  state: Pick<JournalState, "current_session" | "last_session" | "pending_todos">;
  workflows: readonly { workflow: string; step: string }[];
  utcOffset: UtcOffset;
}

/** The most that a hook injects. */
export const CONTEXT_LENGTH = 1500;

const NOTES = 3;
const LINE_LENGTH = 160;
const TITLE = "Work journal of this repository (incr)";

/** At most `CONTEXT_LENGTH` characters; what does not fit is left out from the end of each list. */
export function sessionContext({ state, workflows, utcOffset }: ContextFacts): string {
  const { current_session: current, last_session: last, pending_todos: todos } = state;
  const parts = [
    TITLE,
    ...(current === null ? ["No session is open: `incr hello` begins one."] : describeCurrent(current, utcOffset)),
    ...(last === null ? [] : [describeLast(last, utcOffset)]),
    ...list("Pending todos", todos),
    ...list(
      "Interrupted workflows (`incr workflow get <name>`)",
      workflows.map(({ workflow, step }) => `${workflow}, at ${step}`),
    ),
  ];
  const end =
    'Keep what matters with `incr log "…"`. `incr hello` shows more; `incr bye --summary "…" --todo "…"` ends the session.';
  const kept: string[] = [];
  let room = CONTEXT_LENGTH - end.length;
  for (const part of parts) {
    const line = shortened(part, Math.min(room - 1, part.length));
    if (room < 20) break;
    kept.push(line);
    room -= line.length + 1;
  }
  return [...kept, end].join("\n");
}

/** The same for a journal whose state cannot be read. */
export function damagedContext(problem: string): string {
  return shortened(
    `${TITLE}\nIts state cannot be read: ${problem}\nNotes are kept all the same: \`incr log "…"\``,
    CONTEXT_LENGTH,
  );
}

function describeCurrent(session: CurrentSession, utcOffset: UtcOffset): string[] {
  const where = session.branch === null ? "" : ` on ${session.branch}`;
  const notes = session.quick_notes.slice(-NOTES);
  const seen = moment(lastActivity(session), utcOffset);
  return [
    `Open session ${session.id}${where}, since ${moment(session.started, utcOffset)}, last sign of life ${seen}, ${plural(session.quick_notes.length, "note")}`,
    ...notes.map(({ time, note }) => `- ${localTime(time, utcOffset).clock} ${shortened(oneLine(note), LINE_LENGTH)}`),
  ];
}

function describeLast(last: LastSession, utcOffset: UtcOffset): string {
  const summary = shortened(oneLine(last.summary), 2 * LINE_LENGTH);
  return `Last session ${last.id}, ended ${moment(last.ended, utcOffset)}, ${describeCounts(last)}: ${summary}`;
}

function list(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, 5).map((item) => `- ${shortened(oneLine(item), LINE_LENGTH)}`);
  const rest = items.length - shown.length;
  return [`${title}:`, ...shown, ...(rest > 0 ? [`- and ${rest} more`] : [])];
}

function moment(time: string, utcOffset: UtcOffset): string {
  const { date, clock } = localTime(time, utcOffset);
  return `${date} ${clock}`;
}
