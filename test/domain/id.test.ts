import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchPrefix, requireByPrefix, shortestUniquePrefixes } from "../../src/domain/id.ts";
import { idFor } from "../../src/store/ids.ts";

describe("an id", () => {
  test.each([
    ["todo-123", "eo7eckct"],
    ["", "4oymiquy"],
  ])("of %j is %s", (text, id) => {
    expect(idFor(text)).toBe(id);
  });

  test("has eight characters of base32", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(idFor(text)).toMatch(/^[a-z2-7]{8}$/);
      }),
    );
  });
});

describe("the shortest unique prefixes", () => {
  test.each([
    [[], {}],
    [["abcd"], { abcd: 1 }],
    [["abcd", "abef", "xyz"], { abcd: 3, abef: 3, xyz: 1 }],
    [["ab", "abc"], { ab: 2, abc: 3 }],
    [["AB1", "ab2"], { AB1: 3, ab2: 3 }],
    [["same", "same"], { same: 1 }],
  ])("of %j are %j", (ids, lengths) => {
    expect(Object.fromEntries(shortestUniquePrefixes(ids))).toEqual(lengths);
  });

  test("name their ids", () => {
    const ids = fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "b", "2"), minLength: 8, maxLength: 8 }));
    fc.assert(
      fc.property(ids, (all) => {
        for (const [id, length] of shortestUniquePrefixes(all)) {
          expect(matchPrefix(all, id.slice(0, length))).toMatchObject({ kind: "one", id });
          if (length > 1) expect(matchPrefix(all, id.slice(0, length - 1)).kind).toBe("many");
        }
      }),
    );
  });
});

describe("a prefix", () => {
  const ids = ["abcd2345", "abce2345", "xyzw2345", "xyzw"];
  test.each([
    ["abcd2345", "one", ["abcd2345"]],
    ["ABCD", "one", ["abcd2345"]],
    ["xyzw", "one", ["xyzw"]],
    ["XYZW", "one", ["xyzw"]],
    ["abc", "many", ["abcd2345", "abce2345"]],
    ["q", "none", []],
    ["", "none", []],
    ["abcd23456", "none", []],
  ])("%j: %s", (text, kind, candidates) => {
    expect(matchPrefix(ids, text)).toMatchObject({ kind, candidates });
  });

  test("prefers the very id to one that differs in letter case", () => {
    expect(matchPrefix(["Ab", "aB", "abc"], "aB")).toMatchObject({ kind: "one", id: "aB" });
    expect(matchPrefix(["Ab", "aB", "abc"], "ab")).toMatchObject({ kind: "many", candidates: ["Ab", "aB", "abc"] });
  });
});

describe("requireByPrefix", () => {
  const todos = new Map([
    ["abcd2345", "first"],
    ["abce2345", "second"],
  ]);

  test("gives the value", () => {
    expect(requireByPrefix(todos, "ABCD", "todo")).toBe("first");
  });

  test("says what is not there, and where to look", () => {
    expect(() => requireByPrefix(todos, "zz", "todo")).toThrow(
      expect.objectContaining({ code: "not_found", message: 'no todo "zz"', hint: "incr todo list" }),
    );
  });

  test("sends nobody to a command that there is not", () => {
    expect(() => requireByPrefix(todos, "zz", "agent session", "incr agent list")).toThrow(
      expect.objectContaining({ message: 'no agent session "zz"', hint: "incr agent list" }),
    );
  });

  test("names the candidates, and what to type to tell them apart", () => {
    expect(() => requireByPrefix(todos, "abc", "todo")).toThrow(
      expect.objectContaining({
        code: "ambiguous",
        message: '"abc" is the start of more than one todo: abcd2345, abce2345',
        hint: "type more of it, such as abcd or abce",
        data: { id: "abc", candidates: ["abcd2345", "abce2345"] },
      }),
    );
  });

  test("does not choose between two things of one id", () => {
    const pairs: [string, number][] = [
      ["ws-001", 1],
      ["ws-001", 2],
    ];
    expect(() => requireByPrefix(pairs, "ws-001", "workspace")).toThrow(
      expect.objectContaining({ code: "ambiguous", hint: "name the repository too" }),
    );
  });

  test("spells out ten candidates and counts the others", () => {
    const many = Array.from({ length: 12 }, (_, n): [string, number] => [`a${String(n).padStart(2, "0")}`, n]);
    expect(() => requireByPrefix(many, "a", "job")).toThrow(/a00, .*, a09, and 2 more$/);
  });

  test("does not take nothing for an id", () => {
    expect(() => requireByPrefix(todos, "", "todo")).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });
});
