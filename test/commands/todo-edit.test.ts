/** Writing todos in an editor: whatever goes wrong, what was typed is still there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { waitFor } from "../support/wait.ts";

interface Desk {
  repo: TestRepo;
  term: Terminal;
  id: string;
  /** Makes `script` the editor; the file to edit is `$1`. */
  setEditor(script: string): Promise<void>;
  /** The drafts that are kept. */
  drafts(): string[];
  todo(): Promise<Record<string, unknown>>;
}

async function openDesk(): Promise<Desk> {
  const repo = await makeRepo({ name: "my app" });
  const term = openTerminal(repo);
  const id = await term.ok("incr todo create 'Fix the login' --description 'It fails.' 2>/dev/null");
  const folder = join(repo.stateDir, "drafts");
  return {
    repo,
    term,
    id,
    async setEditor(script) {
      const path = join(repo.dir, "my editor");
      await writeFile(path, `#!/bin/bash\nset -e\n${script}\n`);
      await chmod(path, 0o755);
      term.env["EDITOR"] = `'${path}'`;
    },
    drafts: () => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
    todo: async () => (await term.json(`incr todo show ${id} --json`)).todo,
  };
}

describe("incr todo edit", () => {
  test("changes what was changed in the editor", async () => {
    const { term, id, setEditor, drafts, todo } = await openDesk();
    const before = await todo();
    await setEditor(
      `cp "$1" seen; sed -i.bak -e 's/^title: .*/title: Fix the logout/' -e 's/^priority: .*/priority: p0/' "$1"; rm "$1.bak"; echo 'Always: $(x)' >> "$1"`,
    );
    expect(await term.ok(`incr todo edit ${id.slice(0, 4)}`)).toBe(`${id}  open  Fix the logout`);
    expect(await todo()).toEqual({
      ...before,
      title: "Fix the logout",
      priority: 0,
      description: "It fails.\nAlways: $(x)",
      updated_at: expect.any(String),
    });
    expect(await term.ok("head -5 seen")).toBe("---\ntitle: Fix the login\ntype: task\npriority: 2\nstatus: open");
    expect(drafts()).toEqual([]);
  });

  test.each([
    ["nothing was changed", "true"],
    ["everything was removed", ': > "$1"'],
  ])("does nothing when %s", async (_, script) => {
    const { term, id, setEditor, drafts, todo } = await openDesk();
    const before = await todo();
    await setEditor(script);
    expect(await term.fails(1, `incr todo edit ${id}`)).toBe("error: nothing was written, so nothing was changed\n");
    expect(await todo()).toEqual(before);
    expect(drafts()).toEqual([]);
  });

  test("keeps a text that is refused, and goes on with it", async () => {
    const { term, id, setEditor, drafts, todo } = await openDesk();
    await setEditor(`printf -- '---\\ntitle: Better\\npriority: high\\n---\\nA lot of text.\\n' > "$1"`);
    const stderr = await term.fails(2, `incr todo edit ${id}`);
    const [draft] = drafts() as [string];
    expect(drafts()).toHaveLength(1);
    expect(readFileSync(draft, "utf8")).toContain("A lot of text.");
    expect(stderr).toBe(
      `what you wrote is kept; go on with: incr todo edit ${id} --draft ${draft}\nerror: "high" is not a priority\nhint: use 0 (critical) to 4 (backlog)\n`,
    );
    // Giving up a second time loses nothing either.
    await setEditor("true");
    expect(await term.fails(2, `incr todo edit ${id} --draft ${draft}`)).toContain(`--draft ${draft}\n`);
    expect(drafts()).toEqual([draft]);
    await setEditor(`sed -i.bak 's/high/1/' "$1"; rm "$1.bak"`);
    await term.ok(`incr todo edit ${id} --draft ${draft}`);
    expect(await todo()).toMatchObject({ title: "Better", priority: 1, description: "A lot of text." });
    expect(drafts()).toEqual([]);
  });

  test("keeps the text when the editor fails after something was typed, and only then", async () => {
    const { term, id, setEditor, drafts } = await openDesk();
    await setEditor('echo typed >> "$1"; exit 7');
    const stderr = await term.fails(1, `incr todo edit ${id}`);
    const [draft] = drafts() as [string];
    expect(stderr).toContain(draft);
    expect(readFileSync(draft, "utf8")).toContain("typed");
    await setEditor("exit 7");
    expect(await term.fails(1, `incr todo edit ${id}`)).toContain("ended with 7");
    expect(drafts()).toEqual([draft]);
  });

  test("merges what others changed meanwhile in other fields", async () => {
    const { term, id, setEditor, todo } = await openDesk();
    await setEditor(`incr todo update ${id} --priority 0; sed -i.bak 's/^title: .*/title: Ours/' "$1"; rm "$1.bak"`);
    await term.ok(`incr todo edit ${id}`);
    expect(await todo()).toMatchObject({ title: "Ours", priority: 0, description: "It fails." });
  });

  test("refuses what others changed meanwhile in the same field; the draft then shows both, and what is saved counts", async () => {
    const { term, id, setEditor, drafts, todo } = await openDesk();
    await setEditor(
      `incr todo update ${id} --title Theirs --priority 0 >&2; sed -i.bak 's/^title: .*/title: Ours/' "$1"; rm "$1.bak"`,
    );
    const stderr = await term.fails(4, `incr todo edit ${id}`);
    expect(stderr).toContain(`error: somebody changed the title of todo ${id} meanwhile\n`);
    expect(await todo()).toMatchObject({ title: "Theirs", priority: 0 });
    const [draft] = drafts() as [string];
    await setEditor('cp "$1" seen');
    await term.ok(`incr todo edit ${id} --draft ${draft}`);
    expect(await term.ok("grep -e ^title -e ^priority -e meanwhile seen")).toBe(
      "title: Ours\npriority: 0\n# somebody changed the title meanwhile, to: Theirs",
    );
    expect(await todo()).toMatchObject({ title: "Ours", priority: 0 });
    expect(drafts()).toEqual([]);
  });

  test("keeps the text when the todo was deleted meanwhile", async () => {
    const { term, id, setEditor, drafts } = await openDesk();
    await setEditor(`incr todo delete ${id} >&2; echo typed >> "$1"`);
    expect(await term.fails(1, `incr todo edit ${id}`)).toContain(`todo ${id} was deleted`);
    expect(drafts()).toHaveLength(1);
  });

  test("keeps the text when incr is killed while the editor is open", async () => {
    const { repo, term, id, setEditor, drafts } = await openDesk();
    const flag = join(repo.dir, "typed");
    await setEditor(`echo typed >> "$1"; touch '${flag}'; sleep 600`);
    const running = term.start(`incr todo edit ${id}`);
    await waitFor("the text to be typed", () => existsSync(flag));
    process.kill(running.pid, "SIGKILL");
    await waitFor("incr to die", () => running.child.signalCode);
    expect(readFileSync(drafts()[0]!, "utf8")).toContain("typed");
    // The editor is in the same process group, and has incr's streams open.
    process.kill(-running.pid, "SIGKILL");
    await running.finished;
  });

  test("without a terminal and an editor says how else", async () => {
    const { term, id } = await openDesk();
    const stderr = await term.fails(2, `incr todo edit ${id}`);
    expect(stderr).toContain(
      "error: there is no terminal to edit on\nhint: give the text with incr todo update --title",
    );
  });

  test("leaves a file of the user's own where it is", async () => {
    const { repo, term, id, setEditor, todo } = await openDesk();
    await repo.write("notes.md", "---\ntitle: From notes\n---\n");
    await setEditor("true");
    await term.ok(`incr todo edit ${id} --draft notes.md`);
    expect(await todo()).toMatchObject({ title: "From notes" });
    expect(await repo.read("notes.md")).toContain("From notes");
    expect(await term.fails(3, `incr todo edit ${id} --draft nowhere.md`)).toContain("there is no draft");
  });
});

