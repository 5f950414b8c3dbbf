/** Each way in which a plan can be written wrong, with the exact words for it. */
import { expect, test } from "vitest";
import { parsePlan } from "../../src/domain/stream/plan/parse.ts";
import { printPlan } from "../../src/domain/stream/plan/plan.ts";
import { GOOD_PLAN } from "./plans.ts";

const STAGES = GOOD_PLAN.slice(GOOD_PLAN.indexOf("### Stage 01"));

/** What is replaced in the good plan, by what, and all that is then said about it. */
const CASES: [name: string, from: string, to: string, said: string[]][] = [
  [
    "no title",
    "# Plan: Login\n\n",
    "",
    ["1:1 error missing_section: the plan has no title; write `# Plan: <name>` as its first line"],
  ],
  [
    "a title without its word",
    "# Plan: Login",
    "# Login",
    ["1:1 error missing_colon: the title does not begin with `Plan:`; write `# Plan: Login`"],
  ],
  [
    "a title without its colon",
    "# Plan: Login",
    "# Plan Login",
    ["1:1 error missing_colon: the title does not begin with `Plan:`; write `# Plan: Login`"],
  ],
  [
    "a title without a name",
    "# Plan: Login",
    "# Plan:",
    ["1:1 error missing_name: the plan has no name; write `# Plan: <name>`"],
  ],
  [
    "a second title",
    "## References",
    "# Plan: Other\n\n## References",
    [
      "7:1 error duplicate_section: a plan has one title, and this is another; write it with `##` or less, or take it out",
    ],
  ],
  [
    "no summary",
    "## Summary\n\nMake it work.\n\n",
    "",
    ["1:1 error missing_section: the plan has no `## Summary`; write `## Summary` with what it is for"],
  ],
  [
    "an empty summary",
    "\nMake it work.\n",
    "",
    [
      "3:1 error empty_section: nothing stands under `## Summary`; write its text, or take it out with what it belongs to",
    ],
  ],
  [
    "a summary twice",
    "## References",
    "## Summary\n\nAgain.\n\n## References",
    ["7:1 error duplicate_section: `## Summary` stands there already, on line 3; put the two together"],
  ],
  [
    "a summary with three marks",
    "## Summary",
    "# Summary",
    ["3:1 error wrong_level: `Summary` has 2 `#`, and this one has 1; write `## Summary`"],
  ],
  [
    "a summary in small letters",
    "## Summary",
    "## summary",
    ["3:1 warning malformed_heading: the heading of `Summary` is not written as it should be; write `## Summary`"],
  ],
  [
    "no references",
    "## References\n\n- a page\n\n",
    "",
    ["1:1 warning missing_section: the plan has no `## References`; write `## References` with what to read first"],
  ],
  [
    "no heading for the stages",
    "## Stages\n\n",
    "",
    [
      "11:1 error missing_section: this stage does not stand under `## Stages`; write `## Stages` above the first stage",
    ],
  ],
  [
    "no stages",
    STAGES,
    "",
    ["11:1 error missing_section: the plan has no stage; write `### Stage 01: <name>` under `## Stages`"],
  ],
  [
    "a section that is not known",
    "## Stages",
    "## Scope\n\nAll.\n\n## Stages",
    [
      '11:1 warning unknown_heading: "Scope" is no heading of a plan; write `## Summary`, `## References` or `## Stages`, or make it bold text',
    ],
  ],
  [
    "a heading in details that is none of the plan's",
    "- do it\n",
    "- do it\n\n### Notes\n",
    [
      '42:1 warning unknown_heading: "Notes" is no heading of a plan; write `### Stage NN: <name>`, or make it bold text',
    ],
  ],
  [
    "a stage without its colon",
    "### Stage 02: Ship",
    "### Stage 02 Ship",
    ["58:1 error missing_colon: the heading of stage 02 has no colon after its number; write `### Stage 02: Ship`"],
  ],
  [
    "a stage with a dash for its colon",
    "### Stage 02: Ship",
    "### Stage 02 - Ship",
    ["58:1 error missing_colon: the heading of stage 02 has no colon after its number; write `### Stage 02: Ship`"],
  ],
  [
    "a stage with a wide colon",
    "### Stage 02: Ship",
    "### Stage 02：Ship",
    ["58:1 error missing_colon: the heading of stage 02 has no colon after its number; write `### Stage 02: Ship`"],
  ],
  [
    "a stage without a number",
    "### Stage 02: Ship",
    "### Stage: Ship",
    ["58:1 error missing_number: this stage has no number; write `### Stage NN: Ship`"],
  ],
  [
    "a stage of number zero",
    "### Stage 02: Ship",
    "### Stage 00: Ship",
    ['58:1 error bad_number: "00" is not the number of a stage, which is one from 1 to 99; write `### Stage NN: Ship`'],
  ],
  [
    "a stage of three digits",
    "### Stage 02: Ship",
    "### Stage 102: Ship",
    [
      '58:1 error bad_number: "102" is not the number of a stage, which is one from 1 to 99; write `### Stage NN: Ship`',
    ],
  ],
  [
    "a stage without a name",
    "### Stage 02: Ship",
    "### Stage 02:",
    ["58:1 error missing_name: stage 02 has no name; write `### Stage 02: <name>`"],
  ],
  [
    "a stage with four marks",
    "### Stage 02: Ship",
    "#### Stage 02: Ship",
    ["58:1 error wrong_level: a stage has 3 `#`, and this one has 4; write `### Stage 02: Ship`"],
  ],
  [
    "a stage in small letters",
    "### Stage 02: Ship",
    "### stage 02: Ship",
    [
      "58:1 warning malformed_heading: the heading of stage 02 is not written as it should be; write `### Stage 02: Ship`",
    ],
  ],
  [
    "a stage in bold",
    "### Stage 02: Ship",
    "### **Stage 02: Ship**",
    [
      "58:1 warning malformed_heading: the heading of stage 02 is not written as it should be; write `### Stage 02: Ship`",
    ],
  ],
  [
    "a stage without a space behind the marks",
    "### Stage 02: Ship",
    "###Stage 02: Ship",
    ["58:1 error no_space: without a space behind the `#` this is no heading; write `### Stage 02: Ship`"],
  ],
  [
    "a thread with seven marks",
    "###### Thread 02: Page",
    "####### Thread 02: Page",
    [
      "42:1 error wrong_level: 7 `#` make no heading; write `###### Thread 02: Page`",
      "44:1 error duplicate_label: thread 01.01.01 has `**Summary:**` twice, first on line 36; put the two together",
      "47:1 error duplicate_label: thread 01.01.01 has `**Details:**` twice, first on line 39; put the two together",
    ],
  ],
  [
    "a stage underlined",
    "### Stage 02: Ship",
    "Stage 02: Ship\n---",
    [
      "59:1 error underlined_heading: headings of a plan are written with `#`; write `### Stage 02: Ship`",
      "61:1 error duplicate_section: `#### Stage Definition` stands there already, on line 15; put the two together",
      "65:1 error duplicate_section: `#### Stage Constitution` stands there already, on line 19; put the two together",
      "70:1 error duplicate_section: `#### Stage Questions` stands there already, on line 24; put the two together",
      "72:1 error duplicate_section: `#### Stage Batches` stands there already, on line 28; put the two together",
      "74:1 error duplicate_number: batch 01.01 stands there already, on line 30; write `##### Batch 03: Out`",
    ],
  ],
  [
    "a stage in a list",
    "### Stage 02: Ship",
    "- ### Stage 02: Ship",
    [
      "58:3 warning nested_heading: this heading lies in a list or a quote, and is none of the plan; write `### Stage 02: Ship` at the beginning of a line",
      "60:1 error duplicate_section: `#### Stage Definition` stands there already, on line 15; put the two together",
      "64:1 error duplicate_section: `#### Stage Constitution` stands there already, on line 19; put the two together",
      "69:1 error duplicate_section: `#### Stage Questions` stands there already, on line 24; put the two together",
      "71:1 error duplicate_section: `#### Stage Batches` stands there already, on line 28; put the two together",
      "73:1 error duplicate_number: batch 01.01 stands there already, on line 30; write `##### Batch 03: Out`",
    ],
  ],
  [
    "a stage indented like code",
    "### Stage 02: Ship",
    "    ### Stage 02: Ship",
    [
      "58:5 warning indented_heading: indented by four columns this is code and no heading; write `### Stage 02: Ship` at the beginning of the line",
      "60:1 error duplicate_section: `#### Stage Definition` stands there already, on line 15; put the two together",
      "64:1 error duplicate_section: `#### Stage Constitution` stands there already, on line 19; put the two together",
      "69:1 error duplicate_section: `#### Stage Questions` stands there already, on line 24; put the two together",
      "71:1 error duplicate_section: `#### Stage Batches` stands there already, on line 28; put the two together",
      "73:1 error duplicate_number: batch 01.01 stands there already, on line 30; write `##### Batch 03: Out`",
    ],
  ],
  [
    "a stage number twice",
    "### Stage 02: Ship",
    "### Stage 01: Ship",
    ["58:1 error duplicate_number: stage 01 stands there already, on line 13; write `### Stage 02: Ship`"],
  ],
  [
    "stages out of order",
    "### Stage 01: Build",
    "### Stage 03: Build",
    [
      "13:1 warning missing_number: stage 01 is missing before stage 03; add what is missing, or leave the gap if it was taken out",
      "58:1 error out_of_order: stage 02 comes after stage 03; move it up, or write `### Stage 04: Ship`",
    ],
  ],
  [
    "a stage missing",
    "### Stage 02: Ship",
    "### Stage 04: Ship",
    [
      "58:1 warning missing_number: stages 02, 03 are missing before stage 04; add what is missing, or leave the gap if it was taken out",
    ],
  ],
  [
    "a batch number twice",
    "##### Batch 02: Polish",
    "##### Batch 01: Polish",
    ["50:1 error duplicate_number: batch 01.01 stands there already, on line 30; write `##### Batch 02: Polish`"],
  ],
  [
    "a batch without its colon",
    "##### Batch 02: Polish",
    "##### Batch 02 Polish",
    ["50:1 error missing_colon: the heading of batch 02 has no colon after its number; write `##### Batch 02: Polish`"],
  ],
  [
    "a batch with its stage's number",
    "##### Batch 02: Polish",
    "##### Batch 01.02: Polish",
    [
      '50:1 error bad_number: "01.02" is not the number of a batch, which is one from 1 to 99; write `##### Batch NN: Polish`',
    ],
  ],
  [
    "a batch before any stage",
    "### Stage 01: Build",
    "##### Batch 07: Early\n\n### Stage 01: Build",
    ["13:1 error misplaced: this batch lies in no stage; write `### Stage 01: <name>` above it"],
  ],
  [
    "a thread number twice",
    "###### Thread 02: Page",
    "###### Thread 01: Page",
    ["42:1 error duplicate_number: thread 01.01.01 stands there already, on line 34; write `###### Thread 02: Page`"],
  ],
  [
    "threads missing",
    "###### Thread 02: Page",
    "###### Thread 04: Page",
    [
      "42:1 warning missing_number: threads 01.01.02, 01.01.03 are missing before thread 01.01.04; add what is missing, or leave the gap if it was taken out",
    ],
  ],
  [
    "a thread before any batch",
    "##### Batch 01: Base\n\nThe base.\n\n",
    "",
    [
      "30:1 error misplaced: this thread lies in no batch; write `##### Batch 01: <name>` above it",
      "38:1 error misplaced: this thread lies in no batch; write `##### Batch 01: <name>` above it",
      "46:1 warning missing_number: batch 01.01 is missing before batch 01.02; add what is missing, or leave the gap if it was taken out",
    ],
  ],
  [
    "a thread without a summary",
    "**Summary:**\nThe page.\n\n",
    "",
    [
      "42:1 error missing_section: thread 01.01.02 has no `**Summary:**`; write `**Summary:**` and one or two sentences",
    ],
  ],
  [
    "a thread without details",
    "**Details:**\n- make the page\n",
    "",
    ["42:1 error missing_section: thread 01.01.02 has no `**Details:**`; write `**Details:**` and what is to be done"],
  ],
  [
    "a thread with empty details",
    "- make the page\n",
    "",
    [
      "47:1 error empty_section: nothing stands under `**Details:**`; write its text, or take it out with what it belongs to",
    ],
  ],
  [
    "a label twice",
    "- make the page\n",
    "- make the page\n\n**Details:**\n- more\n",
    ["50:1 error duplicate_label: thread 01.01.02 has `**Details:**` twice, first on line 47; put the two together"],
  ],
  [
    "a label with its colon outside",
    "**Summary:**\nThe page.",
    "**Summary**: The page.",
    ["44:1 error malformed_label: this label of thread 01.01.02 is not written as it should be; write `**Summary:**`"],
  ],
  [
    "a label in small letters",
    "**Summary:**\nThe page.",
    "**summary:** The page.",
    ["44:1 error malformed_label: this label of thread 01.01.02 is not written as it should be; write `**Summary:**`"],
  ],
  [
    "text before the labels",
    "**Summary:**\nThe page.",
    "Hello.\n\n**Summary:**\nThe page.",
    [
      "44:1 warning stray_text: this text of thread 01.01.02 stands before its labels, and belongs to neither; write `**Details:**` above it",
    ],
  ],
  [
    "no stage definition",
    "#### Stage Definition\n\nIt is built.\n\n",
    "",
    ["13:1 error missing_section: stage 01 has no `#### Stage Definition`; write `#### Stage Definition` under it"],
  ],
  [
    "an empty stage definition",
    "It is built.\n\n",
    "",
    [
      "15:1 error empty_section: nothing stands under `#### Stage Definition`; write its text, or take it out with what it belongs to",
    ],
  ],
  [
    "no stage constitution",
    "#### Stage Constitution\n\n**Inputs:**\n- nothing\n\n",
    "",
    [
      "13:1 warning missing_section: stage 01 has no `#### Stage Constitution`; write `#### Stage Constitution` under it",
    ],
  ],
  [
    "no stage questions",
    "#### Stage Questions\n\n- [x] Which? This one\n\n",
    "",
    ["13:1 warning missing_section: stage 01 has no `#### Stage Questions`; write `#### Stage Questions` under it"],
  ],
  [
    "no heading for the batches",
    "#### Stage Batches\n\n##### Batch 01: Base",
    "##### Batch 01: Base",
    [
      "28:1 error missing_section: the batches of stage 01 do not stand under `#### Stage Batches`; write `#### Stage Batches` above this one",
    ],
  ],
  [
    "a stage section of three marks",
    "#### Stage Definition\n\nIt is built.",
    "### Stage Definition\n\nIt is built.",
    ["15:1 error wrong_level: `Stage Definition` has 4 `#`, and this one has 3; write `#### Stage Definition`"],
  ],
  [
    "a stage section twice",
    "#### Stage Batches\n\n##### Batch 01: Base",
    "#### Stage Definition\n\nAgain.\n\n#### Stage Batches\n\n##### Batch 01: Base",
    ["28:1 error duplicate_section: `#### Stage Definition` stands there already, on line 15; put the two together"],
  ],
  [
    "a stage section before any stage",
    "### Stage 01: Build",
    "#### Stage Definition\n\nx\n\n### Stage 01: Build",
    ["13:1 error misplaced: `#### Stage Definition` lies in no stage; write `### Stage 01: <name>` above it"],
  ],
  [
    "an open question",
    "- [x] Which? This one",
    "- [ ] Which?",
    ["26:3 warning open_question: the question is open: Which?; answer it, and write `- [x]`"],
  ],
  [
    "a question without a space in its box",
    "- [x] Which? This one",
    "- [] Which?",
    [
      "26:3 warning malformed_question: this is neither an open nor a resolved question; write `- [ ] ` or `- [x] ` before its text",
    ],
  ],
  [
    "a question without a space before its box",
    "- [x] Which? This one",
    "-[ ] Which?",
    [
      "26:1 warning malformed_question: this is neither an open nor a resolved question; write `- [ ] ` or `- [x] ` before its text",
    ],
  ],
  [
    "a batch without threads",
    "##### Batch 02: Polish",
    "##### Batch 03: Empty\n\n##### Batch 02: Polish",
    [
      "50:1 error missing_section: batch 01.03 has no thread; write `###### Thread 01: <name>` under it",
      "52:1 error out_of_order: batch 01.02 comes after batch 01.03; move it up, or write `##### Batch 04: Polish`",
    ],
  ],
  [
    "a stage without batches",
    "### Stage 02: Ship",
    "### Stage 03: Rest\n\n#### Stage Definition\n\nx\n\n#### Stage Constitution\n\nx\n\n#### Stage Questions\n\n### Stage 02: Ship",
    [
      "58:1 error missing_section: stage 03 has no batch; write `#### Stage Batches` and `##### Batch 01: <name>` under it",
      "70:1 error out_of_order: stage 02 comes after stage 03; move it up, or write `### Stage 04: Ship`",
    ],
  ],
  [
    "a code block without an end",
    "- make the page\n",
    "- make the page\n\n```\nls\n",
    [
      "50:1 error unclosed: the code block that begins here is never closed, so all that follows belongs to it; end it with a line ```",
    ],
  ],
  [
    "a code block in a list without an end",
    "- make the page\n",
    "- make the page\n  ```\n  ls\n",
    [
      "49:3 warning unclosed: the code block that begins here ends only because its list or quote does; end it with a line ```, indented like its beginning",
    ],
  ],
  [
    "a comment without an end",
    "- make the page\n",
    "<!-- make the page\n",
    [
      "48:1 error unclosed: the comment that begins here is never closed, so all that follows belongs to it; end it with `-->`",
    ],
  ],
  [
    "a placeholder of the template",
    "Make it work.",
    "{{fill in: why}}",
    ["5:1 error placeholder: {{fill in: why}} was not filled in; write what it asks for in its place"],
  ],
  [
    "a placeholder for a name",
    "### Stage 02: Ship",
    "### Stage 02: [Stage name]",
    ['58:15 error placeholder: "[Stage name]" was not filled in; write what it asks for in its place'],
  ],
  [
    "a placeholder for a text",
    "- make the page\n",
    "- TBD\n",
    ['48:3 warning placeholder: "TBD" was not filled in; write what it asks for in its place'],
  ],
  [
    "text behind the footer",
    "2. push\n",
    "2. push\n\n---\n\n*Last updated: 2026-01-22*\n\nAnd this.\n",
    [
      "89:1 warning stray_text: this text behind the footer belongs to no part of the plan; move it above the `---`, or give it a heading",
    ],
  ],
  [
    "a rule right under text",
    "It is built.\n",
    "It is built.\n---\n",
    ["18:1 warning underlined_heading: right under text this line makes a heading of it; leave a blank line above it"],
  ],
];

test("a plan without a fault gets no word", () => {
  expect(parsePlan(GOOD_PLAN).diagnostics).toEqual([]);
  expect(CASES.length).toBeGreaterThanOrEqual(40);
});

test.each(CASES)("%s", (_name, from, to, said) => {
  expect(GOOD_PLAN).toContain(from);
  const source = GOOD_PLAN.replace(from, () => to);
  const plan = parsePlan(source);
  expect(
    plan.diagnostics.map(
      ({ line, column, severity, code, message, fix }) => `${line}:${column} ${severity} ${code}: ${message}; ${fix}`,
    ),
  ).toEqual(said);
  expect(printPlan(plan)).toBe(source);
});

test.each(CASES)("%s: said of the same places with CRLF and a byte order mark", (_name, from, to, said) => {
  const source = `\uFEFF${GOOD_PLAN.replace(from, () => to).replaceAll("\n", "\r\n")}`;
  const plan = parsePlan(source);
  expect(plan.diagnostics.map(({ line, column }) => `${line}:${column}`)).toEqual(
    said.map((line) => line.split(" ")[0]),
  );
  expect(printPlan(plan)).toBe(source);
});
