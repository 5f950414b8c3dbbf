import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommitMessage, parseReview } from "../../../src/domain/job/markers.ts";

describe("a review", () => {
  test.each<[string, string, string | undefined]>([
    ["ACCEPT", "ACCEPT", undefined],
    ["ACCEPT\n", "ACCEPT", undefined],
    ["accept", "ACCEPT", undefined],
    ["  Accept  \n\n", "ACCEPT", undefined],
    ["\n\n ACCEPT\n", "ACCEPT", undefined],
    ["\uFEFFACCEPT\r\n", "ACCEPT", undefined],
    ["**ACCEPT**", "ACCEPT", undefined],
    ["__Accept__", "ACCEPT", undefined],
    ["`ACCEPT`", "ACCEPT", undefined],
    ["ACCEPT\n\nWell done.\n", "ACCEPT", "Well done."],
    ["ACCEPT\nWell done.", "ACCEPT", "Well done."],
    ["REQUEST_CHANGES\n\na.ts:3 adds twice\n\nb.ts:1 too\n", "REQUEST_CHANGES", "a.ts:3 adds twice\n\nb.ts:1 too"],
    ["request_changes\r\n\r\na.ts:3\r\nb.ts:1\r\n", "REQUEST_CHANGES", "a.ts:3\nb.ts:1"],
    ["*Request_Changes*\n\n  indented\n", "REQUEST_CHANGES", "  indented"],
    ["Abandon\r\rIt cannot be done", "ABANDON", "It cannot be done"],
    ["ABANDON\n\nABANDON\nas I said", "ABANDON", "ABANDON\nas I said"],
    ["REQUEST_CHANGES\n\nI would ACCEPT it with tests", "REQUEST_CHANGES", "I would ACCEPT it with tests"],
  ])("%j is %s", (text, outcome, comments) => {
    expect(parseReview(text)).toEqual(comments === undefined ? { outcome } : { outcome, comments });
  });

  test.each<[string | null, string]>([
    [null, "there is no answer"],
    ["", "the answer is empty"],
    [" \r\n\t\n\uFEFF", "the answer is empty"],
    ["ACCEPT it", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["ACCEPT, but mend a.ts", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["ACCEPT | REQUEST_CHANGES | ABANDON", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["ACCEPTED", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["NOT ACCEPT", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["Outcome: ACCEPT", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["Looks good.\n\nACCEPT", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["REQUEST CHANGES\n\nwhy", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["**", "is not ACCEPT, REQUEST_CHANGES or ABANDON"],
    ["ACCEPT\nREQUEST_CHANGES\nABANDON\n\ncomments", "the answer says ACCEPT and REQUEST_CHANGES"],
    ["ACCEPT\n\ncomments\n\nABANDON", "the answer says ACCEPT and ABANDON"],
    ["REQUEST_CHANGES", "the answer is REQUEST_CHANGES without a word of why"],
    ["ABANDON\n \n\t\n", "the answer is ABANDON without a word of why"],
  ])("%j is none", (text, problem) => {
    expect(parseReview(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test("is shown in part where it is a whole book, and kept in part", () => {
    expect(parseReview("x".repeat(1000))).toEqual({ problem: expect.stringMatching(/: "x{79}…"$/) });
    const long = parseReview(`ABANDON\n\n${"😀".repeat(20_000)}`);
    expect("comments" in long && long.comments?.length).toBe(19_999);
    expect("comments" in long && long.comments?.endsWith("😀…")).toBe(true);
  });

  test("is an acceptance only if its first line is that word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("ACCEPT", "accept", "ABANDON", " ", "\n", "\r\n", "*", ",", "x")),
        (parts) => {
          const text = parts.join("");
          const read = parseReview(text);
          if ("outcome" in read && read.outcome === "ACCEPT") expect(text).toMatch(/^[\s*]*accept[\s*]*(?:[\r\n]|$)/i);
          if (/abandon/i.test(text) && !/accept/i.test(text)) expect(read).not.toMatchObject({ outcome: "ACCEPT" });
        },
      ),
    );
  });
});

describe("a commit message", () => {
  test.each<[string, string]>([
    ["Add a", "Add a\n"],
    ["\uFEFF\r\n Add a  \r\n\r\nSince b.\r\n\r\n", " Add a\n\nSince b.\n"],
    ["```\nAdd a\n\nSince b.\n```\n", "Add a\n\nSince b.\n"],
    ["```text\n\nAdd a\n```", "Add a\n"],
    ["~~~\nAdd a\n~~~", "Add a\n"],
    ["Add a\n\n```sh\nnpm test\n```", "Add a\n\n```sh\nnpm test\n```\n"],
    ["```\nAdd a", "```\nAdd a\n"],
    ["# Add a", "# Add a\n"],
  ])("%j is %j", (text, message) => {
    expect(parseCommitMessage(text)).toEqual({ message });
  });

  test.each<[string | null, string]>([
    [null, "there is none"],
    ["", "it is empty"],
    [" \r\n\n", "it is empty"],
    ["```\n\n```", "it is empty"],
    ["Add\0a", "it is not text"],
    ["x".repeat(20_000), "it has more than 20000 characters"],
  ])("%j is none", (text, problem) => {
    expect(parseCommitMessage(text)).toEqual({ problem });
  });
});
