import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FinishedSession, Session } from "../../src/domain/records.ts";
import { openHistory } from "../../src/store/history.ts";
import type { HistoryQuery } from "../../src/store/history-lines.ts";
import { makeTempDir } from "../support/temp.ts";
import { finishedSession, minute } from "./records.ts";

const everything: HistoryQuery = { wants: () => true, where: {} };

function newHistory(now: () => Date = () => new Date(minute(1_000))) {
  const folder = join(makeTempDir(), "history");
  const history = openHistory(folder, { fsync: false, now });
  const path = join(folder, "sessions.jsonl");
  const add = (...sessions: Session[]) =>
    history.append("sessions", new Map(sessions.map((session) => [`app/${session.id}`, session])));
  const keys = (query: Partial<HistoryQuery> = {}) =>
    history.list("sessions", { ...everything, ...query }, history.sizes()).map(({ key }) => key);
  const find = (key: string) => history.find("sessions", key, history.sizes());
  return { folder, history, path, add, keys, find };
}

describe("history", () => {
  test("is empty where there is none, and makes nothing to say so", () => {
    const { folder, history, keys, find } = newHistory();
    expect(keys()).toEqual([]);
    expect(find("app/a")).toBeUndefined();
    for (const report of history.check()) expect(report).toMatchObject({ lines: 0, bad: [] });
    expect(existsSync(folder)).toBe(false);
  });

  test("has one line of JSON for each record, for the owner only", () => {
    const { folder, path, add } = newHistory();
    add(finishedSession("a", 1), finishedSession("b", 2));
    expect(readFileSync(path, "utf8")).toBe(
      [
        `{"key":"app/a","at":"${minute(1_000)}","record":${JSON.stringify(finishedSession("a", 1))}}\n`,
        `{"key":"app/b","at":"${minute(1_000)}","record":${JSON.stringify(finishedSession("b", 2))}}\n`,
      ].join(""),
    );
    expect([statSync(folder), statSync(path)].map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o600]);
  });

  test("shows the last line of a key, newest first", () => {
    const { add, keys, find } = newHistory();
    add(finishedSession("a", 1), finishedSession("b", 2));
    add(finishedSession("a", 3, { topic: "again" }));
    expect(keys()).toEqual(["app/a", "app/b"]);
    expect(find("app/a")?.topic).toBe("again");
    expect(keys({ where: { topic: "again" } })).toEqual(["app/a"]);
    expect(keys({ where: { todo_id: "todo-a" } })).toEqual(["app/a"]);
  });

  test("dates its lines so that time never runs backwards, whatever the clock and the records say", () => {
    const times = [minute(100), minute(50), minute(60), minute(300)];
    const { path, add } = newHistory(() => new Date(times.shift()!));
    add(finishedSession("a", 1));
    add(finishedSession("b", 2));
    add(finishedSession("c", 200));
    add(finishedSession("d", 1, { completed_at: "9999-12-31T23:59:59.9999Z" }));
    const dates = readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { at: string }).at);
    expect(dates).toEqual([minute(100), minute(100), minute(200), "9999-12-31T23:59:59.999Z"]);
  });

  test("is read no further back than it has to", () => {
    let clock = 0;
    const { path, add, keys, history } = newHistory(() => new Date(minute(clock)));
    for (clock = 1; clock <= 40; clock += 1) {
      add(...Array.from({ length: 50 }, (_, n) => finishedSession(`s${clock}-${n}`, clock)));
    }
    const { size } = statSync(path);
    expect(size).toBeGreaterThan(500_000);
    expect(keys({ since: minute(40) })).toHaveLength(50);
    expect(keys({ since: minute(39) })).toHaveLength(100);
    // With its first half destroyed, the recent part is still read
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0, 0, size / 2));
    let parsed = 0;
    const counting: HistoryQuery = { ...everything, since: minute(40), wants: () => (parsed += 1) > 0 };
    expect(history.list("sessions", counting, history.sizes())).toHaveLength(50);
    expect(parsed).toBe(50);
  });

  test("survives what a crash in the middle of an append leaves, at every byte", () => {
    const { path, add, keys, find, history } = newHistory();
    add(finishedSession("a", 1), finishedSession("b", 2, { topic: "жизнь" }));
    const whole = statSync(path).size;
    add(finishedSession("c", 3));
    const full = readFileSync(path);
    for (let size = whole; size < full.length; size += 1) {
      writeFileSync(path, full.subarray(0, size));
      const isThere = size === full.length - 1;
      expect(keys(), String(size)).toEqual([...(isThere ? ["app/c"] : []), "app/b", "app/a"]);
      add(finishedSession("d", 4));
      expect(keys()[0]).toBe("app/d");
      expect(find("app/d")?.id).toBe("d");
      expect(find("app/b")?.topic).toBe("жизнь");
      const torn = size > whole && !isThere;
      expect(history.check()[0]?.bad).toEqual(torn ? [{ line: 3, problem: "is not JSON" }] : []);
    }
  });

  test("skips lines that cannot be read, and reports them", () => {
    const { path, add, keys, find, history } = newHistory();
    add(finishedSession("a", 1), finishedSession("b", 2));
    const good = readFileSync(path, "utf8");
    const line = (key: string, record: unknown) => JSON.stringify({ key, at: minute(1_000), record });
    appendFileSync(
      path,
      [
        "garbage",
        "",
        '{"at":"x"}',
        line("app/a", { ...finishedSession("a", 9), status: "asleep" }),
        line("app/b", finishedSession("b", 9)).slice(0, 60),
        "null",
        '{"key":"app/b","at":"',
      ].join("\n"),
    );
    expect(keys()).toEqual(["app/b", "app/a"]);
    expect(find("app/a")).toEqual(finishedSession("a", 1));
    expect(find("app/b")).toEqual(finishedSession("b", 2));
    expect(keys({ where: { status: "completed" } })).toEqual(["app/b", "app/a"]);
    const report = history.check()[0]!;
    expect(report).toMatchObject({ collection: "sessions", path, lines: 8 });
    expect(report.bad.map(({ line: number }) => number)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(report.bad.map(({ problem }) => problem)).toEqual([
      "is not JSON",
      "is not JSON",
      "has no key or no time",
      expect.stringMatching(/^sessions\.app\/a\.status: /),
      "is not JSON",
      "is not JSON",
      "is not finished",
    ]);
    expect(readFileSync(path, "utf8").startsWith(good)).toBe(true);
  });

  test("is not cut off by one line with a damaged time", () => {
    const { path, add, keys } = newHistory();
    add(finishedSession("a", 900), finishedSession("b", 910), finishedSession("c", 920));
    const lines = readFileSync(path, "utf8").split("\n");
    lines[2] = lines[2]!.replace(`"at":"2026`, `"at":"0026`);
    writeFileSync(path, lines.join("\n"));
    expect(keys({ since: minute(800) })).toEqual(["app/b", "app/a"]);
  });

  test("reads lines that somebody formatted by hand", () => {
    const { folder, path, keys, find } = newHistory();
    mkdirSync(folder);
    const record = finishedSession("a", 1, { topic: "by hand" });
    writeFileSync(
      path,
      `{ "at": "2026-01-07T02:00:00+01:00", "record": ${JSON.stringify(record)}, "key": "app/a" }\r\n`,
    );
    expect(keys({ where: { topic: "by hand" }, since: minute(0) })).toEqual(["app/a"]);
    expect(find("app/a")).toEqual(record);
  });

  test("ends where the reader's moment ended", () => {
    const { history, add } = newHistory();
    add(finishedSession("a", 1));
    const sizes = history.sizes();
    add(finishedSession("a", 2, { topic: "later" }), finishedSession("b", 3));
    expect(history.list("sessions", everything, sizes).map(({ record }) => record)).toEqual([finishedSession("a", 1)]);
    expect(history.find("sessions", "app/b", sizes)).toBeUndefined();
  });

  test("may be shorter than a reader expects", () => {
    const { path, history, add } = newHistory();
    add(finishedSession("a", 1));
    const { size } = statSync(path);
    add(finishedSession("b", 2));
    const sizes = history.sizes();
    truncateSync(path, size);
    expect(history.list("sessions", everything, sizes).map(({ key }) => key)).toEqual(["app/a"]);
  });
});

