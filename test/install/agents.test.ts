/** `incr install claude|codex|opencode` and `incr uninstall …`: what they write, and that they leave nothing else changed. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { lacks } from "../support/programs.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { openPane } from "../support/tmux.ts";
import { describeTree } from "./tree.ts";

const AGENTS = ["claude", "codex", "opencode"] as const;
const HOOKS = "hooks.SessionStart, hooks.UserPromptSubmit, hooks.Stop, hooks.SessionEnd";

async function open(): Promise<{
  repo: TestRepo;
  home: string;
  term: Terminal;
  write(file: string, text: string): void;
}> {
  const repo = await makeRepo();
  const home = makeTempDir("incr-home-");
  const term = openTerminal(repo);
  term.env["HOME"] = home;
  term.env["XDG_CACHE_HOME"] = join(repo.dir, "cache");
  const write = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  return { repo, home, term, write };
}

/** Everything of the user and the repository but git's own records of the moment. */
function everything(repo: TestRepo, home: string): string[] {
  return [
    ...describeTree(repo.root, { except: [".git"] }),
    ...describeTree(join(repo.root, ".git")),
    ...describeTree(home),
  ];
}

/** Settings as a person may have left them, in the places of all agents. */
const THEIRS: Record<string, string> = {
  ".claude/settings.json":
    '{\n    // mine\n    "model": "opus", // best\n    "hooks": {\n        "Stop": [ { "hooks": [] } ]\n    }\n}\n',
  ".claude/commands/deploy.md": "Deploy it\n",
  ".codex/hooks.json": '{"hooks":{}}',
  ".codex/config.toml": 'model = "x"\n',
  ".opencode/command/deploy.md": "Deploy it\n",
  ".config/opencode/opencode.json": "{}\n",
};

describe.each(AGENTS)("%s", (agent) => {
  describe.each(["--repo", "--user"])("%s", (scope) => {
    test.each(["nothing", "settings of theirs"])(
      "is put in and taken out again without a trace where there is %s",
      async (there) => {
        const { repo, home, term, write } = await open();
        if (there !== "nothing")
          for (const root of [repo.root, home])
            for (const [file, text] of Object.entries(THEIRS)) write(join(root, file), text);
        const before = everything(repo, home);
        const words = `${agent} ${scope}`;
        const planned = await term.json(`incr install ${words} --dry-run --json`);
        expect(everything(repo, home)).toEqual(before);
        expect(planned).toMatchObject({ target: agent, root: scope === "--user" ? home : repo.root, changes: true });

        expect(await term.json(`incr install ${words} --yes --json`)).toEqual(planned);
        const installed = everything(repo, home);
        expect(await term.json(`incr install ${words} --json`)).toMatchObject({ changes: false });
        expect(everything(repo, home)).toEqual(installed);

        expect(await term.json(`incr uninstall ${words} --json`)).toMatchObject({ changes: true });
        expect(everything(repo, home)).toEqual(before);
        expect(await term.json(`incr uninstall ${words} --json`)).toMatchObject({ files: [], changes: false });
      },
    );
  });

  test("leaves what was changed since, and names it", async () => {
    const { repo, term } = await open();
    await term.ok(`incr install ${agent} --yes`);
    const [changed, ...others] = (await repo.git(["ls-files", "--others"]))
      .split("\n")
      .filter((file) => file.endsWith(".md"));
    await repo.write(changed!, "changed\n");
    const { stdout, stderr } = await term.run(`incr uninstall ${agent}`);
    expect(stdout).toContain(`foreign  ${changed}\n`);
    expect(stderr).toBe(`${changed} was changed since it was installed, so it stays\n`);
    expect(others).not.toEqual([]);
    expect(await repo.git(["ls-files", "--others"])).toBe(changed);
  });

  test("is not put in the place of what somebody else wrote, unless told to", async () => {
    const { home, term, write } = await open();
    const { files } = await term.json(`incr install ${agent} --user --dry-run --json`);
    const mine = files.find(({ path }: { path: string }) => path.includes("hello")).path;
    write(join(home, mine), "mine\n");
    expect(await term.fails(5, `incr install ${agent} --user --yes`)).toBe(
      `error: ${mine} is in the way: not from incr, or changed since\nhint: incr install ${agent} --user --force\n`,
    );
    expect(describeTree(home, { except: [mine.split("/")[0]] })).toEqual([]);
    await term.ok(`incr install ${agent} --user --yes --force`);
    expect(readFileSync(join(home, mine), "utf8")).toMatch(/^---\n/);
  });
});

