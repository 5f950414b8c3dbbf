/** The rules of workflows, without files. */
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { archiveName, renderArchive } from "../../src/domain/workflow-archive.ts";
import { nameProblem, requireStep } from "../../src/domain/workflow-name.ts";
import { workflowStateSchema } from "../../src/domain/workflow-schema.ts";
import {
  readWorkflow,
  requireContext,
  showWorkflow,
  takeStep,
  workflowTime,
  type WorkflowState,
} from "../../src/domain/workflow.ts";
import { DOCUMENTED } from "./files.ts";

const NOW = "2025-01-29T16:00:00Z";

describe("taking a step", () => {
  test("starts a workflow", () => {
    expect(takeStep(null, { step: "init", context: {} }, NOW)).toEqual({
      started_at: NOW,
      updated_at: NOW,
      step: "init",
      steps: ["init"],
      context: {},
    });
  });

  test("goes on: the start stays, the context is merged key by key, one level deep", () => {
    const before = { ...DOCUMENTED, context: { branch: "a", pr: { number: 8, draft: true }, kept: 1 } };
    const context = { branch: "b", pr: { number: 9 }, gone: null };
    expect(takeStep(before, { step: "git:pr:merge", context }, NOW)).toEqual({
      started_at: DOCUMENTED.started_at,
      updated_at: NOW,
      step: "git:pr:merge",
      steps: ["init", "git:pr:find", "git:pr:monitor", "git:pr:merge"],
      context: { branch: "b", pr: { number: 9 }, kept: 1, gone: null },
    });
  });

  test("goes back: only the current step changes", () => {
    const { step, steps } = takeStep(DOCUMENTED, { step: "init", context: {} }, NOW);
    expect({ step, steps }).toEqual({ step: "init", steps: DOCUMENTED.steps });
  });

  test("keeps what it does not know, and forgets a save that did not come about", () => {
    const archiving = { archive: "a.md", at: NOW, status: "completed" as const, notes: null };
    const before = { ...DOCUMENTED, owner: { name: "kim" }, archiving };
    expect(takeStep(before, { step: "init", context: {} }, NOW)).toEqual({
      ...DOCUMENTED,
      updated_at: NOW,
      step: "init",
      owner: { name: "kim" },
    });
  });

  test("follows the laws, whatever the steps", () => {
    const step = fc.constantFrom("init", "find", "monitor", "merge", "end", "__proto__", "constructor");
    const context = fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "toString"), fc.jsonValue(), {
      noNullPrototype: false,
    });
    fc.assert(
      fc.property(fc.array(fc.record({ step, context: context.map(asParsed) }), { minLength: 1 }), (taken) => {
        let state: WorkflowState | null = null;
        for (const [index, input] of taken.entries()) state = takeStep(state, input, time(index));
        const { started_at, updated_at, step, steps, context: merged } = state as unknown as WorkflowState;
        expect({ started_at, updated_at, step }).toEqual({
          started_at: time(0),
          updated_at: time(taken.length - 1),
          step: taken.at(-1)?.step,
        });
        expect(steps).toEqual([...new Set(taken.map((input) => input.step))]);
        const last = new Map(taken.flatMap((input) => Object.entries(input.context)));
        expect(new Map(Object.entries(merged))).toEqual(last);
        expect(readWorkflow(asParsed(state)).ok).toBe(true);
      }),
    );
  });

  const asParsed = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
  const time = (second: number) => workflowTime(new Date(Date.UTC(2025, 0, 29, 15) + second * 1000 + 999));
});

test("times have no fractions of a second", () => {
  expect(workflowTime(new Date("2025-01-29T15:00:00.999Z"))).toBe("2025-01-29T15:00:00Z");
});

