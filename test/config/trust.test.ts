/** Consent as a user meets it: the commands of a repository's file run only after `incr trust`. */
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { lacks } from "../support/programs.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { openPane } from "../support/tmux.ts";
import { waitFor } from "../support/wait.ts";

const HOOK = `[workspace]
on-create = ["echo made > made"]
`;
const OTHER = `[workspace]
on-create = ["echo other > other"]
`;

let repo: TestRepo;
let terminal: Terminal;
beforeEach(async () => {
  repo = await makeRepo();
  terminal = openTerminal(repo);
});

const acquire = "incr workspace acquire --purpose try";
const config = (content: string) => repo.write("incr.toml", content);
const trustFile = () => join(repo.stateDir, "trust.json");

describe("a repository's commands", () => {
  test("run only after they were approved, and again only as they were", async () => {
    await config(HOOK);
    expect(await terminal.fails(1, acquire)).toBe(
      "error: incr.toml runs commands that you have not approved: echo made > made\nhint: incr trust\n",
    );
    await terminal.fails(1, "incr session start --title 'Never made'");
    expect(await terminal.json("incr workspace list --json")).toMatchObject({ workspaces: [] });
    expect(await terminal.json("incr todo list --json")).toMatchObject({ todos: [] });

    expect(await terminal.ok("incr trust --yes")).toMatch(
      `${join(repo.root, "incr.toml")} runs\n  workspace.on-create: echo made > made\napproved `,
    );
    expect(statSync(trustFile()).mode & 0o777).toBe(0o600);
    const workspace = await terminal.ok(acquire);
    expect(readFileSync(join(workspace, "made"), "utf8")).toBe("made\n");

    await config(OTHER);
    expect(await terminal.fails(1, acquire)).toBe(
      "error: incr.toml was changed since you approved it, and runs commands: echo other > other\nhint: incr trust\n",
    );
    await config(HOOK);
    await terminal.ok(acquire);

    expect(await terminal.ok("incr trust --revoke")).toBe(`${join(repo.root, "incr.toml")} is not approved any more`);
    await terminal.fails(1, acquire);
    expect(await terminal.ok("incr trust --revoke")).toBe("nothing of this repository was approved");
  });

  test("are not asked about when there are none, and only those that would run", async () => {
    await config('[stream]\nmax-parallel = 2\n[workspace]\ncopy = [".env"]\n');
    await terminal.ok(acquire);
    expect(await terminal.ok("incr trust")).toBe("incr.toml runs no commands, so there is nothing to approve");
    expect(existsSync(trustFile())).toBe(false);
    await config('[job]\ntest-commands = ["npm test"]\n');
    await terminal.ok(acquire);
    expect(await terminal.json("incr trust --show --json")).toMatchObject({ file: { state: "new" } });
  });

  test("are the user's own business in the user's own file", async () => {
    const home = join(makeTempDir(), "incr", "config.toml");
    await mkdir(dirname(home));
    await writeFile(home, HOOK);
    terminal.env["XDG_CONFIG_HOME"] = dirname(dirname(home));
    expect(existsSync(join(await terminal.ok(acquire), "made"))).toBe(true);
    await config("[workspace]\non-create = []\n");
    expect(existsSync(join(await terminal.ok(acquire), "made"))).toBe(false);
  });

  test("are those of the main checkout, whatever a workspace's copy says", async () => {
    await repo.commit("Configure", { "incr.toml": HOOK });
    await terminal.ok("incr trust --yes");
    const workspace = await terminal.ok(acquire);
    writeFileSync(join(workspace, "incr.toml"), OTHER);
    const inside = terminal.in(workspace);
    expect(await inside.json("incr trust --show --json")).toMatchObject({
      file: {
        state: "approved",
        path: join(repo.root, "incr.toml"),
        commands: { "workspace.on-create": ["echo made > made"] },
      },
    });
    expect(existsSync(join(await inside.ok(acquire), "other"))).toBe(false);
  });

  test("have to be approved again at another place", async () => {
    await config(HOOK);
    await terminal.ok("incr trust --yes");
    const copy = join(repo.dir, "copy");
    cpSync(repo.root, copy, { recursive: true });
    expect(await terminal.in(copy).json("incr trust --show --json")).toMatchObject({ file: { state: "new" } });
    const moved = join(repo.dir, "moved");
    await rename(repo.root, moved);
    expect(await terminal.in(moved).json("incr trust --show --json")).toMatchObject({ file: { state: "new" } });
    expect(await terminal.in(moved).ok("incr trust --list")).toContain(join(repo.root, "incr.toml"));
  });

  test("cannot be approved by a session for itself", async () => {
    await config(HOOK);
    terminal.env["INCR_LEASE_ID"] = "k3j2";
    expect(await terminal.fails(1, "incr trust --yes")).toBe(
      "error: --yes does not count inside a session: work must not change its own gates\nhint: incr trust, on a terminal or outside of the session\n",
    );
    expect(existsSync(trustFile())).toBe(false);
  });

  test("do not run on a trust file that cannot be read, which stays as it is", async () => {
    await config(HOOK);
    await mkdir(repo.stateDir, { recursive: true });
    await writeFile(trustFile(), "{");
    expect(await terminal.fails(1, acquire)).toContain(`error: ${trustFile()} is not JSON`);
    await terminal.fails(1, "incr trust --yes");
    expect(readFileSync(trustFile(), "utf8")).toBe("{");
    await config("");
    await terminal.ok(acquire);
  });
});

