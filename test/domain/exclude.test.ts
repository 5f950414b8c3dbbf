import { describe, expect, test } from "vitest";
import { addExclusions, removeExclusions } from "../../src/domain/exclude.ts";

const NOTE = "# What coding agents leave for incr; taken out by `incr uninstall exclude`\n";
const OURS = `${NOTE}/.incr-commit-message\n/.incr-review\n`;

describe("the lines of incr in info/exclude", () => {
  test.each<[string, string | null, string | null]>([
    ["no file", null, OURS],
    ["an empty file", "", OURS],
    ["git's own file", "# git ls-files …\n# *~\n", `# git ls-files …\n# *~\n${OURS}`],
    ["a last line that is not ended", "*~", `*~\n${OURS}`],
    ["all of them", `*~\n${OURS}# more\n`, null],
    ["all of them, with other line ends", OURS.replaceAll("\n", "\r\n"), null],
    ["them without the note", "/.incr-review\n/.incr-commit-message\n", null],
    ["one of them", `${NOTE}/.incr-review\n`, `${NOTE}/.incr-review\n/.incr-commit-message\n`],
    ["a line that is like one", "/.incr-reviews\n#/.incr-review\n", `/.incr-reviews\n#/.incr-review\n${OURS}`],
  ])("come to %s", (_, before, after) => {
    expect(addExclusions(before)).toBe(after);
  });

  test.each<[string, string, string | null]>([
    ["a file of nothing else", OURS, ""],
    ["lines of others", `*~\n${OURS}\n\xE9\r\nlast`, "*~\n\n\xE9\r\nlast"],
    ["a file without them", "*~\n", null],
    ["a file with a last line that is not ended", "*~\n/.incr-review", "*~\n"],
  ])("go out of %s", (_, before, after) => {
    expect(removeExclusions(before)).toBe(after);
  });
});
