/** Adding tasks to TASKS.md: one line, where it belongs, and nothing else changed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { addTask } from "../../src/domain/stream/tasks/list-edit.ts";
import { parseTaskList } from "../../src/domain/stream/tasks/list-file.ts";
import { openApproved, openPlanned, STREAM } from "./desk.ts";

const LIST = `# Tasks: Login

Mine.

## Stage 01: Build

### Batch 01: Base

#### Thread 01: Form @agent:careful

- [x] Task 01.01.01.01: Make it
  > Report: made
  > and tried
- [ ] Task 01.01.01.02: Try it

  on a copy

Words of mine.

#### Thread 02: Page

- [ ] Task 01.01.02.01:

### Batch 02: Polish

#### Thread 01: Colours
## Stage 02: Ship
### Batch 01: Out
#### Thread 01: Release
* [~] Task 02.01.01.01: Tag it`;

const add = (source: string, thread: string, name = "New", taken: string[] = []) =>
  addTask(source, { thread, name, taken });

test.each<[string, string, number, (source: string) => string]>([
  [
    "01.01.01",
    "01.01.01.03",
    17,
    (source) => source.replace("  on a copy\n", "  on a copy\n- [ ] Task 01.01.01.03: New\n"),
  ],
  ["01.01.02", "01.01.02.01", 22, (source) => source.replace("01.01.02.01:", "01.01.02.01: New")],
  ["01.02.01", "01.02.01.01", 28, (source) => source.replace("Colours\n", "Colours\n\n- [ ] Task 01.02.01.01: New\n")],
  ["02.01.01", "02.01.01.02", 31, (source) => `${source}\n* [ ] Task 02.01.01.02: New`],
])("a task of thread %s is %s on line %i", (thread, id, line, wanted) => {
  for (const [source, like] of [
    [LIST, wanted(LIST)],
    [`\uFEFF${LIST.replaceAll("\n", "\r\n")}`, `\uFEFF${wanted(LIST).replaceAll("\n", "\r\n")}`],
  ] as const)
    expect(add(source, thread)).toEqual({ source: like, id, line });
});

test("a number that tasks.json knows is not given again", () => {
  expect(add(LIST, "01.01.01", "New", ["01.01.01.07", "01.01.02.09"]).id).toBe("01.01.01.08");
  expect(() => add(LIST, "01.01.01", "New", ["01.01.01.99"])).toThrow(/no task 100 in thread 01\.01\.01/);
});

test("nothing is written into a fence, a comment or a quote", () => {
  const tricky = LIST.replace(
    "Words of mine.",
    "```md\n#### Thread 02: Page\n- [ ] Task 01.01.02.05: no\n```\n\n<!--\n- [ ] Task 01.01.01.09: no\n-->",
  );
  expect(add(tricky, "01.01.01").source).toContain("on a copy\n- [ ] Task 01.01.01.03: New\n\n```md");
});

describe("is refused", () => {
  test.each<[string, string, string, string, RegExp]>([
    ["a thread that is not there", LIST, "03.01.01", "New", /^TASKS.md has no thread 03\.01\.01$/],
    ["a text of two lines", LIST, "01.01.01", "a\nb", /one line/],
    ["no text", LIST, "01.01.01", " ", /one line/],
    ["space around the text", LIST, "01.01.01", " a", /one line/],
    ["a list with a line that is not understood", `${LIST}\n- [ ] what`, "01.01.01", "New", /^TASKS\.md:31:3: this is/],
    ["a list with an open block", `${LIST}\n\n\`\`\``, "01.01.01", "New", /^TASKS\.md:32:1: .*never closed/],
  ])("%s", (_name, source, thread, name, message) => {
    expect(() => add(source, thread, name)).toThrow(message);
  });
});

test("whatever the text is: it is the new task's text, or refused, and the rest stays", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("01.01.01", "01.01.02", "01.02.01", "02.01.01"),
      fc.oneof(fc.string(), fc.stringMatching(/^[-#>`*[\]<!: xTask01.]{1,20}$/)),
      (thread, name) => {
        try {
          const { source, id } = add(LIST, thread, name);
          const before = parseTaskList(LIST).tasks.filter((task) => task.id !== id);
          const after = parseTaskList(source).tasks;
          expect(after.find((task) => task.id === id)?.name).toBe(name);
          expect(after.filter((task) => task.id !== id).map(({ line: _line, ...task }) => task)).toEqual(
            before.map(({ line: _line, ...task }) => task),
          );
        } catch (error) {
          if (!(error instanceof IncrError)) throw error;
        }
      },
    ),
  );
});

test("work add-task, from a plan to tasks.json", async () => {
  const { term, read, json } = await openPlanned();
  expect(await term.fails(3, "work add-task --thread 1.1.1 --name x")).toBe(
    "error: there is no TASKS.md\nhint: work approve plan writes it\n",
  );
  await term.ok("work approve plan");
  for (const thread of ["1.1.1", "1.1.2", "1.2.1", "2.1.1"])
    await term.ok(`work add-task --thread ${thread} --name One`);
  expect(await term.ok("work add-task --thread 1.1.1 --name 'Two: more'")).toBe(
    `01.01.01.02  work/${STREAM}/TASKS.md:10`,
  );
  await term.ok("work approve tasks");
  expect(json(`${STREAM}/tasks.json`).tasks.map(({ id, name }: any) => [id, name])).toEqual([
    ["01.01.01.01", "One"],
    ["01.01.01.02", "Two: more"],
    ["01.01.02.01", "One"],
    ["01.02.01.01", "One"],
    ["02.01.01.01", "One"],
  ]);

  const { stderr, stdout } = await term.run("work add-task --thread 1.1.1 --name Three --json");
  expect(JSON.parse(stdout)).toMatchObject({ stream: STREAM, id: "01.01.01.03", line: 11 });
  expect(stderr).toContain("the list of tasks was approved and has changed: it has to be approved again");
  expect(await term.ok("work approve tasks")).toContain("1 new task");
  const before = read(`${STREAM}/TASKS.md`);
  expect(await term.fails(3, "work add-task --thread 7.1.1 --name x")).toMatch(/the plan has no thread 07\.01\.01/);
  expect(await term.fails(2, "work add-task --thread 1.1 --name x")).toMatch(/not the id of a thread/);
  expect(await term.fails(2, "work add-task --name x")).toMatch(/--thread/);
  await term.ok("work add-thread --stage 1 --batch 1 --name Late");
  expect(await term.fails(1, "work add-task --thread 1.1.3 --name x")).toMatch(
    /TASKS\.md has no thread 01\.01\.03\nhint: work approve plan adds/,
  );
  expect(read(`${STREAM}/TASKS.md`)).toBe(before);
});

test("many at once: each gets a number of its own", async () => {
  const { term, read } = await openApproved();
  await Promise.all(
    Array.from({ length: 6 }, (_, index) => term.ok(`work add-task --thread 1.1.1 --name 'Number ${index}'`)),
  );
  const list = parseTaskList(read(`${STREAM}/TASKS.md`));
  expect(list.diagnostics).toEqual([]);
  expect(list.tasks.filter((task) => task.thread === "01.01.01").map(({ id }) => id.slice(-2))).toEqual(
    "01 02 03 04 05 06 07 08".split(" "),
  );
});
