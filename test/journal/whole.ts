/** What must hold of a journal whatever was killed when, once the next command has run. */
import { expect } from "vitest";
import type { Desk } from "./desk.ts";

/**
 * Each confirmed note is once in a session and once in the daily logs, an attempted one at most once; each finished session has its two files and one entry in
 * the history; nothing is left to do or left over.
 */
export function expectWhole(
  desk: Desk,
  { confirmed, attempted = [] }: { confirmed: string[]; attempted?: string[] },
): void {
  const state = desk.state();
  const current = state.current_session;
  const names = desk.list(".work-shell/sessions");
  const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.replace(/\.json$/, ""));
  const reports = ids.map((id) => desk.report(id));
  const notes = [...reports, ...(current === null ? [] : [current])].flatMap(({ quick_notes: all }) =>
    all.map(({ note }: any) => note),
  );
  const logs = desk.logs();
  for (const note of confirmed) {
    expect({ note, in_sessions: timesIn(notes, note), in_logs: countLines(logs, note) }).toEqual({
      note,
      in_sessions: 1,
      in_logs: 1,
    });
  }
  for (const note of attempted) {
    const found = { in_sessions: timesIn(notes, note), in_logs: countLines(logs, note) };
    expect([
      { in_sessions: 0, in_logs: 0 },
      { in_sessions: 1, in_logs: 1 },
    ]).toContainEqual(found);
  }
  expect(names.toSorted()).toEqual(ids.flatMap((id) => [`${id}.json`, `${id}.md`]).toSorted());
  const history = desk.read("work-shell.md") ?? "";
  const entered = [...history.matchAll(/^### (.+)$/gm)].map(([, id]) => id ?? "");
  expect(entered.toSorted()).toEqual(ids.toSorted());
  const { log_tail: _written, merged: _removed, ...undone } = state.incr ?? {};
  expect(undone).toEqual({});
  expect(desk.list(".work-shell/spool").filter((name) => name.endsWith(".json"))).toEqual([]);
  expect(desk.list(".work-shell").filter((name) => name.endsWith(".tmp"))).toEqual([]);
  expect(desk.list(".").filter((name) => name.endsWith(".tmp"))).toEqual([]);
}

function timesIn(list: readonly string[], text: string): number {
  return list.filter((each) => each === text).length;
}

function countLines(text: string, line: string): number {
  return timesIn(text.split("\n"), line);
}
