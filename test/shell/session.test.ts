/** The session commands in the three real shells, with the function of `incr shell init`: where the shell stands and what it carries afterwards. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { askInside } from "../support/inside.ts";
import { runProcess, type Finished } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { makeBinDir, openTerminal, type Terminal } from "../support/terminal.ts";

const VARIABLES = ["INCR_LEASE_ID", "INCR_SESSION_ID", "INCR_TODO_ID", "INCR_WORKSPACE", "INCR_PORT"] as const;

/** How to write things in each shell. `$NAME` and plain words are the same in all of them. */
const DIALECTS = {
  bash: {
    args: ["--norc", "--noprofile"],
    init: 'eval "$(incr shell init bash)"',
    status: "$?",
    isSet: (name: string) => `[ -n "\${${name}+x}" ]`,
  },
  zsh: {
    args: ["-f"],
    init: 'eval "$(incr shell init zsh)"',
    status: "$?",
    isSet: (name: string) => `[ -n "\${${name}+x}" ]`,
  },
  fish: {
    args: ["--no-config"],
    init: "incr shell init fish | source",
    status: "$status",
    isSet: (name: string) => `set -q ${name}`,
  },
};

/** Names of a repository's folder that a shell could stumble over. */
const NAMES = [`it's "$(touch pwned)"`, "back\\slash `touch pwned`", "é 日本", "-dash;a&b *?"];

/** Everything that one line left behind, told by the shell itself. */
interface Seen {
  status: number;
  cwd: string;
  env: Record<string, string | undefined>;
}

describe.each(["bash", "zsh", "fish"] as const)("in %s", (shell) => {
  const dialect = DIALECTS[shell];

  async function open(name = "app"): Promise<{ repo: TestRepo; terminal: Terminal; todo: string; run: Run }> {
    const repo = await makeRepo({ name });
    const terminal = openTerminal(repo);
    const todo = (await askInside(["todo", "create", "Fix it"], terminal)).todo.id as string;
    return { repo, terminal, todo, run: (lines, options) => runLines(repo, lines, options) };
  }

  type Run = (lines: string[], options?: { cwd?: string }) => Promise<{ seen: Seen[]; result: Finished }>;

  /** Runs the lines one after the other in one shell, and asks it after each where it is. */
  async function runLines(repo: TestRepo, lines: string[], { cwd = repo.root } = {}): ReturnType<Run> {
    const out = join(makeTempDir(), "seen");
    const script = join(makeTempDir(), "script");
    const probe = [
      `printf 'status\\t%s\\0cwd\\t%s\\0' ${dialect.status} "$PWD" >> '${out}'`,
      ...VARIABLES.map((name) => `${dialect.isSet(name)} && printf '${name}\\t%s\\0' "$${name}" >> '${out}'`),
      `printf '\\0' >> '${out}'`,
    ];
    writeFileSync(script, [dialect.init, ...lines.flatMap((line) => [line, ...probe]), ""].join("\n"));
    const env = { ...repo.env, PATH: `${makeBinDir()}:${process.env["PATH"]}` };
    const result = await runProcess(shell, [...dialect.args, script], { cwd, env });
    const blocks = readFileSync(out, "utf8")
      .split("\0\0")
      .filter((block) => block !== "");
    const seen = blocks.map((block): Seen => {
      const fields = Object.fromEntries(
        block.split("\0").map((field) => [field.slice(0, field.indexOf("\t")), field.slice(field.indexOf("\t") + 1)]),
      );
      const { status, cwd: place, ...rest } = fields;
      return { status: Number(status), cwd: place ?? "", env: rest };
    });
    expect(seen, result.stderr).toHaveLength(lines.length);
    return { seen, result };
  }

  describe.skipIf(lacks(shell))("the session commands", () => {
    test.each(NAMES)("start goes to the workspace, done comes back: a repository named %j", async (name) => {
      const { repo, terminal, todo, run } = await open(name);
      const { seen, result } = await run([`incr session start ${todo}`, "echo work > work.txt", "incr session done"]);
      const [started, , ended] = seen;
      const path = result.stdout.split("\n")[0] ?? "";
      expect(started).toMatchObject({ status: 0, cwd: path });
      expect(started?.env).toMatchObject({
        INCR_TODO_ID: todo,
        INCR_WORKSPACE: path,
        INCR_PORT: expect.stringMatching(/^\d+$/),
      });
      expect(ended).toEqual({ status: 0, cwd: repo.root, env: {} });
      const [session] = (await terminal.json("incr session list --all --json")).sessions;
      expect(started?.env).toMatchObject({ INCR_SESSION_ID: session.id, INCR_LEASE_ID: session.lease_id });
      expect(await repo.git(["show", `${session.branch}:work.txt`])).toBe("work");
      expect(existsSync(join(repo.root, "pwned")) || existsSync(join(path, "pwned"))).toBe(false);
      expect(readdirSync(join(repo.stateDir, "shell"))).toEqual([]);
    });

    test("a start that is refused leaves the shell as it was, with the command's exit code", async () => {
      const { repo, terminal, todo, run } = await open();
      const sub = join(repo.root, "sub");
      await repo.write("sub/x", "");
      await terminal.ok(`incr session start ${todo}`);
      const { seen, result } = await run(
        [
          `incr session start ${todo}`,
          "incr session start nosuchid",
          "incr session start",
          "incr session done --nonsense",
        ],
        { cwd: sub },
      );
      expect(seen).toEqual([4, 3, 2, 2].map((status) => ({ status, cwd: sub, env: {} })));
      expect(result.stdout).toBe("");
    });

    test("ending another session leaves the shell with its own", async () => {
      const { repo, terminal, todo, run } = await open();
      const other = (await askInside(["todo", "create", "Other"], terminal)).todo.id as string;
      await terminal.ok(`incr session start ${other}`);
      const { seen } = await run([
        `incr session start ${todo}`,
        `incr session done ${other}`,
        `incr session done ${todo}`,
      ]);
      expect(seen[1]).toEqual({ ...seen[0], status: 0 });
      expect(seen[2]).toEqual({ status: 0, cwd: repo.root, env: {} });
    });

    test("under --json, and with -C from elsewhere", async () => {
      const { repo, todo, run } = await open("it's");
      const quoted = shell === "fish" ? repo.root.replaceAll("'", "\\'") : repo.root.replaceAll("'", `'\\''`);
      const { seen, result } = await run(
        [`incr -C '${quoted}' session start ${todo} --json`, "incr session done --json"],
        { cwd: "/" },
      );
      const [started, ended] = seen;
      const answers = result.stdout.split(/\n(?=\{)/).map((text) => JSON.parse(text));
      expect(started).toMatchObject({ status: 0, cwd: answers[0].path, env: answers[0].env });
      expect(answers[1].session.status).toBe("completed");
      expect(ended).toEqual({ status: 0, cwd: repo.root, env: {} });
    });

    test("run stays where it is, gives the command's exit code, and the command carries the lease", async () => {
      const { repo, todo, run } = await open();
      const { seen, result } = await run([`incr session run ${todo} -- sh -c 'echo "$INCR_TODO_ID $PWD"; exit 7'`]);
      expect(seen).toEqual([{ status: 7, cwd: repo.root, env: {} }]);
      expect(result.stdout).toMatch(new RegExp(`^${todo} .*/ws-001\\n`));
    });
  });
});
