import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openProject } from "../support/project.ts";

describe("incr job templates", () => {
  test("shows what agents are told, in whose words, with what can stand in it", async () => {
    const { term, root } = await openProject();
    expect(await term.ok("incr job templates")).toMatch(
      /^TEMPLATE +FROM +SAID\nimplement +incr +the first thing that /,
    );
    await term.ok("mkdir -p .incr/templates && incr job templates review --text > .incr/templates/review.md");
    await term.ok("echo 'Be strict about {{todo_title}}.' >> .incr/templates/review.md");
    const shown = await term.ok("incr job templates review");
    expect(shown).toMatch(
      /^review: what the reviewing agent is told of one change\nfrom \.incr\/templates\/review\.md\n\nYou review a change /,
    );
    expect(shown).toMatch(
      /\nBe strict about \{\{todo_title\}\}\.\n\nVARIABLE +STANDS FOR\n\{\{base\}\} +the commit that /,
    );
    expect(await term.ok("incr job templates")).toMatch(/\nreview +\.incr\/templates\/review\.md +what /);

    const { templates } = await term.json("incr job templates review --default --json");
    expect(templates).toMatchObject([{ name: "review", file: null, variables: { base: expect.any(String) } }]);
    expect(templates[0].text).not.toContain("Be strict");
    expect(await term.ok("incr job templates review --default --text")).toBe(templates[0].text.replace(/\n$/, ""));

    // A workspace's copy is nobody's business: an agent could have written it.
    mkdirSync(join(root, "../elsewhere"));
    await term.ok("git worktree add -q --detach ../elsewhere/tree");
    mkdirSync(join(root, "../elsewhere/tree/.incr/templates"), { recursive: true });
    writeFileSync(join(root, "../elsewhere/tree/.incr/templates/review.md"), "{{nonsense");
    expect(await term.in(join(root, "../elsewhere/tree")).ok("incr job templates review")).toBe(shown);

    writeFileSync(join(root, ".incr/templates/feedback.md"), "{{message_file}}\n{{coments}}\n");
    expect(await term.fails(2, "incr job templates")).toMatch(
      /^error: \.incr\/templates\/feedback\.md:2: \{\{coments\}\} means nothing in feedback; there are comments, todo, .*\nhint: mend .*feedback\.md\n$/,
    );
    expect(await term.fails(2, "incr job templates --text")).toContain("--text needs the name of a template");
  });
});

describe("incr uninstall exclude", () => {
  test("takes out what jobs have put into info/exclude, and nothing else", async () => {
    const { term, root } = await openProject();
    const file = join(root, ".git/info/exclude");
    const others = Buffer.from("*~\n# caf\xE9\n", "latin1");
    writeFileSync(file, Buffer.concat([others, Buffer.from("/.incr-commit-message\n/.incr-review\n")]));
    await term.ok("touch .incr-review");
    expect(await term.ok("git status --porcelain")).toBe("");
    expect(await term.ok("incr uninstall exclude --dry-run")).toBe("update   info/exclude");
    expect(await term.ok("git status --porcelain")).toBe("");
    expect(await term.json("incr uninstall exclude --json")).toMatchObject({
      root: join(root, ".git"),
      files: [{ path: "info/exclude", action: "update" }],
      changes: true,
    });
    expect(await term.ok("git status --porcelain")).toBe("?? .incr-review");
    expect(readFileSync(file)).toEqual(others);
    expect(await term.ok("incr uninstall exclude")).toBe("nothing of incr stands in info/exclude");
    writeFileSync(file, "/.incr-review\n");
    await term.ok("incr uninstall exclude");
    expect(existsSync(file)).toBe(false);
  });
});