describe("the question", () => {
  test("needs a terminal; the plan is shown all the same", async () => {
    const { repo, home, term } = await open();
    const before = everything(repo, home);
    const { code, stdout, stderr } = await term.run("incr install claude");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "error: there is no terminal to ask on: Write this for this repository?\nhint: answer with --yes\n",
    });
    expect(stdout).toBe(
      [
        "create   .claude/commands/bye.md",
        "create   .claude/commands/hello.md",
        "create   .claude/commands/log.md",
        "create   .claude/skills/implementing-workstreams/SKILL.md",
        "create   .claude/skills/implementing-workstreams/records.md",
        "create   .claude/skills/implementing-workstreams/reference/commands.md",
        "create   .claude/skills/planning-workstreams/SKILL.md",
        "create   .claude/skills/planning-workstreams/plan-format.md",
        "create   .claude/skills/planning-workstreams/reference/commands.md",
        `create   .claude/settings.json: ${HOOKS}`,
        "create   .claude/.incr-installed.json",
        "create   .git/incr/claude/incr",
        "create   .git/incr/claude/.installed.json",
        "",
      ].join("\n"),
    );
    await term.fails(2, "incr install claude --json");
    expect(everything(repo, home)).toEqual(before);
  });

  test.skipIf(lacks("tmux"))("on a terminal is answered with yes or no, and nothing is written before", async () => {
    const { repo, home, term } = await open();
    const before = everything(repo, home);
    const pane = await openPane(["bash", "--norc"], { cwd: repo.root, env: { ...term.env, PS1: "$ " } });
    const ask = async () => {
      await pane.enter("clear");
      await pane.see(/^\$$/);
      await pane.enter("incr install opencode; echo $?");
      await pane.see("Write this for this repository?");
    };
    await ask();
    await pane.see("create   .opencode/plugin/incr.js");
    expect(everything(repo, home)).toEqual(before);
    await pane.press("Enter");
    await pane.see(/not installed, nothing was changed\n1$/m);
    expect(everything(repo, home)).toEqual(before);

    await ask();
    // Somebody is quicker
    await repo.write(
      ".opencode/command/hello.md",
      readFileSync(new URL("../../plugin/commands/hello.md", import.meta.url), "utf8"),
    );
    await pane.press("y");
    await pane.see(/files have changed in the meantime[\s\S]*\n4$/m);
    expect(existsSync(join(repo.root, ".opencode/plugin"))).toBe(false);
    await ask();
    await pane.press("y");
    await pane.see(/\n0$/m);
    expect(await repo.read(".opencode/plugin/incr.js")).toContain("IncrPlugin");
  });
});

