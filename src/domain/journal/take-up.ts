/** What to take up next: what was interrupted first, then what was left to do, then what is wanted. */

/** One thing to go on with, and what to type for it; null if it is up to the reader. */
export interface TakeUp {
  what: string;
  command: string | null;
}

export interface Candidates {
  workflows: readonly { workflow: string; step: string }[];
  work_sessions: readonly { id: string; topic?: string | undefined }[];
  pending_todos: readonly string[];
  ready_todos: readonly { id: string; title: string }[];
}

const LIMIT = 4;

/** At most four, of each kind the first ones. */
export function listTakeUps(candidates: Candidates): TakeUp[] {
  const { workflows, work_sessions: sessions, pending_todos: pending, ready_todos: ready } = candidates;
  const kinds: TakeUp[][] = [
    workflows.map(({ workflow, step }) => ({
      what: `${workflow}, interrupted at ${step}`,
      command: `incr workflow get ${quoted(workflow)}`,
    })),
    sessions.map(({ id, topic }) => ({ what: topic ?? `session ${id}`, command: `incr session show ${id}` })),
    pending.map((todo) => ({ what: todo, command: null })),
    ready.map(({ id, title }) => ({ what: title, command: `incr session start ${id}` })),
  ];
  const firsts = kinds.flatMap(([first]) => (first === undefined ? [] : [first]));
  const rest = kinds.flatMap((kind) => kind.slice(1));
  return [...firsts, ...rest].slice(0, LIMIT);
}

function quoted(word: string): string {
  return /^[\w:./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
