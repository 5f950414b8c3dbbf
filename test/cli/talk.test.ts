/** Prompts, the editor, progress and much output, in real processes and a real terminal. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeProgram } from "../support/made-up-program.ts";
import { runProcess, spawnProcess, type Environment } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeTempDir } from "../support/temp.ts";
import { openPane } from "../support/tmux.ts";
import { waitFor } from "../support/wait.ts";

const dir = makeTempDir("incr-talk-");
const program = join(dir, "incr");
let state: string;
let env: Environment;

beforeAll(async () => {
  await writeProgram("talk-program.ts", program);
});
beforeEach(() => {
  state = makeTempDir("incr-state-");
  env = { INCR_STATE_DIR: state };
});

const run = (line: string, options: { env?: Environment } = {}) =>
  runProcess(program, line.split(" "), { env: { ...env, ...options.env } });

/** An executable that is an editor: a shell script whose `$1` is the draft. */
function editor(script: string): string {
  const file = join(makeTempDir("incr-editor-"), "an editor");
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return `'${file}'`;
}
const drafts = () => (existsSync(join(state, "drafts")) ? readdirSync(join(state, "drafts")) : []);

describe("a question without a terminal", () => {
  test("is refused, and the flag that answers is named", async () => {
    expect(await run("ask")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "error: there is no terminal to ask on: Sure?\nhint: answer with --yes\n",
    });
  });
});

describe.skipIf(lacks("tmux"))("on a terminal", () => {
  test("questions are asked on stderr, and the answer alone is stdout", async () => {
    const pane = await openPane(["bash", "--norc"], { env: { ...env, PS1: "> " }, cwd: dir });
    await pane.enter("./incr ask > answer; echo status $?");
    await pane.see("Sure?");
    await pane.press("y");
    await pane.see("Name?");
    await pane.type("bad");
    await pane.press("Enter");
    await pane.see("not that");
    await pane.press("BSpace", "BSpace", "BSpace");
    await pane.type("Ann");
    await pane.press("Enter");
    await pane.see("Model B");
    await pane.press("Down", "Enter");
    await pane.see("status 0");
    expect(readFileSync(join(dir, "answer"), "utf8")).toBe("answer: true Ann b\n");
  });

  test("Ctrl-C on a question changes nothing and leaves the terminal usable", async () => {
    const pane = await openPane(["bash", "--norc"], { env: { ...env, PS1: "> " }, cwd: dir });
    await pane.enter("./incr ask; echo status $?");
    await pane.see("Sure?");
    await pane.press("C-c");
    await pane.see("error: cancelled, nothing was changed");
    await pane.see("status 1");
    await pane.enter("echo still $((40 + 2))");
    await pane.see("still 42");
  });

  test("so does the end of the input on each kind of question: it is no answer, and no success", async () => {
    const pane = await openPane(["bash", "--norc"], { env: { ...env, PS1: "> " }, cwd: dir });
    for (const [index, question] of ["Sure?", "Name?", "Model A"].entries()) {
      // What the last round left on the screen is no question of this one.
      await pane.enter("clear");
      await pane.see(/^>?\s*$/);
      await pane.enter(`./incr ask; echo status $?.${index}`);
      if (index > 0) {
        await pane.see("Sure?");
        await pane.press("y");
      }
      if (index > 1) {
        await pane.see("Name?");
        await pane.type("Ann");
        await pane.press("Enter");
      }
      await pane.see(question);
      await pane.press("C-d");
      expect(await pane.see(`status 1.${index}`)).toContain("error: cancelled, nothing was changed");
    }
    await pane.enter("echo still $((40 + 2))");
    await pane.see("still 42");
  });

  test("long work shows a spinner under the notices, which goes away", async () => {
    const pane = await openPane(["bash", "--norc"], { env: { ...env, PS1: "> " }, cwd: dir });
    await pane.enter("./incr toil --ms 1600; echo status $?");
    await pane.see(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] checking out/);
    await pane.see(/half of it is done\n[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] copying files/);
    const end = await pane.see("status 0");
    expect(end).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    expect(end).toMatch(/half of it is done\ndone\nstatus 0/);
  });

  test("Ctrl-C in the editor is the editor's", async () => {
    const pane = await openPane(["bash", "--norc"], {
      env: {
        ...env,
        PS1: "> ",
        EDITOR: editor('trap "echo interrupted >> \\"$1\\"; exit 0" INT; echo ready; while :; do sleep 0.05; done'),
      },
      cwd: dir,
    });
    await pane.enter("./incr edit; echo status $?");
    await pane.see("ready");
    await pane.press("C-c");
    expect(await pane.see("status 0")).toContain("old text\ninterrupted\n");
  });
});