describe("incr todo create --edit", () => {
  test("begins with what was given, and makes what was written", async () => {
    const { term, setEditor, drafts } = await openDesk();
    await setEditor(
      `cp "$1" seen; sed -i.bak -e 's/^title: .*/title: Written/' -e 's/^status: .*/status: proposed/' "$1"; rm "$1.bak"; echo 'More.' >> "$1"`,
    );
    const { todo } = await term.json("incr todo create Given --priority 1 --type bug --description Text --edit --json");
    expect(todo).toMatchObject({
      title: "Written",
      status: "proposed",
      priority: 1,
      type: "bug",
      description: "Text\nMore.",
    });
    expect(await term.ok("head -5 seen")).toBe("---\ntitle: Given\ntype: bug\npriority: 1\nstatus: open");
    expect(drafts()).toEqual([]);
  });

  test("keeps a text that is refused, and makes the todo from it later", async () => {
    const { term, setEditor, drafts } = await openDesk();
    await setEditor('echo "A long story." >> "$1"');
    const stderr = await term.fails(2, "incr todo create --edit");
    const [draft] = drafts() as [string];
    expect(stderr).toContain(`go on with: incr todo create --draft ${draft}\nerror: the title is empty`);
    await setEditor(`sed -i.bak 's/^title: .*/title: A story/' "$1"; rm "$1.bak"`);
    const { todo } = await term.json(`incr todo create --draft ${draft} --json`);
    expect(todo).toMatchObject({ title: "A story", description: "A long story." });
    expect(drafts()).toEqual([]);
  });

  test("makes nothing of nothing", async () => {
    const { term, setEditor } = await openDesk();
    await setEditor("true");
    expect(await term.fails(1, "incr todo create --edit")).toBe("error: nothing was written, so nothing was changed\n");
    expect((await term.json("incr todo list --json")).todos).toHaveLength(1);
  });
});
