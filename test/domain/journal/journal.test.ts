import { describe, expect, test } from "vitest";
import { advance, type Facts, type Rules } from "../../../src/domain/journal/advance.ts";
import { readJournalConfig } from "../../../src/domain/journal/config.ts";
import { NO_COMMITS, type CommitCounts } from "../../../src/domain/journal/counts.ts";
import type { JournalEvent } from "../../../src/domain/journal/event.ts";
import { lastSign } from "../../../src/domain/journal/idle.ts";
import { code, reportMarkdown } from "../../../src/domain/journal/markdown.ts";
import { reportOf } from "../../../src/domain/journal/report.ts";
import { searchSessions } from "../../../src/domain/journal/search.ts";
import { startSession } from "../../../src/domain/journal/session.ts";
import { acceptJournal, emptyJournal, withBookkeeping, type JournalState } from "../../../src/domain/journal/state.ts";
import { firstLine, shortened, summarize } from "../../../src/domain/journal/summary.ts";
import { listTakeUps } from "../../../src/domain/journal/take-up.ts";
import { lengthOf, localTime, sessionId, utcSeconds } from "../../../src/domain/journal/time.ts";
import { findTodos } from "../../../src/domain/journal/todos.ts";

const utc = () => 0;
const PLACE = { branch: "main", worktree: ".", heads: { ".": "a".repeat(40) } };
const ANN = { name: "ann", kind: "person" } as const;
const at = (time: string) => `2026-01-07T${time}:00Z`;
const counts = (subjects: string[]): CommitCounts => ({
  ...NO_COMMITS,
  commits: subjects.length,
  commit_list: subjects.map((subject, n) => ({ id: String(n), subject })),
});

describe("times", () => {
  test("are local for people and UTC in files", () => {
    expect(utcSeconds(new Date("2026-01-07T14:30:00.999Z"))).toBe("2026-01-07T14:30:00Z");
    expect(localTime("2026-01-07T23:30:00Z", () => 345)).toEqual({
      date: "2026-01-08",
      clock: "05:15",
      zone: "+05:45",
    });
    expect(localTime("2026-01-07T02:00:00Z", () => -210)).toEqual({
      date: "2026-01-06",
      clock: "22:30",
      zone: "-03:30",
    });
  });

  test("give ids, with a number where one is taken", () => {
    const taken = new Set(["2026-01-07-T1430", "2026-01-07-T1430-2"]);
    expect(sessionId(at("14:30"), utc, (id) => taken.has(id))).toBe("2026-01-07-T1430-3");
  });

  test("have a length", () => {
    expect([-5, 0, 999, 1000, 9_000_000].map(lengthOf)).toEqual(["0s", "0s", "0s", "1s", "2h 30m"]);
  });
});

describe("a summary", () => {
  const note = (text: string) => ({ time: at("15:00"), note: text });
  test.each([
    [[], [], "No notes and no commits"],
    [["One"], ["c"], "One"],
    [["One\nmore", " \n Two\r\nx"], [], "One; Two"],
    [[], ["new", "old"], "old; new"],
    [["x".repeat(400)], [], `${"x".repeat(299)}…`],
    [["a".repeat(290), "b".repeat(20), "c"], [], `${"a".repeat(290)}; and 2 more notes`],
  ])("of the notes %j and the commits %j", (notes, subjects, expected) => {
    expect(summarize(notes.map(note), counts(subjects))).toBe(expected);
  });

  test("says nothing of commits that are not known", () => {
    expect(summarize([], { ...NO_COMMITS, commits: null })).toBe("No notes");
  });

  test("is cut between characters", () => {
    expect(shortened("a🙂b", 3)).toBe("a…");
    expect(firstLine("\n\n  x  y \n z")).toBe("x y");
  });
});

describe("the last sign of life", () => {
  const session = startSession("s", at("14:30"), PLACE);
  test.each([
    ["without moves", [], "14:30"],
    ["with a chain of moves", ["15:20", "14:55"], "15:20"],
    ["with a gap in the chain", ["14:55", "15:40"], "14:55"],
    ["with moves of before and after", ["14:00", "14:40", "16:30"], "14:40"],
  ])("%s", (_, moves, expected) => {
    expect(lastSign(session, moves.map(at), 30 * 60_000, at("16:00"))).toBe(at(expected));
  });
});

