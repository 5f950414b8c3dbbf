/** Reading plans: what is a heading and what only looks like one, and that no character is lost. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanMarkdown } from "../../src/domain/stream/markdown/scan.ts";
import { parsePlan } from "../../src/domain/stream/plan/parse.ts";
import { printPlan, type Plan } from "../../src/domain/stream/plan/plan.ts";
import { planTemplate } from "../../src/domain/stream/plan/template.ts";
import { GOOD_PLAN } from "./plans.ts";

const REAL = readFileSync(new URL("../fixtures/session-tracking.plan.md", import.meta.url), "utf8");

const names = (plan: Plan) =>
  plan.stages.map((stage) => ({
    [stage.name]: stage.batches.map((batch) => ({ [batch.name]: batch.threads.map((thread) => thread.name) })),
  }));

describe("a real plan", () => {
  const plan = parsePlan(REAL);

  test("is read whole, without a word against it", () => {
    expect(plan.diagnostics).toEqual([]);
    expect(plan.title).toBe("Session Tracking");
    expect(names(plan)).toEqual([
      {
        "Session Tracking Infrastructure": [
          { "Schema Extensions": ["Type Definitions", "Schema Validation"] },
          { "Session Capture": ["Execute Command Integration", "Multi Command Integration"] },
        ],
      },
      {
        "Command Refactoring": [
          { "Rename Fix to Add-Stage": ["Command Rename"] },
          { "New Fix Command": ["Fix Command Core", "Interactive UI"] },
        ],
      },
      {
        "Integration and Polish": [
          { Integration: ["Continue Command Update", "Status Command Enhancement"] },
          { "Documentation and Testing": ["Documentation Updates", "Error Handling"] },
        ],
      },
    ]);
    expect(plan.stages.map(({ asked }) => asked.map(({ open }) => open))).toEqual([
      [false, false],
      [false, false],
      [false],
    ]);
  });

  test("is printed as it was, byte for byte", () => {
    expect(printPlan(plan)).toBe(REAL);
  });

  test("keeps details as they stand there: nested lists, code, nothing of the footer", () => {
    const threads = plan.stages.flatMap(({ batches }) => batches.flatMap((batch) => batch.threads));
    for (const { details, summary } of threads) {
      expect(REAL).toContain(`**Summary:**\n${summary?.text}\n\n**Details:**\n${details?.text}\n`);
      expect(details?.text).not.toContain("Last updated");
    }
    expect(threads[0]?.details?.text).toContain("  interface Task {\n    // ... existing fields\n");
    expect(threads[2]?.details?.text).toContain("- Modify `src/cli/execute.ts`:\n  1. Before spawning");
    expect(threads.at(-1)?.details?.text).toMatch(/even if session tracking fails$/);
  });
});

const THREAD = "###### Thread 01: Form\n\n**Summary:**\nThe form.\n\n**Details:**\n";
/** The good plan with other details in its first thread. */
const withDetails = (details: string) => parsePlan(GOOD_PLAN.replace(`${THREAD}- do it`, () => `${THREAD}${details}`));
const detailsOf = (plan: Plan) => plan.stages[0]?.batches[0]?.threads[0]?.details?.text;