describe("settings of others", () => {
  test.each<[string, string, string]>([
    ["claude", ".claude/settings.json", '{ "model": "x", }, '],
    ["codex", ".codex/hooks.json", "hooks = 1\n"],
    ["claude", ".claude/settings.json", '{ "hooks": [] }'],
    ["codex", ".codex/hooks.json", ""],
  ])("that %s cannot read in %s are refused: %j", async (agent, file, text) => {
    const { repo, home, term } = await open();
    await repo.write(file, text);
    const before = everything(repo, home);
    const stderr = await term.fails(2, `incr install ${agent} --yes`);
    expect(stderr).toMatch(
      new RegExp(`^error: ${join(repo.root, file)} (is not JSON: line 1, column|has something else)`),
    );
    expect(stderr).toContain("nothing was changed");
    expect(everything(repo, home)).toEqual(before);
  });

  test("that are not UTF-8 are refused", async () => {
    const { repo, term } = await open();
    await repo.write(".claude/settings.json", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
    expect(await term.fails(2, "incr install claude --yes")).toContain("settings.json is not UTF-8");
  });

  test("keep their mode, and stay where a link leads", async () => {
    const { home, term, write } = await open();
    write(join(home, "dotfiles/claude.json"), '{\n  "model": "x"\n}\n');
    chmodSync(join(home, "dotfiles/claude.json"), 0o600);
    mkdirSync(join(home, ".claude"));
    symlinkSync("../dotfiles/claude.json", join(home, ".claude/settings.json"));
    const before = describeTree(home);
    await term.ok("incr install claude --user --yes");
    expect(JSON.parse(readFileSync(join(home, "dotfiles/claude.json"), "utf8"))).toMatchObject({
      model: "x",
      hooks: {},
    });
    expect(statSync(join(home, "dotfiles/claude.json")).mode & 0o777).toBe(0o600);
    await term.ok("incr uninstall claude --user");
    expect(describeTree(home)).toEqual(before);
  });

  test("keep an entry that was changed since, which is named", async () => {
    const { repo, term } = await open();
    await term.ok("incr install claude --yes");
    const file = ".claude/settings.json";
    const changed = JSON.parse(await repo.read(file));
    changed.hooks.Stop[0].hooks[0].timeout = 60;
    await repo.write(file, JSON.stringify(changed));
    const again = await term.run("incr install claude");
    expect(again).toMatchObject({
      code: 0,
      stdout: `foreign  ${file}: hooks.Stop\nincr in Claude Code is in place already\n`,
      stderr: `hooks.Stop in ${file} was changed since it was installed, so it stays\n`,
    });
    expect((await term.run("incr uninstall claude")).stderr).toBe(again.stderr);
    expect(JSON.parse(await repo.read(file))).toEqual({ hooks: { Stop: changed.hooks.Stop } });
  });
});

test.each([
  ["claude", ".claude/skills"],
  ["codex", ".agents/skills"],
  ["opencode", ".opencode/skill"],
])("%s gets the skills about workstreams in %s, as they are in the plugin", async (agent, folder) => {
  const { repo, term } = await open();
  await term.ok(`incr install ${agent} --yes`);
  for (const skill of ["planning-workstreams", "implementing-workstreams"])
    expect(describeTree(join(repo.root, folder, skill))).toEqual(
      describeTree(new URL(`../../plugin/skills/${skill}`, import.meta.url).pathname),
    );
});

describe("where it goes", () => {
  test("for a user: where the agent keeps its settings", async () => {
    const { repo, home, term } = await open();
    const inside = join(home, "deep/er/claude");
    const outside = join(repo.dir, "elsewhere", "codex");
    term.env = { ...term.env, CLAUDE_CONFIG_DIR: inside, CODEX_HOME: outside, XDG_CONFIG_HOME: join(home, "conf") };
    // Relative to nothing that can be seen they would look like files of the repository.
    expect(await term.ok("incr install claude --user --dry-run")).toMatch(
      /^create {3}~\/deep\/er\/claude\/commands\/bye\.md$/m,
    );
    expect(await term.ok("incr install codex --user --dry-run")).toContain(`create   ${outside}/hooks.json: `);
    for (const agent of AGENTS) await term.ok(`incr install ${agent} --user --yes`);
    for (const file of [
      join(inside, "commands/hello.md"),
      join(inside, "settings.json"),
      join(outside, "skills/hello/SKILL.md"),
      join(outside, "hooks.json"),
      join(home, "conf/opencode/plugin/incr.js"),
    ])
      expect(existsSync(file), file).toBe(true);
    for (const agent of AGENTS) await term.ok(`incr uninstall ${agent} --user`);
    expect(describeTree(home)).toEqual([]);
    expect(existsSync(outside)).toBe(false);
  });

  test("for a repository: into the checkout that one stands in, with what is of this machine in git's own folder", async () => {
    const { repo, term } = await open();
    await repo.git(["worktree", "add", "--quiet", "../linked"]);
    const linked = join(repo.dir, "linked");
    mkdirSync(join(linked, "deep"));
    await term.in(join(linked, "deep")).ok("incr install codex --yes");
    expect(existsSync(join(linked, ".agents/skills/hello/SKILL.md"))).toBe(true);
    expect(await repo.git(["status", "--porcelain"])).toBe("");
    const launcher = join(repo.root, ".git/incr/codex/incr");
    expect(statSync(launcher).mode & 0o111).not.toBe(0);
    const committed = describeTree(linked, { except: [".git"] }).join("\n");
    expect(committed).not.toContain(repo.dir);
    expect(committed).not.toContain(process.execPath);
    await term.in(linked).ok("incr uninstall codex");
    expect(existsSync(dirname(launcher))).toBe(false);
  });

  test("without a repository: right here", async () => {
    const { term } = await open();
    const folder = makeTempDir();
    await term.in(folder).ok("incr install claude --yes");
    expect(describeTree(folder).map((line) => line.split(" ")[0])).toContain(".claude/commands/hello.md");
    await term.in(folder).ok("incr uninstall claude");
    expect(describeTree(folder)).toEqual([]);
  });

  test.each([
    ["claude", "skill"],
    ["skill", "claude"],
  ])("of two in one folder, whichever goes first (%s, %s), the last one leaves nothing", async (first, last) => {
    const folder = makeTempDir();
    const there = (await open()).term.in(folder);
    for (const order of [
      [first, last],
      [last, first],
    ]) {
      for (const name of order) await there.ok(`incr install ${name} --yes`);
      for (const name of [first, last]) await there.ok(`incr uninstall ${name}`);
      expect(describeTree(folder)).toEqual([]);
    }
  });

  test("a folder that was there before stays, although both are gone", async () => {
    const folder = makeTempDir();
    mkdirSync(join(folder, ".claude/skills"), { recursive: true });
    const there = (await open()).term.in(folder);
    for (const verb of ["install", "uninstall"])
      for (const name of ["claude", "skill"])
        await there.ok(`incr ${verb} ${name}${verb === "install" ? " --yes" : ""}`);
    expect(existsSync(join(folder, ".claude/skills"))).toBe(true);
  });

  test("not for both at once", async () => {
    const { term } = await open();
    expect(await term.fails(2, "incr install claude --user --repo --yes")).toContain(
      "--user and --repo exclude each other",
    );
  });
});

describe("what else there is to know is said:", () => {
  test("codex wants hooks to be trusted", async () => {
    const { term } = await open();
    expect((await term.run("incr install codex --yes")).stderr).toMatch(/once you have trusted them/);
    expect((await term.run("incr install codex --yes")).stderr).toBe("");
  });

  test("incr is not on the PATH", async () => {
    const { term } = await open();
    const here = await term.ok("readlink -f $(command -v incr)");
    const { stderr } = await term.run(`PATH=/usr/bin:/bin '${process.execPath}' ${here} install claude --yes`);
    expect(stderr).toBe(
      "incr is not on your PATH: hooks find it all the same, commands that Claude Code runs do not\n",
    );
    expect((await term.run("incr install opencode --yes")).stderr).toBe("");
  });

  test("it is there twice", async () => {
    const { term } = await open();
    await term.ok("incr install claude --user --yes");
    expect((await term.run("incr install claude --yes")).stderr).toBe(
      "it is installed for you as well, so that the hooks run twice: incr uninstall claude --user\n",
    );
  });
});
