/** Files that more than one thread of a batch names: what is done to them side by side may not fit together. */
import type { Plan, Section } from "./plan.ts";
import type { PlannedThread } from "../tasks/outline.ts";

export interface Clash {
  path: string;
  /** Ids of the threads that name it, in the order of the plan. */
  threads: string[];
}

/** What threads name in code spans of their words and looks like a file. What stands in code blocks does not count. @param threads those of one batch */
export function findClashes(plan: Plan, threads: readonly PlannedThread[]): Clash[] {
  const named = new Map<string, string[]>();
  for (const { id, thread } of threads) {
    const paths = new Set([thread.summary, thread.details].flatMap((section) => filesIn(plan, section)));
    for (const path of paths) named.set(path, [...(named.get(path) ?? []), id]);
  }
  return [...named].filter(([, ids]) => ids.length > 1).map(([path, ids]) => ({ path, threads: ids }));
}

function filesIn({ source, lines }: Plan, section: Section | null): string[] {
  if (section === null) return [];
  return lines
    .filter(({ kind, start, end }) => kind === "text" && end > section.start && start < section.end)
    .flatMap(({ start, end }) => [...source.slice(start, end).matchAll(/`([^`\s]+)`/g)])
    .map(([, text = ""]) => text.replace(/^\.\//, ""))
    .filter(isFile);
}

/** A name with an ending, with folders before it or not; no address, version, pattern or call. */
function isFile(text: string): boolean {
  return /^(?:[\w.@+-]+\/)*[\w@+-][\w.@+-]*\.[A-Za-z][A-Za-z0-9]{0,7}$/.test(text);
}