test("history gives what a plain reading of all lines gives, in files of any size", () => {
  const ids = fc.constantFrom("a", "ab", "b", "C", "é");
  const session = fc.record({
    id: ids,
    end: fc.nat({ max: 50 }),
    status: fc.constantFrom("completed", "failed"),
    size: fc.nat({ max: 9_000 }),
  });
  const queries = fc.record({
    since: fc.option(fc.nat({ max: 60 })),
    status: fc.option(fc.constantFrom("completed", "failed")),
  });
  fc.assert(
    fc.property(fc.array(session, { maxLength: 40 }), queries, (sessions, { since, status }) => {
      let clock = 0;
      const { add, keys, find } = newHistory(() => new Date(minute((clock += 1))));
      const records = sessions.map(({ id, end, status, size }) =>
        finishedSession(id, end, { status, topic: "x".repeat(size) }),
      );
      for (const record of records) add(record);
      const last = new Map<string, Session>();
      for (const record of records.toReversed()) if (!last.has(record.id)) last.set(record.id, record);
      const fitting = [...last.values()].filter(
        (record) =>
          (since === null || Date.parse((record as FinishedSession).completed_at) >= Date.parse(minute(since))) &&
          (status === null || record.status === status),
      );
      const where: Record<string, string> = status === null ? {} : { status };
      expect(keys({ ...(since === null ? {} : { since: minute(since) }), where })).toEqual(
        fitting.map(({ id }) => `app/${id}`),
      );
      for (const id of ["a", "ab", "b", "C", "é"]) expect(find(`app/${id}`)).toEqual(last.get(id));
    }),
    { numRuns: 200 },
  );
});
