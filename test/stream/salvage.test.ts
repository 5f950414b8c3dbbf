/** What can be read of damaged records: all that is whole, nothing that is not, and nothing made up. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { salvageIndex, salvageTasks } from "../../src/domain/stream/salvage.ts";

const AT = "2026-01-22T10:00:00.000Z";
const tasks = Array.from({ length: 6 }, (_, index) => ({
  id: `01.01.0${(index % 3) + 1}.0${index < 3 ? 1 : 2}`,
  name: ['Say "}" and {"id": 1}', "Two \\", "plain"][index % 3],
  status: "pending",
  updated_at: AT,
  github_issue: { id: 7, url: "x" },
  sessions: index === 0 ? [{ sessionId: null, agentName: "a", model: "m", startedAt: AT, status: "running" }] : [],
}));
const byId = new Map(tasks.map((task) => [task.id, task]));

test.each([undefined, 2])(
  "whatever is cut out or put in, each task that is found is as it was (indent %s)",
  (indent) => {
    const text = JSON.stringify({ version: "1.0.0", stream_id: "001-x", tasks }, null, indent);
    expect(salvageTasks(text, "001-x").tasks).toHaveLength(6);
    const place = fc.integer({ min: 0, max: text.length });
    fc.assert(
      fc.property(
        place,
        fc.nat(40),
        fc.oneof(fc.constant(""), fc.string(), fc.constantFrom("{", "}", '"', "\uFFFD")),
        (at, cut, put) => {
          const damaged = text.slice(0, at) + put + text.slice(at + cut);
          const found = salvageTasks(damaged, "001-x").tasks;
          // A change within a word that stays a word cannot be told
          const touched = found.filter((task) => JSON.stringify(task) !== JSON.stringify(byId.get(task.id)));
          expect(touched.length).toBeLessThanOrEqual(1);
          if (cut < 40 && put === "") expect(found.length).toBeGreaterThanOrEqual(4);
        },
      ),
    );
  },
);

test("of tasks that were joined into one by what was lost between them, those are found that are whole", () => {
  const text = JSON.stringify({ version: "1.0.0", stream_id: "001-x", tasks });
  // Behind it the other tasks stand among the runs of the first
  const lost = '}]},{"id"';
  const at = text.indexOf(lost);
  const found = salvageTasks(text.slice(0, at + 1) + text.slice(at + lost.indexOf(",")), "001-x").tasks;
  expect(found).toEqual(tasks.slice(1).toSorted((a, b) => (a.id < b.id ? -1 : 1)));
});

test("of a task that stands there twice the later one counts", () => {
  const later = { ...tasks[0], status: "completed", updated_at: "2026-01-23T10:00:00.000Z" };
  for (const both of [
    [tasks[0], later],
    [later, tasks[0]],
  ])
    expect(salvageTasks(`<<<<<<<${JSON.stringify(both)}`, "001-x").tasks).toEqual([later]);
});

test("streams without a folder are not listed, folders without a stream are", () => {
  const text =
    '{"current_stream":"001-a","streams":[{"id":"001-a","approval":{"status":"approved"}},{"id":"002-b"},{"id":';
  expect(salvageIndex(text, ["001-a", "003-c"], AT)).toEqual({
    version: "1.0.0",
    last_updated: AT,
    current_stream: "001-a",
    streams: [
      { id: "001-a", approval: { status: "approved" } },
      { id: "003-c", name: "c", order: 3, created_at: AT, updated_at: AT, path: "work/003-c" },
    ],
  });
});