test("a workflow is shown with its step first, and without what only a save needs", () => {
  const archiving = { archive: "a.md", at: NOW, status: "completed" as const, notes: null };
  const shown = JSON.stringify(showWorkflow({ ...DOCUMENTED, archiving }));
  expect(shown).toMatch(/^\{"step":"git:pr:monitor","context":\{"branch":"feat\/workflow-start","pr_number":8\},/);
  expect(JSON.parse(shown)).toEqual(DOCUMENTED);
});

describe("names", () => {
  test.each(["workflow:pr", "a", "pr 2", "été", "ws-1_x.y", "w".repeat(200), "archives"])("%s is one", (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  test.each([
    ["", "is empty"],
    ["a/b", "has a path separator in it"],
    ["a\\b", "has a path separator in it"],
    ["/etc/passwd", "has a path separator in it"],
    ["..", "begins with a dot"],
    [".hidden", "begins with a dot"],
    ["a..b", "has two dots in a row"],
    ["--all", "begins with a dash"],
    ["-x", "begins with a dash"],
    ["a\nb", "has a control character in it"],
    ["a\u0000b", "has a control character in it"],
    ["a\u0085b", "has a control character in it"],
    ["a\u2028b", "has a control character in it"],
    ["a\ud800b", "has a control character in it"],
    ["w".repeat(201), "is longer than 200 bytes"],
    ["é".repeat(101), "is longer than 200 bytes"],
  ])("%j is none: %s", (name, problem) => {
    expect(nameProblem(name)).toBe(problem);
  });

  test.each(["", "  ", "a\nb", "\u001b[31m"])("%j is no step", (step) => {
    expect(() => requireStep(step)).toThrow(IncrError);
  });
});

describe("a context", () => {
  test.each([
    [[1], "not a list"],
    [null, "not null"],
    ["text", "not a string"],
    [8, "not a number"],
  ])("%j is refused", (context, reason) => {
    expect(() => requireContext(context)).toThrow(reason);
  });
});

describe("an archive", () => {
  const save = {
    archive: "x.md",
    at: "2025-01-29T16:30:05Z",
    status: "failed" as const,
    notes: "CI blocked\n\n- twice\n",
  };

  test.each<[string, unknown, string]>([
    ["workflow:pr", "feat/xxx", "2025-01-29-workflow-pr-feat-xxx.md"],
    ["workflow:pr", undefined, "2025-01-29-workflow-pr.md"],
    ["workflow:pr", 8, "2025-01-29-workflow-pr.md"],
    ["workflow:pr", "///", "2025-01-29-workflow-pr.md"],
    ["Workflow: PR_2", "Feat/ÄÖ--x.y", "2025-01-29-workflow-pr-2-feat-äö-x-y.md"],
    [":", "main", "2025-01-29-workflow-main.md"],
    ["w".repeat(200), "b".repeat(300), `2025-01-29-${"w".repeat(179)}.md`],
    ["é".repeat(100), undefined, `2025-01-29-${"é".repeat(89)}.md`],
    ["a".repeat(178), "bb", `2025-01-29-${"a".repeat(178)}.md`],
  ])("of %s on %s is called %s", (workflow, branch, name) => {
    const state = { ...DOCUMENTED, context: branch === undefined ? {} : { branch } };
    expect(archiveName(workflow, state, save.at, 1)).toBe(name);
    expect(archiveName(workflow, state, save.at, 12)).toBe(name.replace(/\.md$/, "-12.md"));
    expect(new TextEncoder().encode(`.${name}-123456.4194304-zzzzzzzzzz.tmp`).length).toBeLessThan(256);
  });

  test("says how it went, what was known, and what the user says", () => {
    const state = {
      ...DOCUMENTED,
      context: { ...DOCUMENTED.context, text: "a\n```\nb" },
      owner: "kim",
      archiving: save,
    };
    expect(renderArchive("workflow:pr", state, save)).toBe(`# workflow:pr

- Status: failed
- Started: 2025-01-29T15:00:00Z
- Ended: 2025-01-29T16:30:05Z
- Duration: 1h 30m
- Last step: git:pr:monitor, set at 2025-01-29T15:05:00Z

## Steps

1. init
2. git:pr:find
3. git:pr:monitor

## Context

\`\`\`json
{
  "branch": "feat/workflow-start",
  "pr_number": 8,
  "text": "a\\n\`\`\`\\nb"
}
\`\`\`

## Other fields

\`\`\`json
{
  "owner": "kim"
}
\`\`\`

## Notes

CI blocked

- twice
`);
  });

  test("has no notes if there are none, and no time below zero", () => {
    const text = renderArchive("w", DOCUMENTED, { ...save, at: "2025-01-29T14:00:00Z", notes: " " });
    expect(text).not.toContain("Notes");
    expect(text).toContain("- Duration: 0s\n");
  });
});

describe("reading a file", () => {
  test.each<[string, unknown]>([
    ["context", { ...DOCUMENTED, context: undefined }],
    ["steps", { ...DOCUMENTED, steps: undefined }],
  ])("one without %s, as other programs write it, is completed", (key, raw) => {
    const expected = { ...DOCUMENTED, [key]: key === "context" ? {} : [DOCUMENTED.step] };
    expect(readWorkflow(JSON.parse(JSON.stringify(raw)))).toEqual({ ok: true, value: expected });
  });

  test.each<[string, unknown]>([
    ["", null],
    ["", []],
    ["", "text"],
    ["started_at", { ...DOCUMENTED, started_at: "yesterday" }],
    ["updated_at", { ...DOCUMENTED, updated_at: 8 }],
    ["step", { ...DOCUMENTED, step: "" }],
    ["steps", { ...DOCUMENTED, steps: "init" }],
    ["context", { ...DOCUMENTED, context: [] }],
    ["archiving", { ...DOCUMENTED, archiving: { archive: "../../x.md", at: NOW, status: "completed", notes: null } }],
    ["archiving", { ...DOCUMENTED, archiving: { archive: "x.md", at: NOW, status: "lost", notes: null } }],
  ])("one that is wrong at %j is refused", (path, raw) => {
    expect(readWorkflow(raw)).toMatchObject({ ok: false, issue: { path } });
  });

  test("agrees with the published schema", () => {
    const time = fc.constantFrom<unknown>("2025-01-29T15:00:00Z", "soon", 8, null);
    const raw = fc.record(
      {
        started_at: time,
        updated_at: time,
        step: fc.constantFrom<unknown>("init", "", 8),
        steps: fc.constantFrom<unknown>(["init"], [], [8], "init"),
        context: fc.constantFrom<unknown>({}, { a: 1 }, null, "text"),
        archiving: fc.record({
          archive: fc.constantFrom<unknown>("a.md", "a/b.md", ".a.md", "", 8),
          at: time,
          status: fc.constantFrom<unknown>("completed", "failed", "lost"),
          notes: fc.constantFrom<unknown>(null, "text", 8),
        }),
        other: fc.jsonValue(),
      },
      { requiredKeys: ["started_at", "updated_at", "step", "steps", "context"] },
    );
    fc.assert(
      fc.property(raw, (value) => {
        expect(readWorkflow(value).ok).toBe(v.safeParse(workflowStateSchema, value).success);
      }),
    );
  });
});