describe("events", () => {
  const rules: Rules = { idleMs: 30 * 60_000, autoCommit: false, utcOffset: utc, isTaken: () => false };
  const note = (time: string, text: string): JournalEvent => ({
    kind: "note",
    at: at(time),
    by: ANN,
    place: PLACE,
    note: text,
    status: null,
  });
  const event = (kind: "hello" | "prompt" | "presence" | "leave", time: string): JournalEvent => ({
    kind,
    at: at(time),
    by: ANN,
    place: PLACE,
  });
  const facts = (ends: [string, CommitCounts][] = [], moves: string[] = []): Facts => ({
    moves: new Map(["14:30", "16:00"].map((time) => [`2026-01-07-T${time.replace(":", "")}`, moves])),
    counts: new Map(ends),
  });
  const run = (state: JournalState, events: JournalEvent[], known: Facts) => {
    const next = advance(state, events, rules, known);
    if (next.kind === "missing") throw new Error(`missing ${next.question.kind}`);
    return next.progress;
  };

  test("are applied by their times, not in their order", () => {
    const { state } = run(emptyJournal(), [note("14:40", "two"), note("14:30", "one")], facts());
    expect(state.current_session).toMatchObject({
      id: "2026-01-07-T1430",
      quick_notes: [{ note: "one" }, { note: "two" }],
    });
  });

  test("end what was left alone in between, however often", () => {
    const known = facts([
      [`2026-01-07-T1430 ${at("14:30")}`, NO_COMMITS],
      [`2026-01-07-T1600 ${at("16:00")}`, counts(["c"])],
    ]);
    const { state, reports, started } = run(
      emptyJournal(),
      [note("14:30", "one"), note("16:00", "two"), note("18:00", "three")],
      known,
    );
    expect(started).toEqual(["2026-01-07-T1430", "2026-01-07-T1600", "2026-01-07-T1800"]);
    expect(reports).toMatchObject([
      { summary: "one", commits: 0 },
      { summary: "two", commits: 1 },
    ]);
    expect(state.incr?.unfinished).toEqual(reports);
  });

  test("ask git for what it alone knows, one question at a time", () => {
    const { state } = run(emptyJournal(), [event("hello", "14:30")], facts());
    const nothing: Facts = { moves: new Map(), counts: new Map() };
    expect(advance(state, [event("hello", "16:00")], rules, nothing)).toMatchObject({
      kind: "missing",
      question: { kind: "moves" },
    });
    expect(advance(state, [event("hello", "16:00")], rules, facts())).toMatchObject({
      kind: "missing",
      question: { kind: "counts", until: at("14:30") },
    });
    expect(advance(state, [event("hello", "15:00")], rules, nothing)).toMatchObject({ kind: "done" });
  });

  test.each([
    ["hello", true],
    ["prompt", true],
    ["presence", false],
    ["leave", false],
  ] as const)("of the kind %s begin a session: %s", (kind, begins) => {
    expect(run(emptyJournal(), [event(kind, "14:30")], facts()).state.current_session !== null).toBe(begins);
  });

  test("that only say that an agent is there do not end what was left alone", () => {
    const { state } = run(emptyJournal(), [event("hello", "14:30")], facts());
    for (const kind of ["presence", "leave"] as const) {
      expect(run(state, [event(kind, "18:00")], facts()).state.current_session?.last_activity).toBe(at("14:30"));
    }
  });

  test("of a prompt that is older than the last end begin nothing, a note does", () => {
    const ended: JournalState = {
      ...emptyJournal(),
      last_session: { id: "x", ended: at("15:00"), summary: "", branch: null, commits: 0, files_changed: 0 },
    };
    expect(run(ended, [event("prompt", "14:59")], facts()).state.current_session).toBeNull();
    // Times are whole seconds: it may well have come after the end.
    expect(run(ended, [event("prompt", "15:00")], facts()).state.current_session?.started).toBe(at("15:00"));
    expect(run(ended, [note("14:59", "late")], facts()).state.current_session?.quick_notes).toHaveLength(1);
  });
});

