import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { closest } from "../../src/cli/suggest.ts";
import { loadTemplates } from "../../src/config/templates.ts";
import { defaultTemplate } from "../../src/domain/job/templates.ts";
import type { Notice } from "../../src/domain/notice.ts";
import { makeTempDir } from "../support/temp.ts";

let checkout: string;
let userFolder: string;
let notices: Notice[];

beforeEach(() => {
  checkout = makeTempDir();
  userFolder = join(makeTempDir(), "templates");
  notices = [];
});

const load = (place: string | null = checkout) =>
  loadTemplates({ userFolder, checkout: place, notify: (notice) => notices.push(notice), closest });
const write = (folder: string, name: string, text: string | Buffer) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
};
const writeUser = (name: string, text: string) => write(userFolder, name, text);
const writeRepo = (name: string, text: string | Buffer) => write(join(checkout, ".incr/templates"), name, text);

describe("the templates", () => {
  test("are ours without files", () => {
    const templates = load();
    expect(templates["implement"]).toEqual(defaultTemplate("implement"));
    expect(Object.values(templates).every(({ file }) => file === null)).toBe(true);
  });

  test("are the user's under the repository's, one by one", () => {
    writeUser("go-on.md", "mine");
    writeUser("review.md", "mine {{review_file}}");
    writeRepo("review.md", "\uFEFFours {{review_file}}\n");
    const templates = load();
    expect(templates["go-on"]).toEqual({ name: "go-on", text: "mine", file: join(userFolder, "go-on.md") });
    expect(templates["review"]).toEqual({
      name: "review",
      text: "ours {{review_file}}\n",
      file: ".incr/templates/review.md",
    });
    expect(templates["implement"].file).toBeNull();
    expect(load(null)["review"].text).toBe("mine {{review_file}}");
    expect(notices).toEqual([]);
  });

  test("leave files alone that are none, and say which was meant", () => {
    writeRepo("reveiw.md", "");
    writeRepo("notes.md", "");
    writeRepo("review.txt", "{{");
    writeRepo("review.md", " \n");
    expect(load()["review"].file).toBeNull();
    expect(notices.map(({ message }) => message)).toEqual([
      ".incr/templates/notes.md means nothing and is not used",
      ".incr/templates/reveiw.md means nothing and is not used; did you mean review.md?",
    ]);
  });

  test.each<[string, string | Buffer, string]>([
    [
      "an unknown variable",
      "a {{review_file}}\n\n{{titel}} {{x}}\n",
      ":3: {{titel}} means nothing in review; there are base, commit, diff, message, todo, ",
    ],
    ["braces that are not closed", "{{review_file}}\n{{todo\n}}", ":2: {{ is not closed on its line"],
    ["no place for the answer", "Look at it", ":1: does not say where the answer has to go: {{review_file}}"],
    ["no text", Buffer.from([0xff, 0xfe, 0x00]), " is not text in UTF-8"],
  ])("are refused for %s, with the place", (_, text, message) => {
    writeRepo("review.md", text);
    expect(load).toThrow(
      expect.objectContaining({
        code: "config",
        message: expect.stringContaining(`.incr/templates/review.md${message}`),
        hint: `mend ${join(checkout, ".incr/templates/review.md")}`,
      }),
    );
  });

  test("are refused where a link leads nowhere, or the folder is a file", () => {
    mkdirSync(join(checkout, ".incr/templates"), { recursive: true });
    symlinkSync("nowhere", join(checkout, ".incr/templates/review.md"));
    expect(load).toThrow(expect.objectContaining({ code: "config" }));
    write(join(userFolder, ".."), "templates", "");
    expect(load(null)["review"].file).toBeNull();
  });
});