describe("progress without a terminal", () => {
  test("short work says nothing of itself", async () => {
    expect(await run("toil --ms 200")).toMatchObject({ code: 0, stdout: "done\n", stderr: "half of it is done\n" });
  });

  test("long work says so in a line, or as a notice under --json", async () => {
    const [plain, json] = await Promise.all([run("toil --ms 5000"), run("toil --ms 5000 --json")]);
    expect(plain).toMatchObject({ stdout: "done\n", stderr: "checking out …\nhalf of it is done\n" });
    expect(json.stderr.split("\n")[0]).toBe('{"level":"notice","code":"progress","message":"checking out …"}');
  });
});

describe("the editor", () => {
  test("may have arguments and a path with spaces, and its output is not the answer", async () => {
    const EDITOR = `env X=1 ${editor('echo noise; echo "$X new" > "$1"')}`;
    const { code, stdout, stderr } = await run("edit", { env: { EDITOR } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "1 new\n" });
    expect(stderr).toMatch(/^noise\ndraft /);
  });

  test("VISUAL is asked before EDITOR", async () => {
    const { stdout } = await run("edit", { env: { VISUAL: editor('echo visual > "$1"'), EDITOR: "false" } });
    expect(stdout).toBe("visual\n");
  });

  test("drafts are private, lie side by side, and stay until they are discarded", async () => {
    const EDITOR = editor('ls -l "$1" "$(dirname "$1")/.." -d | cut -c1-10; echo kept > "$1"');
    await run("edit", { env: { EDITOR } });
    const { stderr } = await run("edit", { env: { EDITOR } });
    expect(stderr).toContain("-rw-------");
    expect(drafts()).toEqual(["todo-k3-2.md", "todo-k3.md"]);
    await run("edit", { env: { EDITOR: editor('echo discard > "$1"') } });
    expect(drafts()).toHaveLength(2);
  });

  test("that fails after something was typed: the text is kept and named", async () => {
    const { code, stderr } = await run("edit", { env: { EDITOR: editor('echo precious > "$1"; exit 3') } });
    const draft = join(state, "drafts", "todo-k3.md");
    expect(code).toBe(1);
    expect(stderr).toContain(
      ` ended with 3, nothing was changed; what you wrote is in ${draft}\nhint: go on with --draft ${draft}\n`,
    );
    expect(readFileSync(draft, "utf8")).toBe("precious\n");
  });

  test.each([
    ["that is not there", "/nowhere/editor", "ended with 127"],
    ["that fails at once", "false", "ended with 1"],
  ])("%s leaves no draft behind", async (_what, EDITOR, why) => {
    const { code, stderr } = await run("edit", { env: { EDITOR } });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error: the editor \`${EDITOR}\` ${why}, nothing was changed\nhint: set EDITOR to one that works\n`,
    );
    expect(drafts()).toEqual([]);
  });

  test("without one and without a terminal the flag that answers is named", async () => {
    expect(await run("edit")).toMatchObject({
      code: 2,
      stderr: "error: there is no terminal to edit on\nhint: give the text with --description TEXT, or set EDITOR\n",
    });
  });

  test("when we are killed, what was typed is still there", async () => {
    const running = spawnProcess(program, ["edit"], {
      env: { ...env, EDITOR: editor('echo typed > "$1"; echo ready >&2; sleep 60') },
    });
    await waitFor("the editor", () => running.stderr().includes("ready"));
    running.kill("SIGKILL");
    // The editor lives on and holds our streams; it is put away with its group.
    await waitFor("our end", () => running.child.signalCode === "SIGKILL");
    process.kill(-running.pid, "SIGKILL");
    expect(readFileSync(join(state, "drafts", "todo-k3.md"), "utf8")).toBe("typed\n");
  });
});