describe("the state", () => {
  test("keeps what it does not know, and fills in what is missing", () => {
    const accepted = acceptJournal({ extra: 1, current_session: { id: "a", started: at("14:30"), mood: "good" } });
    expect(accepted).toEqual({
      ok: true,
      value: {
        extra: 1,
        version: "1.0.0",
        current_session: {
          id: "a",
          started: at("14:30"),
          mood: "good",
          status: "active",
          branch: null,
          quick_notes: [],
        },
        last_session: null,
        pending_todos: [],
      },
    });
  });

  test.each([null, [], 1, { current_session: { id: "../x", started: at("14:30") } }, { pending_todos: [1] }])(
    "refuses %j",
    (raw) => {
      expect(acceptJournal(raw).ok).toBe(false);
    },
  );

  test("has no bookkeeping where there is nothing to keep", () => {
    const state = withBookkeeping(emptyJournal(), { merged: ["a"], commit_due: true });
    expect(state.incr).toEqual({ merged: ["a"], commit_due: true });
    expect(withBookkeeping(state, { merged: [], commit_due: false })).toEqual(emptyJournal());
  });
});

test("settings: the defaults stand where the file says nothing or something wrong", () => {
  expect(readJournalConfig(null)).toEqual({ config: { autoCommit: false, idleMinutes: 30 }, problems: [] });
  expect(readJournalConfig({ git: { auto_commit: true }, session: { idle_minutes: 7.5 } }).config).toEqual({
    autoCommit: true,
    idleMinutes: 7.5,
  });
  expect(readJournalConfig({ git: null, session: 3 })).toMatchObject({ problems: ["has no settings under `session`"] });
  expect(readJournalConfig("x").problems).toHaveLength(1);
});

test("pending todos are named by number or beginning", () => {
  const pending = ["Add tests", "Add docs", "2 things", "add"];
  expect(findTodos(pending, ["1", "add d", "ADD"])).toEqual(["Add tests", "Add docs", "add"]);
  expect(findTodos(pending, ["3"])).toEqual(["2 things"]);
  expect(() => findTodos(pending, ["ad"])).toThrow(expect.objectContaining({ code: "ambiguous" }));
  for (const wanted of ["x", "", "9"])
    expect(() => findTodos(pending, [wanted])).toThrow(expect.objectContaining({ code: "not_found" }));
});

test("a search takes words as they are, in any form of letters", () => {
  const session = {
    id: "a",
    started: at("14:30"),
    ended: null,
    summary: "Cafe\u0301 (a+b)*",
    quick_notes: [],
    pending_todos: [],
  };
  expect(searchSessions([session], ["CAFÉ", "(A+B)*"])).toHaveLength(1);
  expect(searchSessions([session], ["caf.", "x"])).toEqual([]);
});

test("what to take up: first of each kind, then the rest, at most four", () => {
  const candidates = {
    workflows: [{ workflow: "it's", step: "one" }],
    work_sessions: [],
    pending_todos: ["a", "b", "c"],
    ready_todos: [{ id: "k3", title: "Fix" }],
  };
  expect(listTakeUps(candidates)).toEqual([
    { what: "it's, interrupted at one", command: String.raw`incr workflow get 'it'\''s'` },
    { what: "a", command: null },
    { what: "Fix", command: "incr session start k3" },
    { what: "b", command: null },
  ]);
});

test("a report in Markdown: lists stay lists, code stays code", () => {
  const session = {
    ...startSession("s", at("14:30"), { ...PLACE, branch: "a`b" }),
    quick_notes: [{ time: at("14:40"), note: "one\n\n# two", by: "ann" }],
  };
  const report = reportOf(session, {
    ended: at("15:00"),
    ended_by: "bye",
    counts: { ...counts(["c"]), commits: 900 },
    uncommitted: null,
    pending_todos: ["a\nb"],
  });
  const text = reportMarkdown(report, utc);
  expect(text).toContain("- Branch: `` a`b ``\n");
  expect(text).toContain("- 14:40 ann:\n  one\n\n  # two\n");
  expect(text).toContain("- `0` c\n- and 899 more\n");
  expect(text).toContain("- [ ] a b\n");
  expect(code("x")).toBe("`x`");
});
