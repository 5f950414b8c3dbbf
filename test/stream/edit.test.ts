/** Adding to plans: only new lines, where they belong, and nothing else changed. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { addBatch, addStage, addThread } from "../../src/domain/stream/plan/edit.ts";
import { parsePlan } from "../../src/domain/stream/plan/parse.ts";
import { GOOD_PLAN } from "./plans.ts";

const REAL = readFileSync(new URL("../fixtures/session-tracking.plan.md", import.meta.url), "utf8");

/** The lines that are in `after` and not in `before`; fails unless all others are the same, in the same order. */
function added(before: string, after: string): string[] {
  const old = before.split(/\r\n?|\n/);
  const lines = after.split(/\r\n?|\n/);
  let head = 0;
  while (head < old.length && old[head] === lines[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && old.at(-1 - tail) === lines.at(-1 - tail)) tail += 1;
  expect(head + tail, "all old lines are still there").toBe(old.length);
  return lines.slice(head, lines.length - tail);
}

const stageOf = (source: string) => addStage(source, { name: "Fixes", renumber: false });

test("a stage goes behind the last one, in front of the footer", () => {
  const edit = stageOf(REAL);
  expect(edit).toMatchObject({ id: "04", renumbered: [] });
  expect(added(REAL, edit.source)).toContain("### Stage 04: Fixes");
  expect(edit.source.split("\n")[edit.line - 1]).toBe("### Stage 04: Fixes");
  expect(edit.source).toMatch(/#### Stage Batches\n\n---\n\n\*Last updated: 2026-01-22\*\n?$/);
});

test("a stage goes behind the last one where that stands behind the footer", () => {
  const source = `${REAL}\n\n### Stage 04: Later\n\n#### Stage Definition\n\nIt is.`;
  const edit = stageOf(source);
  expect(edit.id).toBe("05");
  expect(edit.source.startsWith(`${source}\n\n### Stage 05: Fixes\n`)).toBe(true);
});

test("a batch and threads go where they belong, with their texts", () => {
  const batch = addBatch(REAL, { stage: 1, name: "More" });
  expect(added(REAL, batch.source).slice(0, 2)).toEqual(["##### Batch 03: More", ""]);
  const details = "- a\n  - b\n\n  ```sh\n  # comment\n  ---\n  ```";
  const thread = addThread(batch.source, { stage: 1, batch: 3, name: "First", summary: "One.", details });
  expect(thread.id).toBe("01.03.01");
  added(batch.source, thread.source);
  const read = parsePlan(thread.source).stages[0]?.batches[2]?.threads[0];
  expect(read).toMatchObject({ name: "First", summary: { text: "One." }, details: { text: details } });
  const between = addThread(thread.source, { stage: 1, batch: 1, name: "Third", summary: "s", details: "d" });
  expect(between.id).toBe("01.01.03");
  expect(added(thread.source, between.source).filter((line) => line !== "")).toEqual([
    "###### Thread 03: Third",
    "**Summary:**",
    "s",
    "**Details:**",
    "d",
  ]);
});

test("nothing is written into a fence or a comment", () => {
  const tricky = GOOD_PLAN.replace(
    "- do it",
    () =>
      "```md\n##### Batch 02: Polish\n\n###### Thread 02: Page\n### Stage 02: Ship\n```\n\n<!--\n### Stage 01: Build\n-->",
  );
  for (const edit of [
    addBatch(tricky, { stage: 1, name: "New" }),
    addThread(tricky, { stage: 1, batch: 1, name: "New" }),
    stageOf(tricky),
  ]) {
    added(tricky, edit.source);
    const details = parsePlan(edit.source).stages[0]?.batches[0]?.threads[0]?.details?.text;
    expect(details).toBe(parsePlan(tricky).stages[0]?.batches[0]?.threads[0]?.details?.text);
  }
});

test("ends of lines, a byte order mark and a missing last end of line stay as they are", () => {
  const source = `\uFEFF${GOOD_PLAN.trimEnd().replaceAll("\n", "\r\n")}`;
  const edit = addThread(source, { stage: 2, batch: 1, name: "Tell", summary: "a", details: "b\nc" });
  expect(edit.source).toBe(
    `${source}\r\n\r\n###### Thread 02: Tell\r\n\r\n**Summary:**\r\na\r\n\r\n**Details:**\r\nb\r\nc`,
  );
});

describe("a stage in the middle", () => {
  test("is refused if others would get another number", () => {
    expect(() => addStage(GOOD_PLAN, { name: "Try", after: 1, renumber: false })).toThrow(
      "to put a stage after stage 01, stage 02 must get another number",
    );
  });

  test("says which ones got one", () => {
    const edit = addStage(REAL, { name: "Try", after: 1, renumber: true });
    expect(edit).toMatchObject({
      id: "02",
      renumbered: [
        { from: "02", to: "03", name: "Command Refactoring" },
        { from: "03", to: "04", name: "Integration and Polish" },
      ],
    });
    expect(parsePlan(edit.source).stages.map(({ number, name }) => [number, name])).toEqual([
      [1, "Session Tracking Infrastructure"],
      [2, "Try"],
      [3, "Command Refactoring"],
      [4, "Integration and Polish"],
    ]);
  });

  test("takes a number that is free", () => {
    const gap = GOOD_PLAN.replace("### Stage 02", "### Stage 03");
    expect(addStage(gap, { name: "Try", after: 1, renumber: false })).toMatchObject({ id: "02", renumbered: [] });
  });
});

test.each<[string, () => unknown, RegExp]>([
  ["a stage that is not there", () => addBatch(GOOD_PLAN, { stage: 7, name: "x" }), /no stage 07/],
  ["a batch that is not there", () => addThread(GOOD_PLAN, { stage: 2, batch: 3, name: "x" }), /no batch 02\.03/],
  ["a name of two lines", () => addBatch(GOOD_PLAN, { stage: 1, name: "x\n### Stage 09: y" }), /one line of text/],
  [
    "an empty name",
    () => stageOf(GOOD_PLAN.replace("x", "x")) && addStage(GOOD_PLAN, { name: " ", renumber: false }),
    /one line of text/,
  ],
  [
    "details with a heading of a stage",
    () => addThread(GOOD_PLAN, { stage: 1, batch: 1, name: "x", details: "a\n### Stage 03: y" }),
    /change the structure/,
  ],
  [
    "details with a label",
    () => addThread(GOOD_PLAN, { stage: 1, batch: 1, name: "x", summary: "s", details: "a\n\n**Details:**\nb" }),
    /change the structure/,
  ],
  [
    "details with an open fence",
    () => addThread(GOOD_PLAN, { stage: 1, batch: 1, name: "x", details: "```\na" }),
    /change the structure/,
  ],
  [
    "a name that ends like a closing row of marks",
    () => addBatch(GOOD_PLAN, { stage: 1, name: "C #" }),
    /change the structure/,
  ],
  [
    "a plan with a number twice",
    () => stageOf(GOOD_PLAN.replace("### Stage 02", "### Stage 01")),
    /PLAN\.md:58: stage 01 stands there already/,
  ],
  ["a plan with a fence without an end", () => stageOf(`${GOOD_PLAN}\n\`\`\`\n`), /never closed/],
  ["a hundredth stage", () => stageOf(GOOD_PLAN.replace("### Stage 02", "### Stage 99")), /no stage 100/],
])("%s is refused", (_name, edit, message) => {
  expect(edit).toThrow(IncrError);
  expect(edit).toThrow(message);
});

test("whatever is added to whatever plan: no line is lost, or it is refused in words", () => {
  const lines = GOOD_PLAN.split("\n");
  const extra = fc.constantFrom(
    "```",
    "<!--",
    "-->",
    "---",
    "> x",
    "- [ ] y",
    "*Last updated: x*",
    "  - z",
    "    code",
    "###### Thread 09: t",
    "",
    "text",
  );
  const plan = fc.array(fc.tuple(fc.nat(lines.length), extra), { maxLength: 5 }).map((inserts) => {
    const changed = [...lines];
    for (const [at, line] of inserts) changed.splice(at, 0, line);
    return changed.join("\n");
  });
  const details = fc.array(fc.oneof(extra, fc.string()), { maxLength: 4 }).map((texts) => texts.join("\n"));
  fc.assert(
    fc.property(plan, details, fc.integer({ min: 1, max: 2 }), (source, text, number) => {
      for (const run of [
        () => stageOf(source),
        () => addBatch(source, { stage: number, name: "New" }),
        () => addThread(source, { stage: number, batch: 1, name: "New", details: text === "" ? undefined : text }),
      ]) {
        try {
          added(source, run().source);
        } catch (error) {
          expect(error).toBeInstanceOf(IncrError);
        }
      }
    }),
    { numRuns: 80 },
  );
});
