/** Entries of ours in a JSON file that is somebody else's. */
import { describe, expect, test } from "vitest";
import { addEntries, removeEntries, type NotedEntries, type WantedEntry } from "../../src/domain/install-entries.ts";

const entry = (event: string, value: unknown = { run: `ours ${event}` }): WantedEntry => ({
  list: ["hooks", event],
  value,
  mark: `ours ${event}`,
});
const WANTED = [entry("Start"), entry("End")];

const add = (text: string | null, wanted = WANTED, noted?: NotedEntries, options = {}) =>
  addEntries(text, wanted, noted, options);
const actions = ({ entries }: { entries: { list: string; action: string }[] }) =>
  entries.map(({ list, action }) => `${action} ${list}`).join(", ");

describe("what was there before is there afterwards, to the byte:", () => {
  test.each([
    ["nothing", null],
    ["an empty object", "{}\n"],
    ["other settings", '{\n    "model": "x",\n    "hooks": {}\n}\n'],
    ["other hooks", '{"hooks":{"Start":[{"run":"theirs"}],"Stop":[]}}'],
    [
      "comments",
      '// mine\n{\n  "hooks": { // all\n    "Start": [\n      { "run": "a" }, // a\n    ], /* b */\n  },\n}\n',
    ],
    ["tabs and Windows", '{\r\n\t"hooks": {\r\n\t\t"End": [ ]\r\n\t}\r\n}'],
    ["an empty list that was there", '{ "hooks": { "Start": [] } }'],
  ])("%s", (_, before) => {
    const { text, noted } = add(before);
    expect(text).not.toBe(before);
    const again = add(text, WANTED, noted);
    expect(again).toMatchObject({ text, noted });
    expect(actions(again)).toBe("unchanged hooks.Start, unchanged hooks.End");
    expect(removeEntries(text, JSON.parse(JSON.stringify(noted)))).toEqual({
      text: before,
      entries: [
        { list: "hooks.Start", action: "remove" },
        { list: "hooks.End", action: "remove" },
      ],
    });
  });
});

describe("an entry", () => {
  const { text, noted } = add('{\n  "a": 1\n}\n');

  test("that was changed since is not ours any more, unless that is forced", () => {
    const changed = text!.replace('"run": "ours Start"', '"run": "ours Start", "timeout": 1');
    expect(actions(add(changed, WANTED, noted))).toBe("foreign hooks.Start, unchanged hooks.End");
    expect(add(changed, WANTED, noted).text).toBe(changed);
    const forced = add(changed, WANTED, noted, { force: true });
    expect(actions(forced)).toBe("update hooks.Start, unchanged hooks.End");
    expect(forced.text).toBe(text);
    const removed = removeEntries(changed, noted);
    expect(actions(removed)).toBe("remove hooks.End, foreign hooks.Start");
    expect(JSON.parse(removed.text!)).toEqual({ a: 1, hooks: { Start: [{ run: "ours Start", timeout: 1 }] } });
  });

  test("of an earlier version is brought up to date in its place, and one that is wanted no more goes", () => {
    const theirs = text!.replace('"Start": [', '"Start": [\n      { "run": "theirs" },');
    const next = add(theirs, [entry("Start", { run: "ours Start 2" })], noted);
    expect(actions(next)).toBe("update hooks.Start, remove hooks.End");
    expect(JSON.parse(next.text!).hooks).toEqual({ Start: [{ run: "theirs" }, { run: "ours Start 2" }], End: [] });
    expect(JSON.parse(removeEntries(next.text, next.noted).text!)).toEqual({
      a: 1,
      hooks: { Start: [{ run: "theirs" }] },
    });
  });

  test("that somebody took out is put in again", () => {
    const without = '{\n  "a": 1\n}\n';
    expect(actions(add(without, WANTED, noted))).toBe("create hooks.Start, create hooks.End");
    expect(removeEntries(without, noted)).toEqual({ text: without, entries: [] });
    expect(removeEntries(null, noted)).toEqual({ text: null, entries: [] });
  });

  test("in another order of keys, and laid out anew, is still ours", () => {
    const value = { run: "ours Start", timeout: 5 };
    const made = add(null, [entry("Start", value)]);
    const other = JSON.stringify({ hooks: { Start: [{ timeout: 5, run: "ours Start" }] } });
    expect(actions(add(other, [entry("Start", value)], made.noted))).toBe("unchanged hooks.Start");
    expect(removeEntries(other, made.noted).text).toBeNull();
  });

  test("put in by hand is taken for ours, not put in twice", () => {
    const byHand = '{ "hooks": { "Start": [ { "run": "sh -c \'ours Start\'" } ] } }';
    expect(actions(add(byHand))).toBe("foreign hooks.Start, create hooks.End");
  });
});

test("a file that came with us stays if something else is in it by now", () => {
  const { text, noted } = add(null);
  const more = text!.replace("{", '{\n  "model": "x",');
  expect(JSON.parse(removeEntries(more, noted).text!)).toEqual({ model: "x" });
  expect(removeEntries(text!.replace("{", "{ // mine"), noted).text).toMatch(/^\{ \/\/ mine\s*\}\n$/);
});

test.each([
  ["", "is not JSON: line 1, column 1: it ends where a value should be"],
  ['{\n  "hooks": {,}\n}', "is not JSON: line 2, column 13: a key should be here"],
  ["[]", "holds no JSON object"],
  ['{"hooks": []}', "has something else than an object in hooks"],
  ['{"hooks": {"Start": {}}}', "has something else than a list in hooks.Start"],
  ['{"hooks": {}, "hooks": {}}', "has hooks more than once"],
])("%j is refused", (text, problem) => {
  expect(() => add(text)).toThrow(problem);
});
