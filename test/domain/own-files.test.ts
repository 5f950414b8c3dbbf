import { describe, expect, test } from "vitest";
import { ownFileTest } from "../../src/domain/own-files.ts";

const OURS = [
  ".incr-commit-message",
  ".incr-review",
  ".work-shell/state.json",
  ".work-shell",
  "work-shell.md",
  "ia/state/sessions/x.json",
  "incr.toml",
  ".incr/config.toml",
  ".incr/",
];
const THEIRS = [
  "src/incr.toml",
  "docs/work-shell.md",
  "ia/other",
  "ia",
  ".incr-commit-message.bak",
  ".incrx/y",
  "incr.toml/x",
  "sub/.incr/config.toml",
];

describe("files of ours", () => {
  test.each([true, false])("are known by their place (with workstreams: %s)", (workstreams) => {
    const isOwn = ownFileTest(workstreams);
    expect(OURS.filter((file) => !isOwn(file))).toEqual([]);
    expect(THEIRS.filter(isOwn)).toEqual([]);
  });

  test("a folder named work is one of them only where there are workstreams", () => {
    expect(["work/index.json", "work/001-x/PLAN.md", "work"].map(ownFileTest(true))).toEqual([true, true, true]);
    expect(["work/index.json", "work/001-x/PLAN.md", "work"].map(ownFileTest(false))).toEqual([false, false, false]);
    expect(["works/x", "src/work/x"].map(ownFileTest(true))).toEqual([false, false]);
  });
});