describe("much output", () => {
  test("arrives whole, however slowly it is read, with the exit code", async () => {
    const file = join(dir, "slow");
    const { stdout } = await runProcess(
      "bash",
      ["-c", `{ '${program}' flood '${file}'; echo code $? >&2; } | { sleep 0.3; wc -c; }`],
      { env },
    );
    expect(stdout.trim()).toBe("5000000");
    expect(existsSync(file)).toBe(true);
  });

  test("through a pipe that does not block", async () => {
    // Sets O_NONBLOCK on the shared pipe, as some parents do, and then reads late.
    const script = `
      const { spawn } = require("node:child_process");
      const net = require("node:net");
      const child = spawn(process.argv[1], ["flood", process.argv[2]], { stdio: ["ignore", "pipe", "inherit"] });
      let length = 0;
      setTimeout(() => child.stdout.on("data", (chunk) => (length += chunk.length)), 300);
      child.on("close", (code) => console.log(length, code));`;
    const { stdout } = await runProcess(process.execPath, ["-e", script, program, join(dir, "nonblocking")], { env });
    expect(stdout).toBe("5000000 3\n");
  });

  test("a reader that goes away ends it quietly, and the work is still done", async () => {
    const file = join(dir, "gone");
    const { stdout, stderr } = await runProcess(
      "bash",
      ["-c", `set -o pipefail; '${program}' flood '${file}' | head -c 10; echo " code $?"`],
      { env },
    );
    expect({ stdout, stderr }).toEqual({ stdout: "xxxxxxxxxx code 3\n", stderr: "" });
    expect(readFileSync(file, "utf8")).toBe("all of it was done");
  });

  test.skipIf(process.platform !== "linux")("a full disk under stdout is an error, not silence", async () => {
    const { code, stderr } = await runProcess("bash", ["-c", `'${program}' flood '${join(dir, "full")}' > /dev/full`], {
      env,
    });
    expect(code).toBe(1);
    expect(stderr).toContain("error: no space left on the disk: write\n");
  });

  test("closed streams are survived", async () => {
    const { code } = await runProcess("bash", ["-c", `'${program}' flood '${join(dir, "closed")}' >&- 2>&-`], { env });
    expect(code).toBe(3);
  });
});

test("an exception where nobody waits is a bug like any other", async () => {
  const { code, stderr } = await run("crash --json");
  expect(code).toBe(70);
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: "internal", message: "internal error: thrown where nobody waits", exit_code: 70 },
  });
});

describe("the current directory", () => {
  test("-C leads elsewhere, or is refused", async () => {
    expect(await run("-C /nowhere toil")).toMatchObject({
      code: 2,
      stderr: "error: cannot change to /nowhere: no such directory\nhint: pass a directory that exists to -C\n",
    });
    expect((await run(`-C ${program} toil`)).stderr).toContain("not a directory");
  });

  test("that was removed is no bug of ours, and help needs none", async () => {
    const lost = join(dir, "lost");
    mkdirSync(lost);
    const line = (words: string) =>
      runProcess(
        "bash",
        ["-c", `cd '${lost}' && rmdir '${lost}'; '${program}' ${words}; status=$?; mkdir -p '${lost}'; exit $status`],
        { env },
      );
    const { code, stderr } = await line("toil");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "error: the current directory does not exist any more\nhint: cd to a directory that exists\n",
    });
    expect((await line("--help")).code).toBe(0);
    expect((await line("-C / toil --ms 1")).code).toBe(0);
  });
});
