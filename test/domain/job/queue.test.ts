import { describe, expect, test } from "vitest";
import { chooseNext, listWaiting, type Wish } from "../../../src/domain/job/queue.ts";
import { makeTodo, NOW, todoMap } from "../../support/todo.ts";

const TODOS = todoMap(
  makeTodo("urgent", { priority: 0, type: "task" }),
  makeTodo("bug", { priority: 1, type: "bug" }),
  makeTodo("feature", { priority: 1, type: "feature" }),
  makeTodo("later", { priority: 3, type: "bug" }),
  makeTodo("blocked", { priority: 0, type: "bug", dependsOn: ["urgent", "gone"] }),
  makeTodo("freed", { priority: 2, type: "task", dependsOn: ["over"] }),
  makeTodo("over", { priority: 0, status: "done", completed_at: NOW }),
  makeTodo("taken", { priority: 0, status: "in_progress", started_at: NOW }),
  makeTodo("proposed", { priority: 0, status: "proposed" }),
);

const choose = (wish: Partial<Wish>, room = 10, tried: string[] = []) =>
  chooseNext(TODOS, { types: [], ...wish }, new Set(tried), room).map(({ id }) => id);

describe("what is next", () => {
  test.each<[string, string[], string[]]>([
    ["everything that is ready, most urgent first", choose({}), ["urgent", "bug", "feature", "freed", "later"]],
    ["as many as there is room for", choose({}, 2), ["urgent", "bug"]],
    ["nothing without room", choose({}, 0), []],
    ["nothing with more running than there is room for", choose({}, -1), []],
    ["what is urgent enough", choose({ priority: 1 }), ["urgent", "bug", "feature"]],
    ["priority 0 is a wish too", choose({ priority: 0 }), ["urgent"]],
    ["of one type", choose({ types: ["bug"] }), ["bug", "later"]],
    ["of two types", choose({ types: ["bug", "feature"], priority: 2 }), ["bug", "feature"]],
    ["nothing twice", choose({}, 2, ["urgent", "feature"]), ["bug", "freed"]],
  ])("%s", (_, chosen, expected) => {
    expect(chosen).toEqual(expected);
  });
});

test("what waits is told with what it waits for, if it was wanted", () => {
  expect(listWaiting(TODOS, { types: [] }, new Set())).toEqual([{ id: "blocked", waits_for: ["urgent", "gone"] }]);
  expect(listWaiting(TODOS, { types: ["task"] }, new Set())).toEqual([]);
  expect(listWaiting(TODOS, { types: [] }, new Set(["blocked"]))).toEqual([]);
});