describe("incr trust", () => {
  test("without a terminal shows the commands and names the flag that answers", async () => {
    await config('[job]\ntest-commands = ["npm test", """\nmake\n  check"""]\n');
    expect(await terminal.fails(2, "incr trust")).toBe(
      [
        "  job.test-commands: npm test",
        "  job.test-commands: make ⏎   check",
        `error: there is no terminal to ask on: Run these commands of ${join(repo.root, "incr.toml")} from now on?`,
        "hint: answer with --yes",
        "",
      ].join("\n"),
    );
    expect(existsSync(trustFile())).toBe(false);
  });

  test("shows what a command really is, and says what is approved", async () => {
    await config('[job]\ntest-commands = ["npm test \\u001b[8m; rm -rf ~ \\u202e"]\n');
    expect(await terminal.ok("incr trust --show")).toBe(
      `${join(repo.root, "incr.toml")} runs\n  job.test-commands: npm test ␛[8m; rm -rf ~ \uFFFD\nnot approved; \`incr trust\` approves it`,
    );
    expect(await terminal.ok("incr trust --list")).toBe("nothing was approved yet");
    await terminal.ok("incr trust -y");
    expect(await terminal.json("incr trust --list --json")).toMatchObject({
      action: "list",
      files: [
        {
          path: join(repo.root, "incr.toml"),
          approvals: [{ commands: { "job.test-commands": [expect.any(String)] } }],
        },
      ],
    });
    expect(await terminal.ok("incr trust")).toContain("\napproved ");
  });

  test("has nothing to do without a file, and refuses what makes no sense", async () => {
    expect(await terminal.ok("incr trust")).toContain("no configuration file");
    expect(await terminal.fails(2, "incr trust --yes --revoke")).toContain("--yes and --revoke exclude each other");
    expect(await terminal.in(makeTempDir()).fails(1, "incr trust")).toContain("not inside a git repository");
    await config("[workspace\n");
    expect(await terminal.fails(2, "incr trust")).toContain("error: incr.toml:1:11: ");
  });
});

describe.skipIf(lacks("tmux"))("incr trust on a terminal", () => {
  const open = () => openPane(["bash", "--norc"], { cwd: repo.root, env: { ...terminal.env, PS1: "> " } });

  test("asks, and takes no for an answer", async () => {
    await config(HOOK);
    const pane = await open();
    await pane.enter("incr trust; echo status $?");
    await pane.see("workspace.on-create: echo made > made");
    await pane.see("from now on?");
    await pane.press("n");
    await pane.see("error: not approved, nothing was changed");
    await pane.see("status 1");
    await pane.enter("clear; incr trust; echo status $?");
    await pane.see("from now on?");
    await pane.press("y");
    await pane.see("status 0");
    expect(await terminal.json("incr trust --show --json")).toMatchObject({ file: { state: "approved" } });
  });

  test("approves what was shown, not what the file became meanwhile", async () => {
    await config(HOOK);
    const pane = await open();
    await pane.enter("incr trust; echo status $?");
    await pane.see("from now on?");
    await config(OTHER);
    await pane.press("y");
    await pane.see("status 0");
    await waitFor("the approval", () => existsSync(trustFile()));
    expect(await terminal.json("incr trust --show --json")).toMatchObject({ file: { state: "changed" } });
    await terminal.fails(1, acquire);
  });
});
