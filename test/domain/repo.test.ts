import { describe, expect, test } from "vitest";
import { matchRepo } from "../../src/domain/repo.ts";

const repos = [
  { key: "app", record: { source_path: "/src/app", uid: "u1" } },
  { key: "old", record: { source_path: "/src/old" } },
  { key: "reused", record: { source_path: "/src/reused", uid: "u3" } },
];

describe("which record a repository has", () => {
  test.each([
    ["its mark at its place", { root: "/src/app", uid: "u1" }, {}, { kind: "known", slug: "app" }],
    [
      "its mark at another place, and nothing at the old one",
      { root: "/new/app", uid: "u1" },
      {},
      { kind: "moved", slug: "app", from: "/src/app" },
    ],
    [
      "its mark at another place, and another repository at the old one",
      { root: "/new/app", uid: "u1" },
      { "/src/app": "u9" },
      { kind: "moved", slug: "app", from: "/src/app" },
    ],
    [
      "its mark at another place, and still at the old one",
      { root: "/new/app", uid: "u1" },
      { "/src/app": "u1" },
      { kind: "new", copied: true },
    ],
    [
      "no mark, at a place that is known from before there were marks",
      { root: "/src/old", uid: null },
      {},
      { kind: "known", slug: "old" },
    ],
    ["a mark that nobody knows, at such a place", { root: "/src/old", uid: "u2" }, {}, { kind: "known", slug: "old" }],
    [
      "no mark, at a place whose repository had one: it was made anew",
      { root: "/src/reused", uid: null },
      {},
      { kind: "new", copied: false },
    ],
    [
      "another mark, at a place whose repository had one",
      { root: "/src/reused", uid: "u4" },
      {},
      { kind: "new", copied: false },
    ],
    ["no mark, at a place that nobody knows", { root: "/src/else", uid: null }, {}, { kind: "new", copied: false }],
  ])("%s", (_what, seen, marks: Record<string, string>, expected) => {
    expect(matchRepo(repos, seen, (root) => marks[root] ?? null)).toEqual(expected);
  });
});