describe("what only looks like structure stays in the details", () => {
  test.each([
    ["a fence with headings, rules and a footer", "```md\n### Stage 09: No\n---\n*Last updated: x*\n# Plan: No\n```"],
    ["a fence of tildes with one of backticks in it", "~~~~\n```\n##### Batch 09: No\n~~~\n~~~~"],
    ["a longer fence around a shorter one", "````md\n```\n### Stage 09: No\n```\n### Stage 08: No\n````"],
    ["a fence in a nested list", "1. a\n   - b\n\n     ```sh\n     # comment\n     ---\n     ```\n2. c"],
    [
      "a fence in a list whose code has a blank line",
      "- a\n  ```\n  x\n\n### y\n  ```\n- b".replace("### y", "  ### y"),
    ],
    ["a fence with tabs before it", "-\ta\n\n\t```\n\t### Stage 09: No\n\t```"],
    ["a fence in a quote", "> ```\n> ### Stage 09: No\n> ```"],
    ["a comment over several lines", "x\n\n<!--\n### Stage 09: No\n\n- [ ] no\n-->\n\ny"],
    ["a comment on one line", "<!-- ### Stage 09: No -->\ny"],
    ["indented code", "x\n\n    # a shell comment\n    ## another\n\ny"],
    ["HTML that holds Markdown", "<pre>\n### Stage 09: No\n\n##### Batch 01: No\n</pre>"],
    ["a table", "| a | b |\n|---|---|\n| `#` | --- |"],
    ["rules", "a\n\n---\n\nb\n\n***\n\nc"],
    ["a footer in the middle of text", "a\n*Last updated: never*\nb"],
    ["nested lists", "- a\n  - b\n    - c\n      1. d\n\n         more of d\n- e"],
    ["a checklist", "- [ ] first\n- [x] second"],
    ["quotes that go on without a mark", "> a\nb\n> c"],
  ])("%s", (_name, details) => {
    const plan = withDetails(details);
    expect(plan.diagnostics).toEqual([]);
    expect(detailsOf(plan)).toBe(details);
    expect(names(plan)).toEqual(names(parsePlan(GOOD_PLAN)));
    expect(plan.stages[0]?.asked).toHaveLength(1);
  });

  test("a heading of another kind is kept where it stands, and reported", () => {
    const plan = withDetails("a\n\n#### Notes\n\nb");
    expect(detailsOf(plan)).toBe("a\n\n#### Notes\n\nb");
    expect(plan.diagnostics).toMatchObject([{ code: "unknown_heading", severity: "warning", line: 42 }]);
  });
});

test("stages behind the footer are stages, and the footer belongs to no thread", () => {
  const [head = "", tail = ""] = GOOD_PLAN.split("### Stage 02");
  const plan = parsePlan(
    `${head}---\n\n*Last updated: 2026-01-22*\n\n### Stage 02${tail}\n---\n\n*Last updated: 2026-01-23*\n`,
  );
  expect(plan.diagnostics).toEqual([]);
  expect(names(plan)).toEqual(names(parsePlan(GOOD_PLAN)));
  expect(plan.stages[0]?.batches[1]?.threads[0]?.details?.text).toBe("Choose them.");
  expect(plan.stages[1]?.batches[0]?.threads[0]?.details?.text).toBe("1. tag\n   - sign\n2. push");
});

test("questions in code and comments are none", () => {
  const asked =
    "- [ ] open\n  - [ ] below it\n\n```\n- [ ] code\n```\n\n<!-- - [ ] comment -->\n<!--\n- [ ] comment\n-->\n\n> - [ ] quoted\n\n      - [ ] indented";
  const plan = parsePlan(GOOD_PLAN.replace("- [x] Which? This one", () => asked));
  expect(plan.stages[0]?.asked.map(({ text, open }) => [text, open])).toEqual([
    ["open", true],
    ["below it", true],
    ["quoted", true],
  ]);
});

test.each(["\n", "\r\n", "\r"])("ends of lines %j and a byte order mark change nothing in what is read", (eol) => {
  const source = `\uFEFF${GOOD_PLAN.replaceAll("\n", eol)}`;
  const plan = parsePlan(source);
  expect(plan.title).toBe("Login");
  expect(plan.diagnostics).toEqual([]);
  expect(names(plan)).toEqual(names(parsePlan(GOOD_PLAN)));
  expect(printPlan(plan)).toBe(source);
});

