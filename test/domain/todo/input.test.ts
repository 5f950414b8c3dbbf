import { describe, expect, test } from "vitest";
import {
  parseDescription,
  parsePriority,
  parseReason,
  parseTitle,
  parseTodoStatus,
  parseTodoType,
} from "../../../src/domain/todo/input.ts";

describe("a title", () => {
  test.each([
    ["Fix the login", "Fix the login"],
    ["  trimmed \t\n", "trimmed"],
    ["x".repeat(500), "x".repeat(500)],
    ["🧑‍🚀".repeat(100), "🧑‍🚀".repeat(100)],
    ["😀".repeat(500), "😀".repeat(500)],
    ["$(x) \"quotes\" 'and' --flags é", "$(x) \"quotes\" 'and' --flags é"],
  ])("%j is taken", (text, title) => {
    expect(parseTitle(text)).toBe(title);
  });

  test.each([
    ["", "the title is empty"],
    [" \t\n ", "the title is empty"],
    ["one\ntwo", "the title has more than one line"],
    ["one\rtwo", "the title has more than one line"],
    ["one\u2028two", "the title has more than one line"],
    ["red \u001B[31m", "the title has control characters"],
    ["tab\there", "the title has control characters"],
    ["nul\0", "the title has control characters"],
    ["c1 \u009B31m", "the title has control characters"],
    ["half \uD83D", "the title is not valid Unicode text"],
    ["x".repeat(501), "the title has 501 characters, 500 are allowed"],
    ["😀".repeat(501), "the title has 501 characters, 500 are allowed"],
  ])("%j is refused", (text, message) => {
    expect(() => parseTitle(text)).toThrow(
      expect.objectContaining({ code: "invalid_input", message, hint: expect.any(String) }),
    );
  });
});

test.each([
  ["text", "text"],
  ["  indented\n\n\tand \u001B[31m kept  \n \n", "  indented\n\n\tand \u001B[31m kept"],
  ["a\r\nb\r\n", "a\nb"],
  ["", undefined],
  [" \n\t\n", undefined],
])("the description %j is kept as %j", (text, description) => {
  expect(parseDescription(text)).toBe(description);
});

test("half a character in a description is refused, since it would come back as another one", () => {
  expect(() => parseDescription("x\uDE00")).toThrow("the description is not valid Unicode text");
});

test.each([
  ["0", 0],
  ["4", 4],
  ["p0", 0],
  ["P3", 3],
  [" 2 ", 2],
])("%j is the priority %d", (text, priority) => {
  expect(parsePriority(text)).toBe(priority);
});

test.each(["5", "-1", "", "high", "1.5", "p", "22", "p5"])("%j is not a priority", (text) => {
  expect(() => parsePriority(text)).toThrow(
    expect.objectContaining({ code: "invalid_input", hint: "use 0 (critical) to 4 (backlog)" }),
  );
});

test("types and statuses are read in any case", () => {
  expect(parseTodoType("BUG")).toBe("bug");
  expect(parseTodoStatus("In-Progress")).toBe("in_progress");
  expect(() => parseTodoType("chore")).toThrow('"chore" is not a type');
  expect(() => parseTodoStatus("finished")).toThrow('"finished" is not a status');
});

test("a reason of blanks is none", () => {
  expect(parseReason("  made by mistake\n")).toBe("made by mistake");
  expect(parseReason(" \n")).toBeUndefined();
});
