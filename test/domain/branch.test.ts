import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rescueName, rescueRef, sessionBranch, slugOfTitle } from "../../src/domain/branch.ts";
import { runProcess } from "../support/process.ts";

describe("the slug of a title", () => {
  test.each([
    ["Fix the login", "fix-the-login"],
    ["  Überprüfe: die Größe!  ", "uberprufe-die-gro-e"],
    ["Don't panic", "dont-panic"],
    ["日本", ""],
    ["...", ""],
    ["a/b\\c..d@{e}~f^g:h?i*j[k", "a-b-c-d-e-f-g-h-i-j-k"],
    ["A sentence that is by far too long to be the name of a branch", "a-sentence-that-is-by-far-too-long-to-be"],
    [`${"x".repeat(60)} y`, "x".repeat(40)],
  ])("%j", (title, slug) => {
    expect(slugOfTitle(title)).toBe(slug);
  });
});

describe("the branch of a session", () => {
  test("takes the first name that is free", () => {
    expect(sessionBranch("k3j2h1g4", "Fix it", new Set())).toBe("incr/k3j2h1g4-fix-it");
    expect(sessionBranch("k3j2h1g4", "Fix it", new Set(["incr/k3j2h1g4-fix-it"]))).toBe("incr/k3j2h1g4-fix-it-2");
    const taken = ["incr/k3j2h1g4-fix-it", "incr/k3j2h1g4-fix-it-2", "incr/k3j2h1g4-fix-it-3"];
    expect(sessionBranch("k3j2h1g4", "Fix it", new Set(taken))).toBe("incr/k3j2h1g4-fix-it-4");
    expect(sessionBranch("k3j2h1g4", "日本", new Set())).toBe("incr/k3j2h1g4");
  });

  test("of any title is a name that git accepts, and never one that is taken", async () => {
    const names = new Set<string>();
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (title) => {
        const name = sessionBranch("k3j2h1g4", title, names);
        expect(names.has(name)).toBe(false);
        names.add(name);
      }),
      { numRuns: 300 },
    );
    const script = [...names].map((name) => `git check-ref-format --branch '${name}' >/dev/null || echo '${name}'`);
    expect((await runProcess("sh", ["-c", script.join("\n")])).stdout).toBe("");
  });
});

test("the name of a rescue says where and when, sorts by time, and is no ref that git refuses", async () => {
  const ref = rescueRef("ws-001", new Date("2026-01-07T14:30:00.123Z"), "k3xq");
  expect(ref).toBe("refs/incr/rescue/ws-001/20260107T143000.123Z-k3xq");
  expect(rescueName(ref)).toBe("ws-001/20260107T143000.123Z-k3xq");
  expect(rescueName(ref.replace("/rescue/", "/restored/"))).toBe("ws-001/20260107T143000.123Z-k3xq");
  expect(rescueRef("ws-001", new Date("2026-01-07T14:30:00.124Z"), "aaaa") > ref).toBe(true);
  expect((await runProcess("git", ["check-ref-format", ref])).code).toBe(0);
});