test("a new plan asks for everything that has to be written", () => {
  const source = planTemplate({ streamId: "001-login", name: "Login", date: "2026-01-22", stages: 2 });
  const { diagnostics, stages } = parsePlan(source);
  expect(stages).toHaveLength(2);
  expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(["placeholder", "open_question"]));
  expect(diagnostics.filter(({ code }) => code === "placeholder")).toHaveLength(2 + 2 * 11);
});

test("the structure of Markdown is seen as the standard has it", () => {
  const kinds = (source: string) =>
    scanMarkdown(source).lines.map(({ kind, depth }) => (depth === 0 ? kind : `${kind}@${depth}`));
  expect(kinds("- a\n\n      code\n  text\nlazy\n# h")).toEqual([
    "text@1",
    "blank@1",
    "code@1",
    "text@1",
    "text@1",
    "heading",
  ]);
  expect(kinds("text\n    not code\n2. no list\n1. list")).toEqual(["text", "text", "text", "text@1"]);
  expect(kinds("```\n    ```\n```")).toEqual(["fence", "code", "fence"]);
  expect(kinds("- - a\n    b\n  c")).toEqual(["text@2", "text@2", "text@2"]);
  expect(kinds("* * *\na\n===\n#no\n####### no\n# ")).toEqual(["rule", "text", "underline", "text", "text", "heading"]);
});

/** Lines that plans are made of, right and wrong, and what breaks parsers. */
const PIECES = [
  ...GOOD_PLAN.split("\n"),
  ..."``` ~~~ <!-- --> --- *** > - \t 1. # ## ### #### ##### ###### ####### - [ ] \uFEFF \u0000 \u2028 <div> </div> ===".split(
    " ",
  ),
  "### Stage",
  "### Stage 1",
  "##### Batch 99: x",
  "###### Thread 100: y",
  "**Summary:**",
  "**Details:** x",
  "**Details**",
  "*Last updated: x*",
  "      deep",
  "  - nested",
  "> ### Stage 02: q",
  "- ```",
  "\u{1F600}",
  "{{fill in: x}}",
  "<!-- x -->",
  "    ### Stage 03: c",
];

describe("whatever it is given", () => {
  const text = fc
    .array(
      fc.tuple(
        fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: "binary", maxLength: 12 })),
        fc.constantFrom("\n", "\r\n", "\r", ""),
      ),
      { maxLength: 60 },
    )
    .map((lines) => lines.map(([line, eol]) => line + eol).join(""));
  const check = (source: string) => {
    const plan = parsePlan(source);
    expect(printPlan(plan)).toBe(source);
    for (const { line, column } of plan.diagnostics) {
      expect(plan.lines[line - 1]).toBeDefined();
      expect(column).toBeGreaterThan(0);
    }
    for (const thread of plan.stages.flatMap(({ batches }) => batches.flatMap(({ threads }) => threads))) {
      for (const section of [thread.summary, thread.details]) {
        if (section !== null) expect(source.slice(section.start, section.end)).toBe(section.text);
      }
    }
  };

  test("it prints what it has read, and every place exists", () => {
    fc.assert(fc.property(text, check), { numRuns: 500 });
  });

  test("a real plan with lines lost, doubled, moved and cut", () => {
    const lines = REAL.split("\n");
    const mutation = fc.tuple(
      fc.constantFrom("drop", "double", "move", "cut", "insert"),
      fc.nat(lines.length - 1),
      fc.nat(lines.length - 1),
      fc.constantFrom(...PIECES),
    );
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (mutations) => {
        const changed = [...lines];
        for (const [what, at, to, piece] of mutations) {
          const line = changed[at] ?? "";
          if (what === "drop") changed.splice(at, 1);
          if (what === "double") changed.splice(at, 0, line);
          if (what === "move") changed.splice(to, 0, ...changed.splice(at, 1));
          if (what === "cut") changed[at] = line.slice(0, to % (line.length + 1));
          if (what === "insert") changed.splice(at, 0, piece);
        }
        check(changed.join("\n"));
      }),
      { numRuns: 120 },
    );
  });
});
